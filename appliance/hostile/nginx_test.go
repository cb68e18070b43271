// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An nginx is a server of that name in front of one that tells what nginx
// understood.
type nginx struct{ socket string }

// nginxConfig has nginx say what it read: in fields for what it parsed itself,
// and by the body that it passes on when it has read all of it.
const nginxConfig = `daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log info;
events { worker_connections 64; }
http {
	access_log off; client_max_body_size 0; large_client_header_buffers 4 256k; lingering_close off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server {
		listen unix:%[1]s/nginx.sock;
		location / {
			proxy_pass http://%[2]s; proxy_http_version 1.1; proxy_request_buffering on;
			proxy_set_header Connection "";
			proxy_set_header X-Seen-Method $request_method; proxy_set_header X-Seen-Target $request_uri;
			proxy_set_header X-Seen-Host $http_host;
		}
	}
}
`

// startNginx starts nginx, or returns nil where there is none.
func startNginx(t *testing.T) *nginx {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program = "/usr/sbin/nginx" // which is not in the PATH of every user
		if _, err := os.Stat(program); err != nil {
			t.Log("nginx is not installed: what is forwarded is judged by net/http alone")
			return nil
		}
	}
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		text, err := json.Marshal(reading{r.Header.Get("X-Seen-Method"), r.Header.Get("X-Seen-Target"), r.Header.Get("X-Seen-Host"), brief(string(body))})
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Seen", string(text)) // a HEAD has no body to say it in
	}))
	t.Cleanup(echo.Close)
	folder, err := os.MkdirTemp("", "nginx") // the test's own may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	config := filepath.Join(folder, "nginx.conf")
	text := fmt.Sprintf(nginxConfig, folder, echo.Listener.Addr())
	if os.Geteuid() == 0 {
		text = "user root;\n" + text // else it could not write into the folder
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-p", folder, "-c", config, "-e", filepath.Join(folder, "error.log"))
	var complaints strings.Builder
	command.Stderr = &complaints
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { _ = command.Wait(); close(exited) }()
	t.Cleanup(func() { _ = command.Process.Kill(); <-exited })
	n := &nginx{socket: filepath.Join(folder, "nginx.sock")}
	for deadline := time.Now().Add(patience); ; {
		conn, err := net.Dial("unix", n.socket)
		if err == nil {
			conn.Close()
			return n
		}
		select {
		case <-exited:
			t.Fatalf("nginx: %s", complaints.String())
		case <-time.After(5 * time.Millisecond): // until it listens
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx: %v", err)
		}
	}
}

// judge is the judge that is nginx.
func (n *nginx) judge(t *testing.T, raw string, unlike map[string]string) {
	t.Helper()
	if unlike["nginx"] != "" {
		return
	}
	got, err := n.read(raw)
	if err != nil {
		t.Errorf("nginx: %v: %q", err, raw)
	} else if want := readingOf(raw); got != want {
		t.Errorf("nginx reads %+v, want %+v", got, want)
	}
}

func (n *nginx) read(raw string) (got reading, err error) {
	conn, err := net.Dial("unix", n.socket)
	if err != nil {
		return got, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	// What follows has nginx end the connection, and shows where it takes the
	// request's end to be.
	if _, err := io.WriteString(conn, raw+"GET /last HTTP/1.1\r\nHost: last.test\r\nConnection: close\r\n\r\n"); err != nil {
		return got, err
	}
	reader := bufio.NewReader(conn)
	if got, err = readAnswer(reader, readingOf(raw).Method); err != nil {
		return got, err
	}
	last, err := readAnswer(reader, "GET")
	if err != nil || last != (reading{Method: "GET", Target: "/last", Host: "last.test"}) {
		return got, fmt.Errorf("the next request is read as %+v, %w", last, err)
	}
	if _, err := reader.ReadByte(); err != io.EOF {
		return got, fmt.Errorf("there are more answers than requests")
	}
	return got, nil
}

// readAnswer reads what nginx says that it has read, past interim responses.
func readAnswer(reader *bufio.Reader, method string) (got reading, err error) {
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return got, err
		}
		if response.StatusCode == 100 {
			continue
		}
		if response.StatusCode != 200 {
			return got, fmt.Errorf("it answers %s", response.Status)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return got, err
		}
		return got, json.Unmarshal([]byte(response.Header.Get("Seen")), &got)
	}
}
