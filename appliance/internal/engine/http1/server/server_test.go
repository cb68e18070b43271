// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

type handlerFunc func(ctx context.Context, r *message.Request, s message.Stream)

func (f handlerFunc) Serve(ctx context.Context, r *message.Request, s message.Stream) { f(ctx, r, s) }

// A gateway is a host with one way in for every connection that a test makes.
type gateway struct {
	t    testing.TB
	host *session.Host
	tls  *tls.Config // of the server's side; nil for plaintext
	root *testkit.Authority

	listener net.Listener
	serving  sync.WaitGroup
}

// start returns a host whose connections are served until the test ends.
func start(t testing.TB, o session.Options, handler handlerFunc) *gateway {
	t.Helper()
	o.Handler = handler
	o.Log = slog.New(slog.DiscardHandler)
	g := &gateway{t: t, host: session.NewHost(o)}
	var err error
	if g.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = g.host.Drain(ctx)
		g.listener.Close()
		g.serving.Wait()
	})
	return g
}

// secure makes the connections to come TLS.
func (g *gateway) secure() *gateway {
	g.root = testkit.NewAuthority(g.t)
	certificate, _, _ := g.root.Issue(g.t, "127.0.0.1")
	g.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
	return g
}

// A client is the test's end of a connection.
type client struct {
	t testing.TB
	net.Conn
	from *bufio.Reader
	tcp  *net.TCPConn
	conn *session.Conn // the other end
	done chan struct{} // closed when it has been served
}

// dial makes a connection, of which the server has read early already.
func (g *gateway) dial(early ...string) *client {
	g.t.Helper()
	peer, err := net.Dial("tcp", g.listener.Addr().String())
	if err != nil {
		g.t.Fatal(err)
	}
	accepted, err := g.listener.Accept()
	if err != nil {
		g.t.Fatal(err)
	}
	socket, err := sock.New(accepted.(*net.TCPConn))
	if err != nil {
		g.t.Fatal(err)
	}
	c := &client{t: g.t, Conn: peer, tcp: peer.(*net.TCPConn), done: make(chan struct{})}
	c.conn = &session.Conn{
		Host: g.host, Net: socket, Socket: socket,
		Remote: peer.LocalAddr().(*net.TCPAddr).AddrPort(), Local: peer.RemoteAddr().(*net.TCPAddr).AddrPort(),
	}
	if !g.host.Add(c.conn) {
		g.t.Fatal("the host takes no connection")
	}
	if g.tls != nil {
		c.Conn = tls.Client(peer, &tls.Config{RootCAs: g.root.Pool(), ServerName: "127.0.0.1"})
	}
	_ = c.Conn.SetDeadline(time.Now().Add(patience))
	c.from = bufio.NewReader(c.Conn)
	socket.OnClose(func() { close(c.done) })
	shaken := make(chan struct{})
	g.serving.Go(func() {
		if g.tls != nil {
			secured := tls.Server(socket, g.tls)
			err := secured.Handshake()
			close(shaken)
			if err != nil {
				g.t.Error(err)
				socket.Close()
				return
			}
			state := secured.ConnectionState()
			c.conn.Net, c.conn.TLS = secured, &state
		}
		server.Serve(c.conn, []byte(strings.Join(early, "")))
	})
	if secured, ok := c.Conn.(*tls.Conn); ok {
		if err := secured.Handshake(); err != nil {
			g.t.Error(err)
		}
		<-shaken
	}
	g.t.Cleanup(func() { c.Conn.Close() })
	return c
}

// say sends bytes.
func (c *client) say(format string, args ...any) *client {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.Conn, format, args...); err != nil {
		c.t.Error(err)
	}
	return c
}

// An answer is a response as a client saw it.
type answer struct {
	status  int
	header  http.Header
	body    string
	trailer http.Header
	closes  bool  // it says that the connection ends
	err     error // of the head or the body
}

// hear reads a response to a request with the method.
func (c *client) hear(method string) answer {
	c.t.Helper()
	r, err := http.ReadResponse(c.from, &http.Request{Method: method})
	if err != nil {
		return answer{err: err}
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header, string(body), r.Trailer, r.Close, err}
}

// rest returns what comes until the connection ends.
func (c *client) rest() (string, error) {
	b, err := io.ReadAll(c.from)
	return string(b), err
}

// served waits until the server has done with the connection.
func (c *client) served() {
	c.t.Helper()
	within(c.t, "the connection ends", c.done)
}

func within[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: not in time", what)
		panic("unreachable")
	}
}

func text(status int, body string) *message.Response {
	return &message.Response{Status: status, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// echo answers with the method, the target and the body of the request.
func echo(_ context.Context, r *message.Request, s message.Stream) {
	var body []byte
	var err error
	if r.Body != nil {
		body, err = io.ReadAll(r.Body)
	}
	answer := fmt.Sprintf("%s %s://%s%s %q", r.Method, r.Scheme, r.Host, r.Target(), body)
	if err != nil {
		answer += " " + err.Error()
	}
	_, _ = s.Respond(text(200, answer))
}

// both runs a test over plaintext and over TLS.
func both(t *testing.T, test func(t *testing.T, make func(session.Options, handlerFunc) *gateway)) {
	t.Run("plaintext", func(t *testing.T) {
		test(t, func(o session.Options, h handlerFunc) *gateway { return start(t, o, h) })
	})
	t.Run("TLS", func(t *testing.T) {
		test(t, func(o session.Options, h handlerFunc) *gateway { return start(t, o, h).secure() })
	})
}

// Requests follow each other on one connection, one by one and all at once,
// in pieces of any size.
func TestRequests(t *testing.T) {
	requests := []struct{ text, method, want string }{
		{"GET /a?b HTTP/1.1\r\nHost: h.test\r\n\r\n", "GET", `GET %s://h.test/a?b ""`},
		{"POST /p HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello", "POST", `POST %s://h.test/p "hello"`},
		{"POST /c HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: 1\r\n\r\n", "POST", `POST %s://h.test/c "hello"`},
		{"HEAD /h HTTP/1.1\r\nHost: h.test\r\n\r\n", "HEAD", ""},
		{"DELETE /d HTTP/1.1\r\nHost: h.test\r\n\r\n", "DELETE", `DELETE %s://h.test/d ""`},
	}
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{}, echo)
		scheme := "http"
		if g.tls != nil {
			scheme = "https"
		}
		check := func(how string, c *client) {
			t.Helper()
			for _, r := range requests {
				want := r.want
				if want != "" {
					want = fmt.Sprintf(want, scheme)
				}
				if got := c.hear(r.method); got.err != nil || got.status != 200 || got.body != want {
					t.Errorf("%s: %s got %d %q, %v", how, r.method, got.status, got.body, got.err)
				}
			}
			c.Close()
			c.served()
		}
		one := g.dial()
		for _, r := range requests {
			one.say("%s", r.text)
			want := r.want
			if want != "" {
				want = fmt.Sprintf(want, scheme)
			}
			if got := one.hear(r.method); got.err != nil || got.body != want {
				t.Errorf("%s got %d %q, %v", r.method, got.status, got.body, got.err)
			}
		}
		var all strings.Builder
		for _, r := range requests {
			all.WriteString(r.text)
		}
		check("at once", g.dial().say("%s", all.String()))
		check("early", g.dial(all.String()))
		for _, size := range []int{1, 2, 3, 7, 30, 100} {
			c := g.dial()
			_ = c.tcp.SetNoDelay(true)
			for rest := all.String(); rest != ""; {
				n := min(size, len(rest))
				c.say("%s", rest[:n])
				rest = rest[n:]
			}
			check(fmt.Sprintf("in pieces of %d", size), c)
		}
		one.Close()
		one.served()
		if s := g.host.Stats(); s.Exchanges != 0 {
			t.Errorf("%d exchanges are left", s.Exchanges)
		}
	})
}

func soon() time.Time { return time.Now().Add(50 * time.Millisecond) }

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
