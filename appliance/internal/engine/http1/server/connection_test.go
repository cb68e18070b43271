// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func ok(_ context.Context, _ *message.Request, s message.Stream) { _, _ = s.Respond(text(200, "ok")) }

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// Who says nothing is let go in silence; who began a request and does not end
// it is told so.
func TestTimeouts(t *testing.T) {
	const short = 50 * time.Millisecond
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, test := range map[string]struct {
			o           session.Options
			early, late string
			want        string
		}{
			"fresh, header":      {session.Options{HeaderTimeout: short, IdleTimeout: patience}, "", "", ""},
			"fresh, idle":        {session.Options{HeaderTimeout: patience, IdleTimeout: short}, "", "", ""},
			"fresh, header only": {session.Options{HeaderTimeout: short}, "", "", ""},
			"idle":               {session.Options{HeaderTimeout: patience, IdleTimeout: short}, "", get, "HTTP/1.1 200 OK\r\n"},
			"idle, not header":   {session.Options{HeaderTimeout: time.Millisecond * 10, IdleTimeout: short}, get, "", "HTTP/1.1 200 OK\r\n"},
			"head":               {session.Options{HeaderTimeout: short, IdleTimeout: patience}, "", "GET / HTTP/1.1\r\n", "HTTP/1.1 408 "},
			"head of one byte":   {session.Options{HeaderTimeout: short, IdleTimeout: patience}, "", "G", "HTTP/1.1 408 "},
			"head, early":        {session.Options{HeaderTimeout: short, IdleTimeout: patience}, "GET", "", "HTTP/1.1 408 "},
			"head of the second": {session.Options{HeaderTimeout: short, IdleTimeout: patience}, get + "GET", "", "HTTP/1.1 200 OK\r\n"},
		} {
			c := make(test.o, ok).dial(test.early)
			if test.late != "" {
				c.say("%s", test.late)
			}
			got, err := c.rest()
			if err != nil || !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			if name == "head of the second" && !strings.Contains(got, "HTTP/1.1 408 ") {
				t.Errorf("%s: %q", name, got)
			}
			c.Close()
			c.served()
		}
	})
}

// A head that comes byte by byte has no more time than any other (slowloris).
func TestSlowHead(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		c := make(session.Options{HeaderTimeout: 100 * time.Millisecond, IdleTimeout: patience}, ok).dial()
		answers := hearLater(c)
		for {
			_, _ = io.WriteString(c.Conn, "x") // fails in the end
			select {
			case got := <-answers:
				if got.status != 408 {
					t.Errorf("%+v", got)
				}
				c.Close()
				c.served()
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
}

// A connection carries as many requests as it may, by the options of the
// moment.
func TestMaxRequests(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{MaxRequests: 5}, ok)
		c := g.dial().say("%s", strings.Repeat(get, 2))
		for range 2 {
			if got := c.hear("GET"); got.status != 200 || got.closes {
				t.Errorf("%+v", got)
			}
		}
		g.host.Update(session.Options{MaxRequests: 3, Handler: handlerFunc(ok)})
		c.say("%s", strings.Repeat(get, 3)) // more than there may be
		if got := c.hear("GET"); got.status != 200 || !got.closes {
			t.Errorf("the last one: %+v", got)
		}
		if rest, err := c.rest(); rest != "" || err != nil {
			t.Errorf("then %q, %v", rest, err)
		}
		c.Close()
		c.served()
	})
}

// Retirement ends an idle connection at once, and one that is not after its
// exchange. A request that has begun to come is served.
func TestRetire(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, test := range map[string]struct {
			before, after string // of the retirement
			answered      int
		}{
			"fresh":      {"", "", 0},
			"idle":       {get, "", 1},
			"in a head":  {get + "GET / HTTP/1.1\r\n", "Host: a\r\n\r\n", 2},
			"in a body":  {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", "llo", 1},
			"in a chunk": {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", "llo\r\n0\r\n\r\n", 1},
		} {
			begun := signals(10)
			g := make(session.Options{IdleTimeout: patience}, func(ctx context.Context, r *message.Request, s message.Stream) {
				begun <- struct{}{}
				echo(ctx, r, s)
			})
			c := g.dial()
			answers := 0
			if test.before != "" {
				c.say("%s", test.before)
				within(t, "a request is handled", begun)
			}
			if strings.HasPrefix(test.before, "GET") {
				if got := c.hear("GET"); got.closes {
					t.Errorf("%s: %+v", name, got)
				}
				answers++
			}
			if name == "in a head" {
				eventually(t, "the beginning of the head has been read", func() bool { return !c.conn.Socket.Pending() })
			}
			g.host.Retire()
			g.host.Retire() // again changes nothing
			if test.after != "" {
				c.say("%s", test.after)
			}
			for answers < test.answered {
				if got := c.hear("POST"); got.status != 200 || !got.closes || strings.Contains(name, "body") != strings.Contains(got.body, `"hello"`) && name != "in a chunk" {
					t.Errorf("%s: %+v", name, got)
				}
				answers++
			}
			if rest, err := c.rest(); rest != "" || err != nil {
				t.Errorf("%s: then %q, %v", name, rest, err)
			}
			c.Close()
			c.served()
		}
	})
}

func signals(n int) chan struct{} { return make(chan struct{}, n) }

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in time", what)
		}
	}
}

// What has come when the retirement does, though nobody has read it, is served.
func TestRetireWithPendingRequest(t *testing.T) {
	begun, goOn := signals(1), signals(0)
	g := start(t, session.Options{}, func(ctx context.Context, r *message.Request, s message.Stream) {
		_, _ = s.Respond(text(200, r.Path))
		if r.Path == "/1" {
			begun <- struct{}{}
			<-goOn
		}
	})
	c := g.dial().say("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
	<-begun
	if got := c.hear("GET"); got.closes {
		t.Errorf("%+v", got)
	}
	c.say("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
	eventually(t, "it arrives", c.conn.Socket.Pending)
	g.host.Retire()
	close(goOn)
	if got := c.hear("GET"); got.body != "/2" || !got.closes {
		t.Errorf("%+v", got)
	}
	c.served()
}

// A connection that retired before it was served ends, too.
func TestRetiredBefore(t *testing.T) {
	g := start(t, session.Options{IdleTimeout: patience}, ok)
	socket, peer := socketPair(t)
	c := &session.Conn{Host: g.host, Net: socket, Socket: socket}
	g.host.Add(c)
	g.host.Retire()
	server.Serve(c, nil)
	if rest, err := io.ReadAll(peer); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// Cutting off ends everything at once, wherever it is.
func TestAbort(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, path := range []string{"idle", "ctx", "body", "respond", "after"} {
			begun := signals(1)
			g := make(session.Options{}, func(ctx context.Context, r *message.Request, s message.Stream) {
				begun <- struct{}{}
				switch r.Path {
				case "/ctx":
					<-ctx.Done()
					if err := life.Of(ctx).Cause(); !errors.Is(err, sock.ErrAborted) {
						t.Errorf("the cause is %v", err)
					}
				case "/body":
					_, _ = io.ReadAll(r.Body)
				case "/respond":
					_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(endless{})})
				}
			})
			c := g.dial()
			if path != "idle" {
				c.say("POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", path)
				within(t, "the request is handled", begun)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = g.host.Drain(ctx)
			c.served()
		}
	})
}

// The context ends when the client goes away, also behind bytes that nobody
// has read. One that nobody asked for serves the next exchange.
func TestContext(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		lines := contexts(10)
		g := make(session.Options{}, func(ctx context.Context, r *message.Request, s message.Stream) {
			lines <- life.Of(ctx)
			switch r.Path {
			case "/done":
				<-ctx.Done()
			case "/ask":
				ctx.Done()
			}
			_, _ = s.Respond(text(200, "ok"))
		})
		c := g.dial().say("%s", get+get+"GET /ask HTTP/1.1\r\nHost: a\r\n\r\n"+get)
		for range 4 {
			if got := c.hear("GET"); got.status != 200 || got.closes {
				t.Errorf("%+v", got)
			}
		}
		first, second, third, fourth := <-lines, <-lines, <-lines, <-lines
		if first == nil || first != second || second != third || third == fourth {
			t.Error("contexts are not reused, or reused though they are used")
		}
		if third.Err() == nil || fourth.Err() != nil {
			t.Errorf("after the exchange: %v, %v", third.Err(), fourth.Err())
		}
		c.say("GET /done HTTP/1.1\r\nHost: a\r\n\r\nunread")
		<-lines
		closeWrite(c)
		c.served()
		if fourth.Err() == nil {
			t.Error("the context outlives the connection")
		}
	})
}

func contexts(n int) chan *life.Line { return make(chan *life.Line, n) }

// Clients that end their side after the request are served if the listener
// says so, and are gone otherwise.
func TestHalfClose(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, allowed := range []bool{false, true} {
			begun, goOn := signals(1), signals(0)
			g := make(session.Options{HalfClose: allowed}, func(ctx context.Context, r *message.Request, s message.Stream) {
				begun <- struct{}{}
				<-goOn
				if gone := life.Of(ctx).Gone(); gone == allowed {
					t.Errorf("allowed %t, gone %t", allowed, gone)
				}
				_, _ = s.Respond(text(200, "ok"))
			})
			c := g.dial().say(get)
			<-begun
			closeWrite(c)
			eventually(t, "the end arrives", func() bool { return c.conn.Socket.HungUp() != nil })
			close(goOn)
			if got := c.hear("GET"); got.status != 200 || got.closes == allowed {
				t.Errorf("allowed %t: %+v", allowed, got)
			}
			c.served()
		}
	})
}

// An idle connection holds next to nothing.
func TestSize(t *testing.T) {
	if server.Size > 400 {
		t.Errorf("%d bytes", server.Size)
	}
}

// Uploads between plaintext sockets go through the kernel.
func TestSpliceUp(t *testing.T) {
	data := strings.Repeat("0123456789abcdef", 1<<16)
	to, from := socketPair(t)
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		results := spliced(1)
		var g *gateway
		g = make(session.Options{HalfClose: true, StallTimeout: patience}, func(_ context.Context, r *message.Request, s message.Stream) {
			body := r.Body.(sock.Source)
			left := body.Left()
			if g.tls != nil || r.ContentLength < 0 {
				if left != 0 {
					t.Errorf("%d bytes can be spliced", left)
				}
				_, _ = io.Copy(io.Discard, body)
			} else {
				if left != int64(len(data)) {
					t.Errorf("%d bytes are left", left)
				}
				moved, read, write := body.SpliceTo(to, func() sock.Instant { return 0 })
				results <- result{moved, read, write, s.Received()}
				if n, err := body.Read(room(1)); read == nil && (n != 0 || !errors.Is(err, io.EOF)) {
					t.Errorf("then %d, %v", n, err)
				}
				if body.Left() != 0 {
					t.Error("there is more")
				}
			}
			_, _ = s.Respond(text(200, "ok"))
		})
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			c := g.dial().say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n", len(data), expect)
			if expect != "" {
				c.next(len("HTTP/1.1 100 Continue\r\n\r\n"))
			}
			go func() { _, _ = io.WriteString(c.Conn, data) }()
			if g.tls == nil {
				got := room(len(data))
				if _, err := io.ReadFull(from, got); err != nil || string(got) != data {
					t.Errorf("what arrived is not what was sent: %v", err)
				}
				if r := <-results; r.moved != int64(len(data)) || r.read != nil || r.write != nil || r.received != r.moved {
					t.Errorf("%+v", r)
				}
			}
			if got := c.hear("POST"); got.status != 200 || got.closes {
				t.Errorf("%+v", got)
			}
			if got := c.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").hear("POST"); got.status != 200 {
				t.Errorf("then %+v", got)
			}
		}
		if g.tls != nil {
			return
		}
		c := g.dial().say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\npart", len(data))
		closeWrite(c)
		var client *message.ClientError
		if r := <-results; !errors.As(r.read, &client) || !errors.Is(r.read, io.ErrUnexpectedEOF) || r.write != nil {
			t.Errorf("%+v", r)
		}
		if got := c.hear("POST"); got.status != 200 || !got.closes {
			t.Errorf("%+v", got)
		}
	})
}

// A target that stops taking a body leaves a part of it in the pipe, where
// nobody finds it again: the connection carries no other request, for nobody
// knows where that would begin (S2-06).
func TestSpliceUpStuck(t *testing.T) {
	const size = 250 << 10 // little enough to be drained
	to, peer := socketPair(t)
	_ = to.NetConn().(*net.TCPConn).SetWriteBuffer(4 << 10)
	_ = peer.SetReadBuffer(4 << 10)
	results := spliced(1)
	g := start(t, session.Options{StallTimeout: patience}, func(_ context.Context, r *message.Request, s message.Stream) {
		moved, read, write := r.Body.(sock.Source).SpliceTo(to, func() sock.Instant { return sock.Now().After(20 * time.Millisecond) })
		results <- result{moved, read, write, s.Received()}
		_, _ = s.Respond(text(200, "ok"))
	})
	c := g.dial()
	go func() {
		_, _ = fmt.Fprintf(c.Conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
	}()
	if r := <-results; r.moved >= size || r.read != nil || !isTimeout(r.write) {
		t.Fatalf("%+v", r)
	}
	if got := c.hear("POST"); got.status != 200 || !got.closes {
		t.Errorf("%+v", got)
	}
	if rest, err := c.rest(); rest != "" || isTimeout(err) {
		t.Errorf("then %q, %v", rest, err)
	}
}

type result struct {
	moved       int64
	read, write error
	received    int64
}

func spliced(n int) chan result { return make(chan result, n) }
