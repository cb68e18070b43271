// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"fmt"
	"os/exec"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
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
	maxConnections, more, backends := 4000, "", ""
	if w.Mixed {
		maxConnections = 9000
		more = "  use_backend calls if { path_beg " + CallPath + " }\n  use_backend shared if { path_beg " + target.SharedPath + " }\n  use_backend hole if { path_beg " + target.HolePath + " }"
		backends = lines("backend calls", "  server calls "+w.Target.GRPC+" proto h2", "backend shared", "  server shared "+w.Target.Shared+" proto h2", "backend hole", "  option abortonclose", "  server hole "+w.Target.Hole)
	}
	return lines(
		"global", fmt.Sprintf("  maxconn %d", maxConnections), fmt.Sprintf("  nbthread %d", w.Cores),
		"defaults", "  mode http", "  timeout connect 5s", "  timeout client 1h", "  timeout http-request 10s", "  timeout server 1h", "  timeout http-keep-alive 1h", "  timeout tunnel 1h",
		"  option forwardfor", "  http-reuse always",
		"frontend bench", "  bind "+address+proto,
		"  http-request set-header X-Forwarded-Proto http", "  http-request set-header X-Forwarded-Host %[req.hdr(host)]",
		more, "  default_backend target",
		"backend target", "  server target "+to+proto, backends,
	)
}
