// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"fmt"
	"os/exec"
	"strings"
)

// HAProxy is HAProxy as the system has it installed.
func HAProxy() *Proxy {
	return &Proxy{
		Name: "HAProxy",
		Version: func() (string, error) {
			out, err := exec.Command(find("haproxy"), "-v").Output()
			fields := strings.Fields(string(out))
			if err != nil || len(fields) < 3 {
				return "unknown", err
			}
			return fields[2], nil
		},
		prepare: func(w *Work, dir, address string) (launch, error) {
			file, err := writeFile(dir, "haproxy.cfg", HAProxyConfig(w, address))
			return launch{command: []string{find("haproxy"), "-db", "-f", file}}, err
		},
	}
}

// HAProxyConfig is the configuration that HAProxy gets: its own defaults but
// for what makes it do the same work and not be held back.
func HAProxyConfig(w *Work, address string) string {
	proto, to := "", w.Target.HTTP
	if w.GRPC {
		proto, to = " proto h2", w.Target.GRPC
	}
	return lines(
		"global", "  maxconn 4000", fmt.Sprintf("  nbthread %d", w.Cores),
		"defaults", "  mode http", "  timeout connect 5s", "  timeout client 1h", "  timeout server 1h", "  timeout http-keep-alive 1h", "  timeout tunnel 1h",
		"  option forwardfor", "  http-reuse always",
		"frontend bench", "  bind "+address+proto,
		"  http-request set-header X-Forwarded-Proto http", "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
		"  default_backend target",
		"backend target", "  server target "+to+proto,
	)
}
