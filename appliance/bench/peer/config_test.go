// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

var works = map[string]Work{
	"plain":      {},
	"plugins":    {Plugins: true},
	"unbuffered": {Unbuffered: true},
	"grpc":       {GRPC: true},
	"mixed":      {Mixed: true},
}

// The peers take their configurations, where they are installed.
func TestPeersTakeTheirConfigurations(t *testing.T) {
	for name, w := range works {
		w.Cores, w.Target = 2, target.Addresses{HTTP: "127.0.0.1:1", GRPC: "127.0.0.1:2", Shared: "127.0.0.1:3", Hole: "127.0.0.1:4"}
		t.Run(name, func(t *testing.T) {
			address, err := freeAddress()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct {
				program, text string
				args          []string
			}{
				{"nginx", NginxConfig(&w, address, "127.0.0.1:65530"), []string{"-t", "-e", "stderr", "-c"}},
				{"haproxy", HAProxyConfig(&w, address), []string{"-c", "-f"}},
			} {
				if _, err := exec.LookPath(find(c.program)); err != nil {
					t.Skipf("%s is not installed", c.program)
				}
				dir := t.TempDir()
				file, err := writeFile(dir, "config", c.text)
				if err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(find(c.program), append(c.args, file)...)
				if c.program == "nginx" {
					cmd.Args = append(cmd.Args, "-p", dir)
				}
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", c.program, err, out)
				}
			}
		})
	}
}

func TestPenstockConfig(t *testing.T) {
	for name, c := range map[string]struct {
		work      Work
		want, not string
	}{
		"plain":    {Work{}, `"paths":["/*"]`, "plugins"},
		"plugins":  {Work{Plugins: true}, `"rate_limit":{"count":10000000`, "grpc"},
		"gRPC":     {Work{GRPC: true}, `"protocol":"grpc","targets":[{"host":"127.0.0.1","port":2}]`, `"port":1`},
		"HTTP/1.1": {Work{NoHTTP2: true}, `"http2":false`, "tls"},
		"TLS":      {Work{TLS: &KeyPair{"c", "k"}}, `"private_key":"k"`, "http2"},
		"routes":   {Work{Routes: []string{"/a", "/b"}}, `{"id":"route-1","paths":["/b"],"upstream":"target"}`, "/*"},
	} {
		c.work.Target = target.Addresses{HTTP: "127.0.0.1:1", GRPC: "127.0.0.1:2"}
		text, err := json.Marshal(penstockConfig(&c.work, "dir", "127.0.0.1:3"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), c.want) || strings.Contains(string(text), c.not) {
			t.Errorf("%s: %s, want %s in it and not %s", name, text, c.want, c.not)
		}
	}
}
