// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// Nginx is nginx as the system has it installed. The name tells several
// configurations of it apart.
func Nginx(name string) *Proxy {
	return &Proxy{
		Name: name,
		Version: func() (string, error) {
			out, err := exec.Command(find("nginx"), "-v").CombinedOutput()
			return strings.TrimPrefix(strings.TrimSpace(string(out)), "nginx version: nginx/"), err
		},
		prepare: func(w *Work, dir, address string) (launch, error) {
			if w.TLS != nil {
				for name, content := range map[string]string{"cert.pem": w.TLS.Certificate, "key.pem": w.TLS.Key} {
					if _, err := writeFile(dir, name, content); err != nil {
						return launch{}, err
					}
				}
			}
			http2 := ""
			if w.Mixed {
				var err error
				if http2, err = freeAddress(); err != nil {
					return launch{}, err
				}
			}
			file, err := writeFile(dir, "nginx.conf", NginxConfig(w, address, http2))
			return launch{command: []string{find("nginx"), "-p", dir, "-c", file, "-e", "stderr"}, http2: http2}, err
		},
	}
}

// NginxConfig is the configuration that nginx gets: its own defaults but for
// what makes it do the same work, keep its connections, and not be held back.
// Work.Mixed has HTTP/2 on an address of its own: nginx takes it without TLS
// only where nothing else is spoken.
func NginxConfig(w *Work, address, http2 string) string {
	server := []string{"listen " + address + " reuseport backlog=4096;"}
	if w.TLS != nil {
		server = []string{"listen " + address + " ssl reuseport backlog=4096;", "ssl_certificate cert.pem;", "ssl_certificate_key key.pem;",
			"ssl_protocols TLSv1.3;", "ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;"}
	}
	http := []string{"sendfile on;", "tcp_nodelay on;", "keepalive_timeout 3600s;", "keepalive_requests 1000000000;", "client_max_body_size 0;",
		"client_body_temp_path temp-body;", "proxy_temp_path temp-proxy;", "fastcgi_temp_path temp-fastcgi;", "uwsgi_temp_path temp-uwsgi;", "scgi_temp_path temp-scgi;"}
	location := []string{"proxy_pass http://target;", "proxy_http_version 1.1;", "proxy_read_timeout 3600s;", "proxy_set_header Host $http_host;",
		"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", "proxy_set_header X-Forwarded-Proto $scheme;", "proxy_set_header X-Forwarded-Host $http_host;"}
	if w.Plugins {
		http = append(http, nginxLogFormat, "access_log access.log bench buffer=64k flush=1s;", "limit_req_zone $binary_remote_addr zone=bench:10m rate=1000000r/s;")
		location = append(location, "limit_req zone=bench burst=100000 nodelay;")
	} else {
		http = append(http, "access_log off;")
	}
	if w.Unbuffered {
		location = append(location, "proxy_buffering off;", "proxy_request_buffering off;")
	} else {
		location = append(location, "proxy_max_temp_file_size 0;", "proxy_request_buffering off;")
	}
	with := func(more ...string) string { return strings.Join(append(location, more...), "\n    ") }
	server = append(server, "location / {\n    "+with(`proxy_set_header Connection "";`)+"\n  }",
		"location = /ws {\n    "+with("proxy_set_header Upgrade $http_upgrade;", `proxy_set_header Connection "upgrade";`)+"\n  }")
	mixed := ""
	if w.Mixed {
		hole := "location " + target.HolePath + " {\n    " +
			strings.Join(append([]string{"proxy_pass http://hole;"}, append(location[1:len(location):len(location)], `proxy_set_header Connection "";`)...), "\n    ") + "\n  }"
		server = append(server, hole)
		mixed = lines(
			"  upstream calls { server "+w.Target.GRPC+"; keepalive 512; }",
			"  upstream shared { server "+w.Target.Shared+"; keepalive 512; }",
			"  upstream hole { server "+w.Target.Hole+"; keepalive 512; }",
			"  server {", "  listen "+http2+" http2 reuseport backlog=4096;", "  grpc_read_timeout 3600s;",
			"  location "+CallPath+" { grpc_pass grpc://calls; }",
			"  location "+target.SharedPath+" { grpc_pass grpc://shared; }",
			"  "+hole,
			"  location / {", "    "+with(`proxy_set_header Connection "";`), "  }", "  }")
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;"
	}
	return lines(
		user, "daemon off;", "pid nginx.pid;", "error_log stderr warn;",
		fmt.Sprintf("worker_processes %d;", w.Cores),
		"events { worker_connections 16384; }",
		"http {", "  "+strings.Join(http, "\n  "),
		"  upstream target { server "+w.Target.HTTP+"; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 3600s; }",
		"  server {", "  "+strings.Join(server, "\n  "), "  }", mixed+"}",
	)
}

// nginxLogFormat has the members of the lines that access_log writes.
const nginxLogFormat = `log_format bench escape=json '{"time":"$time_iso8601","client":"$remote_addr","consumer":"bench","method":"$request_method",'
    '"host":"$host","path":"$uri","proto":"$server_protocol","status":$status,"bytes_received":$request_length,"bytes_sent":$body_bytes_sent,'
    '"duration_ms":$request_time,"target":"$upstream_addr","route":"route-0","user_agent":"$http_user_agent","referer":"$http_referer"}';`

// find looks a server up where not every user's PATH leads.
func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}
