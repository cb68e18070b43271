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
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A mortal is a target of HTTP/1.1 whose connections die where a test wants
// them to.
type mortal struct {
	address string
	mu      sync.Mutex
	seen    map[string]int // requests by their field X-Id
}

// newMortal serves connections until the test ends. serve answers the nth
// request of a connection, counted from 1, and reports whether it goes on.
func newMortal(t *testing.T, serve func(c *net.TCPConn, n int, r *http.Request) bool) *mortal {
	m := &mortal{seen: make(map[string]int)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	m.address = listener.Addr().String()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				in := bufio.NewReader(conn)
				for n := 1; ; n++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					m.mu.Lock()
					m.seen[r.Header.Get("X-Id")]++
					m.mu.Unlock()
					if r.URL.Path != "/unread" {
						_, _ = io.Copy(io.Discard, r.Body) // a request cut off is one that was seen
					}
					if !serve(conn.(*net.TCPConn), n, r) {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return m
}

// times returns how often a request was seen.
func (m *mortal) times(id string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[id]
}

// kill ends a connection: by RST, or gracefully.
func kill(c *net.TCPConn, hard bool) {
	if hard {
		_ = c.SetLinger(0) // so that Close sends RST
	}
	c.Close()
}

func answer(c net.Conn, r *http.Request) bool {
	body := r.Header.Get("X-Id")
	_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return err == nil
}

// deaths are the ways in which a connection ends.
var deaths = map[string]bool{"RST": true, "FIN": false}

// clients are HTTP clients of a site, by protocol.
func clients(t *testing.T) map[string]*http.Client {
	all := make(map[string]*http.Client)
	for name, set := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) },
		"HTTP/2":   func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		set(transport.Protocols)
		t.Cleanup(transport.CloseIdleConnections)
		all[name] = &http.Client{Transport: transport}
	}
	return all
}

// A fate is what became of a request.
type fate struct {
	status int
	body   string
	err    error // of the request or its body
}

// ask makes a request, which must end in time, and reads its answer.
func ask(t testing.TB, c *http.Client, method, url, id string, body io.Reader) fate {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	must(t, err)
	r.Header.Set("X-Id", id)
	response, err := c.Do(r)
	if ctx.Err() != nil {
		t.Fatalf("%s %s hangs", method, url)
	}
	if err != nil {
		return fate{err: err}
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if ctx.Err() != nil {
		t.Fatalf("the body of %s %s hangs", method, url)
	}
	return fate{response.StatusCode, string(b), err}
}

// startWeb makes a gateway forward everything to a target.
func startWeb(t *testing.T, document string) (g *gatewaytest.Gateway, address string) {
	g, address = gatewaytest.Start(t, nil), gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "web", document)
	g.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
	return g, address
}

// A target that ends the connection when it has read a request: 502, or, if
// the connection was one of the pool and the request is safe, an answer by
// another one (RFC 9110, section 9.2.2). Nothing else is sent twice.
func TestKilledBeforeTheAnswer(t *testing.T) {
	for death, hard := range deaths {
		m := newMortal(t, func(c *net.TCPConn, n int, r *http.Request) bool {
			if r.URL.Path == "/fresh" || r.URL.Path == "/pooled" && n > 1 {
				kill(c, hard)
				return false
			}
			return answer(c, r)
		})
		g, address := startWeb(t, upstream(m.address, "http"))
		for client, c := range clients(t) {
			for _, e := range []struct {
				method, path string
				status       int
				most         int // times that the target may see it
			}{
				{"GET", "/fresh", 502, 10},
				{"POST", "/fresh", 502, 1},
				{"GET", "/pooled", 200, 2},
				{"POST", "/pooled", 502, 1},
				{"PATCH", "/pooled", 502, 1},
			} {
				t.Run(strings.Join([]string{death, client, e.method, e.path}, " "), func(t *testing.T) {
					// Another pool, and one connection in it.
					g.Put(t, "upstream", "web", strings.TrimSuffix(upstream(m.address, "http"), "}")+`,"description":"`+t.Name()+`","idle_timeout":"`+fmt.Sprint(60+len(t.Name()))+`s"}`)
					if e.path == "/pooled" {
						if f := ask(t, c, "GET", "http://"+address+"/warm", "warm", nil); f.status != 200 {
							t.Fatalf("a first request: %+v", f)
						}
					}
					id := t.Name()
					var body io.Reader
					if e.method != "GET" {
						body = strings.NewReader("once")
					}
					f := ask(t, c, e.method, "http://"+address+e.path, id, body)
					if f.err != nil || f.status != e.status || e.status == 200 && f.body != id {
						t.Errorf("got %+v, want status %d", f, e.status)
					}
					if n := m.times(id); n < 1 || n > e.most {
						t.Errorf("the target saw it %d times, want at most %d", n, e.most)
					}
				})
			}
		}
	}
}

// Connections that a target closes between requests harm nobody: what is sent
// into one that has just gone is sent again if it is safe, and never twice if
// it is not.
func TestKilledBetweenRequests(t *testing.T) {
	for death, hard := range deaths {
		m := newMortal(t, func(c *net.TCPConn, _ int, r *http.Request) bool {
			answer(c, r)
			kill(c, hard)
			return false
		})
		_, address := startWeb(t, upstream(m.address, "http"))
		for client, c := range clients(t) {
			t.Run(death+" "+client, func(t *testing.T) {
				for i := range 100 {
					id := fmt.Sprintf("%s %d", t.Name(), i)
					if f := ask(t, c, "GET", "http://"+address+"/", id, nil); f.status != 200 && death == "FIN" || f.err == nil && f.status == 200 && f.body != id {
						t.Fatalf("GET %d: %+v", i, f)
					}
					f := ask(t, c, "POST", "http://"+address+"/", id+" once", strings.NewReader("once"))
					if f.err == nil && f.status != 200 && f.status != 502 || f.status == 200 && f.err == nil && f.body != id+" once" {
						t.Fatalf("POST %d: %+v", i, f)
					}
					if n := m.times(id + " once"); n > 1 {
						t.Fatalf("POST %d was seen %d times", i, n)
					}
				}
			})
		}
	}
}

// A body that breaks off is never seen as whole.
func TestKilledInTheBody(t *testing.T) {
	for _, e := range []struct {
		name, fields, part string
		whole              map[string]bool // by death
	}{
		{"length", "Content-Length: 1000\r\n", strings.Repeat("b", 500), nil},
		{"chunks", "Transfer-Encoding: chunked\r\n", "5\r\nbbbbb\r\n", nil},
		{"half a chunk", "Transfer-Encoding: chunked\r\n", "50\r\nbbbbb", nil},
		{"last chunk without its end", "Transfer-Encoding: chunked\r\n", "5\r\nbbbbb\r\n0\r\n", nil},
		{"until the end", "Connection: close\r\n", "bbbbb", map[string]bool{"FIN": true}},
	} {
		for death, hard := range deaths {
			die := make(chan struct{})
			m := newMortal(t, func(c *net.TCPConn, _ int, _ *http.Request) bool {
				fmt.Fprintf(c, "HTTP/1.1 200 OK\r\n%s\r\n%s", e.fields, e.part)
				<-die
				kill(c, hard)
				return false
			})
			_, address := startWeb(t, upstream(m.address, "http"))
			for client, c := range clients(t) {
				t.Run(strings.Join([]string{e.name, death, client}, " "), func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					r, err := http.NewRequestWithContext(ctx, "GET", "http://"+address+"/", nil)
					must(t, err)
					response, err := c.Do(r)
					die <- struct{}{}
					must(t, err)
					defer response.Body.Close()
					body, err := io.ReadAll(response.Body)
					if ctx.Err() != nil {
						t.Fatal("the body hangs")
					}
					if whole := err == nil; response.StatusCode != 200 || whole != e.whole[death] {
						t.Errorf("status %d, %d bytes, %v; whole is to be %v", response.StatusCode, len(body), err, e.whole[death])
					}
				})
			}
		}
	}
}

// A target that dies while a body is sent to it: 502, or a connection that is
// closed, but no waiting.
func TestKilledWhileTheBodyIsSent(t *testing.T) {
	for death, hard := range deaths {
		m := newMortal(t, func(c *net.TCPConn, _ int, r *http.Request) bool {
			_, _ = io.ReadFull(r.Body, make([]byte, 1000))
			kill(c, hard)
			return false
		})
		_, address := startWeb(t, upstream(m.address, "http"))
		for client, c := range clients(t) {
			t.Run(death+" "+client, func(t *testing.T) {
				out, in := io.Pipe()
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					for piece := make([]byte, 8<<10); ; {
						if _, err := in.Write(piece); err != nil {
							return
						}
					}
				}()
				f := ask(t, c, "POST", "http://"+address+"/unread", t.Name(), out)
				out.Close()
				within(t, "the end of the upload", ended)
				if f.err == nil && f.status != 502 {
					t.Errorf("got %+v, want 502 or a broken connection", f)
				}
				if n := m.times(t.Name()); n != 1 {
					t.Errorf("the target saw it %d times", n)
				}
			})
		}
	}
}

// A request into nothing is answered at once, and one to a target that comes
// back is answered by it.
func TestKilledTargetComesBack(t *testing.T) {
	address := gatewaytest.FreeAddress(t)
	_, front := startWeb(t, upstream(address, "http"))
	for client, c := range clients(t) {
		if f := ask(t, c, "GET", "http://"+front+"/", "gone", nil); f.status != 502 {
			t.Errorf("%s: %+v, want 502", client, f)
		}
	}
	listener, err := net.Listen("tcp", address)
	must(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "back") })}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Close
	}()
	defer func() {
		server.Close()
		<-ended
	}()
	for client, c := range clients(t) {
		if f := ask(t, c, "GET", "http://"+front+"/", "back", nil); f.status != 200 || f.body != "back" {
			t.Errorf("%s: %+v, want 200", client, f)
		}
	}
}
