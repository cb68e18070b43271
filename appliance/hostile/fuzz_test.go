// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A guarded bench has one route, which takes what is for the host allowed.test
// and below the path /ok: nothing else may reach the upstream.
func startGuarded(t testing.TB) *bench {
	t.Helper()
	b := &bench{recorder: record(t), addresses: make(map[string]string)}
	b.gateway = gatewaytest.Start(t, nil)
	b.listen(t, "main", object{"half_close": true}) // what was sent is served to its end
	b.put(t, "upstream", "recorder", targetOf(b.recorder.port()))
	b.put(t, "route", "ok", object{"hosts": []string{"allowed.test"}, "paths": []string{"/ok/*"}, "upstream": "recorder"})
	return b
}

// approvedProbe is a good request. It is among the sights.
const approvedProbe = "GET /ok/probe HTTP/1.1\r\nHost: allowed.test\r\n\r\n"

// approved returns an error unless a complete request that the upstream saw is
// one, and one that the route takes.
func approved(raw string) error {
	reader := bufio.NewReader(strings.NewReader(raw))
	r, err := http.ReadRequest(reader)
	if err != nil {
		return fmt.Errorf("it does not parse: %w", err)
	}
	for name, values := range r.Header {
		for _, value := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
				return fmt.Errorf("its field %q: %q", name, value) // which ReadRequest lets through
			}
		}
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return fmt.Errorf("its body: %w", err)
	}
	if _, err := reader.Peek(1); err != io.EOF {
		return fmt.Errorf("it ends earlier in net/http than in a lenient server")
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !strings.EqualFold(strings.TrimSuffix(host, "."), "allowed.test") {
		return fmt.Errorf("its host is %q", r.Host)
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	clean, err := match.CleanPath(path)
	if err != nil {
		return err
	}
	if clean != "/ok" && !strings.HasPrefix(clean, "/ok/") {
		return fmt.Errorf("its path is %q", path)
	}
	return nil
}

// The property can fail.
func TestApproved(t *testing.T) {
	for raw, want := range map[string]bool{
		"GET /ok/1 HTTP/1.1\r\nHost: allowed.test\r\n\r\n":                                                    true,
		"GET //%6fk?x HTTP/1.1\r\nHost: Allowed.Test.:80\r\n\r\n":                                             true,
		"POST /ok/1 HTTP/1.1\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n":  true,
		"GET /okay HTTP/1.1\r\nHost: allowed.test\r\n\r\n":                                                    false,
		"GET /bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n":                                                     false,
		"GET /ok/1 HTTP/1.1\r\nHost: other.test\r\n\r\n":                                                      false,
		"GET /ok/../bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n":                                               false,
		"GET /ok/1 HTTP/1.1\r\nHost: allowed.test\r\nX : y\r\n\r\n":                                           false,
		"POST /ok/1 HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 5\r\n\r\n":                              false,
		"GET /ok/1 HTTP/1.1\r\nHost: allowed.test\r\n\r\nGET /bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n":     false,
		"POST /ok/1 HTTP/1.1\r\nHost: allowed.test\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n": false,
	} {
		if err := approved(raw); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// exchanges returns how many requests the route has taken, as the gateway
// counts them. It counts them when they have ended.
func (b *bench) exchanges(t testing.TB) int {
	t.Helper()
	return b.metric(t, `penstock_requests_total`, `route="ok"`)
}

// attack sends a whole connection, ends it, reads what comes until the gateway
// ends it too, and checks the property.
func (b *bench) attack(t *testing.T, sent []byte) {
	b.recorder.begin()
	before := b.exchanges(t)
	conn := b.dial(t, "main")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = conn.Write(sent)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	if _, err := io.Copy(io.Discard, conn); err != nil && ended(err) == "silence" {
		t.Errorf("the gateway neither answers nor closes")
	}
	conn.Close()
	<-done

	probe := b.dial(t, "main")
	defer probe.Close()
	_, _ = io.WriteString(probe, approvedProbe)
	if response, err := http.ReadResponse(bufio.NewReader(probe), nil); err != nil || response.StatusCode != 200 {
		t.Fatalf("a good request behind it: %v, %v", response, err)
	}
	sights, stalled := b.recorder.sights()
	if stalled {
		t.Error("the upstream still waits for the rest of a request")
	}
	seen := 0
	for _, s := range sights {
		if !s.complete {
			continue
		}
		seen++
		if err := approved(s.raw); err != nil {
			t.Errorf("the upstream saw a request that the router did not approve: %v: %q", err, s.raw)
		}
	}
	for deadline := time.Now().Add(patience); ; {
		counted := b.exchanges(t) - before
		if counted >= seen {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the gateway counted %d exchanges, the upstream saw %d requests", counted, seen)
		}
		time.Sleep(time.Millisecond) // an exchange is counted when it ends, which may be after its answer
	}
}

// FuzzConnection: whatever bytes a client of HTTP/1.1 sends, the upstream sees
// no request that the router did not approve.
func FuzzConnection(f *testing.F) {
	b := startGuarded(f)
	const good = "GET /ok/1 HTTP/1.1\r\nHost: allowed.test\r\n"
	const bad = "GET /bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n"
	const post = "POST /ok/1 HTTP/1.1\r\nHost: allowed.test\r\n"
	for _, seed := range []string{
		good + "\r\n", bad, good + "\r\n" + bad, good + "\r\n" + good + "\r\n",
		"GET /ok/1 HTTP/1.1\r\nHost: other.test\r\n\r\n",
		"GET http://allowed.test/ok/1 HTTP/1.1\r\nHost: other.test\r\n\r\n",
		"GET http://other.test/ok/1 HTTP/1.1\r\nHost: allowed.test\r\n\r\n",
		"GET /ok/../bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n", "GET /ok/%2e%2e/bad HTTP/1.1\r\nHost: allowed.test\r\n\r\n", "GET //ok//x?y HTTP/1.1\r\nHost: ALLOWED.test.:80\r\n\r\n",
		post + "Content-Length: 5\r\n\r\nhello" + bad, post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + bad,
		post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: y\r\n\r\n" + bad, post + "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n" + bad,
		post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + bad, post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + bad, post + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello" + bad,
		post + "Content-Length: 0\r\nConnection: content-length\r\n\r\n" + bad, post + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + bad,
		good + "X: y\n\n" + bad, good + "X: y\r\n z\r\n\r\n" + bad, good + "X: y\rZ: a\r\n\r\n" + bad, good + " X: y\r\n\r\n" + bad, good + "X\x00: y\r\n\r\n" + bad,
		good + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + bad, good + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n" + bad,
		"GET /ok/1 HTTP/1.0\r\nHost: allowed.test\r\nConnection: keep-alive\r\n\r\n" + bad, "HEAD /ok/1 HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 3\r\n\r\nabc" + bad,
		"CONNECT allowed.test:80 HTTP/1.1\r\nHost: allowed.test\r\n\r\n" + bad, "OPTIONS * HTTP/1.1\r\nHost: allowed.test\r\n\r\n" + bad, "PRI * HTTP/2.0\r\n\r\n" + bad,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > 1<<16 {
			t.Skip("long inputs show nothing more")
		}
		b.attack(t, sent)
	})
}

// FuzzConnection2 is FuzzConnection for frames of HTTP/2, behind a preface.
func FuzzConnection2(f *testing.F) {
	b := startGuarded(f)
	frames := func(play func(c *client2)) []byte {
		ours, theirs := net.Pipe()
		wrote := make(chan []byte)
		go func() {
			all, _ := io.ReadAll(theirs)
			wrote <- all
		}()
		c := newClient2(ours)
		_ = c.framer.WriteSettings()
		play(c)
		ours.Close()
		return <-wrote
	}
	ok := func(method, path string, fields ...string) []string {
		return append([]string{":method: " + method, ":scheme: http", ":authority: allowed.test", ":path: " + path}, fields...)
	}
	for _, play := range []func(c *client2){
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/1")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/bad")...); c.headers(3, end, ok("GET", "/ok/1")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/1", "host: other.test")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/../bad")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/1 HTTP/1.1\r\nhost: b\r\n\r\nGET /bad")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/1", "x: a\r\n\r\nGET /bad HTTP/1.1")...) },
		func(c *client2) { c.headers(1, end, ok("GET", "/ok/1", "transfer-encoding: chunked")...) },
		func(c *client2) {
			c.headers(1, more, ok("POST", "/ok/1", "content-length: 5")...)
			c.data(1, end, "hello")
		},
		func(c *client2) {
			c.headers(1, more, ok("POST", "/ok/1", "content-length: 5")...)
			c.data(1, more, "hello")
			c.data(1, end, smuggled)
		},
		func(c *client2) {
			c.headers(1, more, ok("POST", "/ok/1")...)
			c.data(1, more, "0\r\n\r\n"+smuggled)
			c.headers(1, end, "x-t: y")
		},
		func(c *client2) {
			c.headers(1, more, ok("POST", "/ok/1")...)
			c.data(1, more, "hello")
			c.frame(3, 0, 1, "\x00\x00\x00\x08")
		},
		func(c *client2) {
			c.frame(1, flagEnd, 1, string(c.encode(ok("GET", "/ok/1")...)))
			c.frame(9, flagHead, 1, "")
		},
		func(c *client2) { c.frame(1, flagEnd|flagHead, 1, string(c.encode(ok("GET", "/ok/1")...))+"\xff\x49") },
		func(c *client2) {
			c.headers(1, more, ":method: CONNECT", ":protocol: websocket", ":scheme: http", ":authority: allowed.test", ":path: /ok/1")
			c.data(1, end, smuggled)
		},
	} {
		f.Add(frames(play))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		if len(sent) > 1<<16 {
			t.Skip("long inputs show nothing more")
		}
		b.attack(t, append([]byte(http2.ClientPreface), sent...))
	})
}
