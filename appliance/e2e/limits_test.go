// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A limited is a gateway whose listener a test gives limits.
type limited struct {
	*gatewaytest.Gateway
	address string
}

// newLimited serves a target that echoes requests, and WebSockets on /ws.
func newLimited(t *testing.T) *limited {
	l := &limited{gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)}
	l.serve(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			testkit.EchoWebSocket(w, r)
			return
		}
		testkit.EchoHTTP(w, r)
	}), "")
	return l
}

func (l *limited) serve(t *testing.T, target, more string) {
	t.Helper()
	l.Put(t, "upstream", "web", strings.TrimSuffix(upstream(target, "http"), "}")+more+"}")
	l.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
}

func (l *limited) listen(t *testing.T, more string) {
	t.Helper()
	l.Put(t, "listener", "main", `{"address":"`+l.address+`"`+more+`}`)
}

// A line is one connection of a client that writes what it likes.
type line struct {
	*net.TCPConn
	r *bufio.Reader
}

func (l *limited) dial(t *testing.T) *line {
	t.Helper()
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second)) // it is open
	return &line{conn.(*net.TCPConn), bufio.NewReader(conn)}
}

// ask sends a request and returns the status, 0 if the connection ended.
func (c *line) ask(request string) (status int, last bool) {
	_, _ = io.WriteString(c, request) // an error is seen when reading
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, true
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Close
}

// ended waits until the gateway has closed the connection.
func (c *line) ended() error {
	if _, err := io.Copy(io.Discard, c.r); err != nil && strings.Contains(err.Error(), "timeout") {
		return err
	}
	return nil
}

const plainGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

// The size of heads and bodies, and the requests of a connection, are bounded
// as the listener says.
func TestLimitsOfRequests(t *testing.T) {
	l := newLimited(t)
	fields := func(n int) string {
		return "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("x-a: b\r\n", n-1) + "\r\n"
	}
	post := func(n int) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", n, strings.Repeat("x", n))
	}
	chunked := func(n int) string {
		return fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", n, strings.Repeat("x", n))
	}
	for _, test := range []struct {
		name, limit, request string
		status               int
	}{
		{"fields", `,"max_header_fields":10`, fields(10), 200},
		{"too many fields", `,"max_header_fields":10`, fields(11), 431},
		{"128 fields by default", ``, fields(128), 200},
		{"more than by default", ``, fields(129), 431},
		{"a large head", `,"max_header_bytes":1024`, "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("x", 2048) + "\r\n\r\n", 431},
		{"a large target", `,"max_header_bytes":1024`, "GET /?" + strings.Repeat("x", 2048) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
		{"a body", `,"max_body_bytes":1000`, post(1000), 200},
		{"a large body", `,"max_body_bytes":1000`, post(1001), 413},
		{"a body in chunks", `,"max_body_bytes":1000`, chunked(1000), 200},
		{"a large body in chunks", `,"max_body_bytes":1000`, chunked(1001), 413},
		{"any body by default", ``, post(100000), 200},
	} {
		l.listen(t, test.limit)
		if status, _ := l.dial(t).ask(test.request); status != test.status {
			t.Errorf("%s: %d, want %d", test.name, status, test.status)
		}
	}
	l.listen(t, `,"max_requests":3`)
	c := l.dial(t)
	for i := range 3 {
		if status, last := c.ask(plainGet); status != 200 || last != (i == 2) {
			t.Errorf("max_requests: request %d: %d, the last: %v", i+1, status, last)
		}
	}
	if err := c.ended(); err != nil {
		t.Errorf("max_requests: the connection stays: %v", err)
	}
}

// S2-08: connections and upgraded connections are bounded; when one ends,
// there is room again.
func TestLimitsOfConnections(t *testing.T) {
	l := newLimited(t)
	l.listen(t, `,"max_connections":2`)
	a, b := l.dial(t), l.dial(t)
	for _, c := range []*line{a, b} {
		if status, _ := c.ask(plainGet); status != 200 {
			t.Fatal(status)
		}
	}
	if status, _ := l.dial(t).ask(plainGet); status != 0 {
		t.Errorf("one connection more: %d", status)
	}
	a.Close()
	eventually(t, "serve when a connection has ended", func() bool { status, _ := l.dial(t).ask(plainGet); return status == 200 })
	b.Close()

	l.Delete(t, "listener", "main")
	l.listen(t, `,"max_tunnels":1`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	open := func() (*websocket.Conn, error) {
		conn, _, err := websocket.Dial(ctx, "ws://"+l.address+"/ws", nil)
		if err == nil {
			t.Cleanup(func() { _ = conn.CloseNow() })
		}
		return conn, err
	}
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(); err == nil {
		t.Error("one tunnel more is opened")
	}
	if status, _ := l.dial(t).ask(plainGet); status != 200 {
		t.Errorf("a request beside the tunnel: %d", status)
	}
	_ = first.CloseNow()
	eventually(t, "open a tunnel when one has ended", func() bool { _, err := open(); return err == nil })
}

// S2-06: a tunnel that carries nothing is closed, one in use is not.
func TestIdleTunnels(t *testing.T) {
	l := newLimited(t)
	l.listen(t, `,"tunnel_idle_timeout":"500ms"`)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+l.address+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	for begun, last := time.Now(), time.Now(); time.Since(begun) < time.Second; last = time.Now() {
		err := conn.Write(ctx, websocket.MessageText, []byte("hello"))
		if err == nil {
			_, _, err = conn.Read(ctx)
		}
		if quiet := time.Since(last); err != nil && quiet < 500*time.Millisecond {
			t.Fatalf("a tunnel in use is closed %s after an echo: %v", quiet, err)
		} else if err != nil {
			return // a slow machine: it was idle
		}
	}
	if _, _, err := conn.Read(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("an idle tunnel stays: %v", err)
	}
}

// A client that shuts down its sending side gets its answer where half_close
// says so.
func TestHalfClose(t *testing.T) {
	l := newLimited(t)
	step, gone := make(chan struct{}), make(chan struct{}, 1)
	l.serve(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-step:
			_, _ = io.WriteString(w, "late")
		case <-r.Context().Done():
			gone <- struct{}{}
		}
	}), "")
	l.listen(t, "")
	c := l.dial(t)
	_, _ = io.WriteString(c, plainGet)
	_ = c.CloseWrite()
	select {
	case <-gone: // the target has been told that nobody waits
	case <-time.After(20 * time.Second):
		t.Error("without half_close the target is not told")
	}
	l.listen(t, `,"half_close":true`)
	c = l.dial(t)
	_, _ = io.WriteString(c, plainGet)
	_ = c.CloseWrite()
	step <- struct{}{} // the target has the request, and the client had its end by then
	if status, _ := c.ask(""); status != 200 {
		t.Errorf("with half_close: %d", status)
	}
}

// Who stops in the middle of a message is given up: the client by the
// listener's stall_timeout, the target by the upstream's.
func TestStalls(t *testing.T) {
	l := newLimited(t)
	l.listen(t, `,"stall_timeout":"200ms"`)
	c := l.dial(t)
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf")
	if err := c.ended(); err != nil {
		t.Errorf("a client that stops in its body: %v", err)
	}

	release := make(chan struct{})
	target := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	l.listen(t, "")
	l.serve(t, target, `,"stall_timeout":"200ms"`)
	c = l.dial(t)
	_, _ = io.WriteString(c, plainGet)
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); string(body) != "half" || err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("a target that stops in its body: %q, %v", body, err)
	}
}
