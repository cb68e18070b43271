// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// What is malformed, or more than the listener takes, is answered so that the
// client can read it though it goes on sending, and no handler sees it.
func TestRefused(t *testing.T) {
	o := session.Options{MaxHeaderBytes: 20_000, MaxHeaderFields: 10, MaxBodyBytes: 1000}
	for name, test := range map[string]struct {
		request string
		status  int
	}{
		"nonsense":          {"what?\r\n\r\n", 400},
		"not HTTP":          {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
		"no host":           {"GET / HTTP/1.1\r\n\r\n", 400},
		"two lengths":       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
		"length and coding": {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		"version":           {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
		"CONNECT":           {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501},
		"head too long":     {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 20_000) + "\r\n\r\n", 431},
		"endless head":      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 200_000), 431},
		"endless line":      {"GET /" + strings.Repeat("x", 200_000), 414},
		"too many fields":   {"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: 1\r\n", 10) + "\r\n", 431},
		"body too long":     {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + strings.Repeat("x", 1001), 413},
		"much too long":     {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + strings.Repeat("x", 500_000), 413},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
				g := make(o, func(_ context.Context, r *message.Request, s message.Stream) {
					if r.Path != "/first" {
						t.Errorf("%s %s was handled", r.Method, r.Path)
					}
					_, _ = s.Respond(text(200, "ok"))
				})
				c := g.dial()
				go func() { // all at once, and more than the server reads
					_, _ = io.WriteString(c.Conn, "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"+test.request)
				}()
				if got := c.hear("GET"); got.status != 200 {
					t.Fatalf("the first request: %+v", got)
				}
				if got := c.hear("GET"); got.status != test.status || !got.closes || got.err != nil || len(got.body) < 5 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
					t.Errorf("%+v", got)
				}
				if rest, err := c.rest(); rest != "" || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("then %q, %v", rest, err)
				}
				c.Close()
				c.served()
				if n := g.host.Stats().Requests; n != 1 {
					t.Errorf("%d requests are counted", n)
				}
			})
		})
	}
}

// Heads of any size up to the limit are taken, whatever comes with them.
func TestLongHeads(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{MaxHeaderBytes: 200_000}, func(_ context.Context, r *message.Request, s message.Stream) {
			_, _ = s.Respond(text(200, fmt.Sprint(len(r.Header.Get("x")))))
		})
		c := g.dial()
		for _, size := range []int{1, 16_300, 16_384, 20_000, 70_000, 199_900, 2} {
			head := "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", size) + "\r\n\r\n"
			go func() { _, _ = io.WriteString(c.Conn, head+head) }()
			for range 2 {
				if got := c.hear("GET"); got.body != fmt.Sprint(size) {
					t.Fatalf("%d: %+v", size, got)
				}
			}
		}
	})
}

// What the handler sees of a request.
func TestRequest(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{ID: "main"}, func(_ context.Context, r *message.Request, s message.Stream) {
			var body []byte
			before := 0
			if r.Trailer != nil {
				before = r.Trailer.Len()
			}
			if r.Body != nil {
				body, _ = io.ReadAll(r.Body)
			}
			sum := ""
			if r.Trailer != nil {
				sum = r.Trailer.Get("sum")
			}
			_, _ = s.Respond(text(200, fmt.Sprintf("%s %s %d %q %d %q %d %s %t %s %s %t",
				r.Proto, r.Method, r.ContentLength, body, before, sum, s.Received(), r.Listener, r.TLS != nil, r.Remote, r.Local, r.Deadline.IsZero())))
		})
		for _, test := range []struct{ request, want string }{
			{"GET / HTTP/1.0\r\n\r\n", `HTTP/1.0 GET 0 "" 0 "" 0`},
			{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", `HTTP/1.1 GET 0 "" 0 "" 0`},
			{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", `HTTP/1.1 POST 0 "" 0 "" 0`},
			{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", `HTTP/1.1 POST 2 "hi" 0 "" 2`},
			{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nSum: 7\r\n\r\n", `HTTP/1.1 POST -1 "hi" 0 "7" 2`},
		} {
			c := g.dial().say("%s", test.request)
			want := fmt.Sprintf("%s main %t %s %s true", test.want, g.tls != nil, c.conn.Remote, c.conn.Local)
			if got := c.hear("GET"); got.body != want {
				t.Errorf("got %s, want %s", got.body, want)
			}
			c.Close()
		}
	})
}

// Large bodies arrive as they are, and count.
func TestUploads(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, size := range []int{1, 5000, 16_000, 16_384, 17_000, 300_000, 3 << 20} {
			body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
			for _, chunk := range []int{0, 1, 1000, 200_000} {
				if chunk == 1 && size > 20_000 {
					continue
				}
				g := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
					got, err := io.ReadAll(r.Body)
					if err != nil || string(got) != body || s.Received() != int64(size) {
						t.Errorf("%d in chunks of %d: %d, received %d, %v", size, chunk, len(got), s.Received(), err)
					}
					_, _ = s.Respond(text(200, ""))
				})
				var b strings.Builder
				b.WriteString("POST / HTTP/1.1\r\nHost: a\r\n")
				if chunk == 0 {
					fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", size, body)
				} else {
					b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
					for i := 0; i < size; i += chunk {
						part := body[i:min(size, i+chunk)]
						fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
					}
					b.WriteString("0\r\n\r\n")
				}
				c := g.dial()
				for range 2 {
					go func() { _, _ = io.WriteString(c.Conn, b.String()) }()
					if got := c.hear("POST"); got.status != 200 {
						t.Errorf("%+v", got)
					}
				}
				c.Close()
			}
		}
	})
}

// A body that breaks off, stalls, is malformed or too long is the client's
// failure; the client is still answered, and the connection ends.
func TestBodyFails(t *testing.T) {
	const chunked, length = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
	for name, test := range map[string]struct {
		request string
		ends    bool // the client ends its side
		want    error
	}{
		"breaks off, length":  {length + "part", true, io.ErrUnexpectedEOF},
		"breaks off, chunked": {chunked + "4\r\npart\r\n", true, io.ErrUnexpectedEOF},
		"stalls, length":      {length + "part", false, os.ErrDeadlineExceeded},
		"stalls, chunked":     {chunked + "4\r\npart\r\n", false, os.ErrDeadlineExceeded},
		"too long":            {chunked + "c8\r\n" + strings.Repeat("x", 200) + "\r\n0\r\n\r\n", false, message.ErrBodyTooLarge},
		"too long in parts":   {chunked + strings.Repeat("5\r\n12345\r\n", 40) + "0\r\n\r\n", false, message.ErrBodyTooLarge},
		"no such number":      {chunked + "5\r\n12345\r\n7fffffffffffffff\r\n123", false, message.ErrBodyTooLarge},
		"malformed":           {chunked + "4\r\npart\r\nzz\r\n", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
				result, again := errorChannel(), errorChannel()
				o := session.Options{MaxBodyBytes: 150, HalfClose: true, StallTimeout: patience}
				if !test.ends {
					o.StallTimeout = 50 * time.Millisecond
				}
				g := make(o, func(_ context.Context, r *message.Request, s message.Stream) {
					_, err := io.ReadAll(r.Body)
					result <- err
					_, err = r.Body.Read(room(1))
					again <- err
					_, _ = s.Respond(text(400, "no"))
				})
				c := g.dial().say("%s", test.request)
				if test.ends {
					closeWrite(c)
				}
				err := within(t, "the handler knows", result)
				var client *message.ClientError
				if !errors.As(err, &client) || client.Op != "read" || test.want != nil && !errors.Is(err, test.want) {
					t.Errorf("got %v", err)
				}
				if err := <-again; !errors.As(err, &client) {
					t.Errorf("read again: %v", err)
				}
				if got := c.hear("POST"); got.status != 400 || !got.closes {
					t.Errorf("%+v", got)
				}
				c.Close()
				c.served()
			})
		})
	}
}

func room(n int) []byte { return make([]byte, n) }

func closeWrite(c *client) {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = c.tcp.CloseWrite()
}

// The body of an exchange that is over gives nothing, least of all what
// belongs to the next one. One that was read to its end stays there.
func TestStaleBody(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		var stale io.ReadCloser
		g := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
			switch r.Path {
			case "/unread":
				stale = r.Body
			case "/read":
				stale = r.Body
				_, _ = io.ReadAll(stale)
			default:
				want := server.ErrBodyClosed
				if r.Path == "/2" {
					want = io.EOF
				}
				if n, err := stale.Read(room(10)); n != 0 || !errors.Is(err, want) {
					t.Errorf("%s: %d, %v", r.Path, n, err)
				}
				_ = stale.Close()
				if body, err := io.ReadAll(r.Body); string(body) != "hello" || err != nil {
					t.Errorf("%s: %q, %v", r.Path, body, err)
				}
			}
			_, _ = s.Respond(text(200, ""))
		})
		c := g.dial()
		for _, framed := range []string{"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"} {
			for _, path := range []string{"/unread", "/1", "/read", "/2"} {
				if got := c.say("POST %s HTTP/1.1\r\nHost: a\r\n%s", path, framed).hear("POST"); got.status != 200 {
					t.Errorf("%s: %+v", path, got)
				}
			}
		}
	})
}

// Closing a body ends a read of it that runs elsewhere; the exchange goes on,
// and so does the connection.
func TestCloseBody(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, framed := range []string{"Content-Length: 5\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n"} {
			for _, by := range []string{"the handler", "the end"} {
				begun, ended := errorChannel(), errorChannel()
				g := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
					if r.Body == nil {
						_, _ = s.Respond(text(200, "next"))
						return
					}
					body := r.Body
					go func() {
						begun <- nil
						_, err := body.Read(room(10))
						ended <- err
					}()
					<-begun
					if by == "the handler" {
						body.Close()
						if err := <-ended; !errors.Is(err, server.ErrBodyClosed) {
							t.Errorf("the read ended with %v", err)
						}
					}
					_, _ = s.Respond(text(200, "early"))
				})
				c := g.dial().say("POST / HTTP/1.1\r\nHost: a\r\n%s", framed)
				if got := c.hear("POST"); got.status != 200 || got.body != "early" || got.closes {
					t.Errorf("%s, %+v", by, got)
				}
				if by == "the end" {
					if err := within(t, "the read ends", ended); !errors.Is(err, server.ErrBodyClosed) {
						t.Errorf("the read ended with %v", err)
					}
				}
				c.say("hello")
				if strings.HasPrefix(framed, "T") {
					c.say("\r\n0\r\n\r\n")
				}
				if got := c.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hear("GET"); got.body != "next" {
					t.Errorf("%s, then %+v", by, got)
				}
				c.Close()
			}
		}
	})
}

// A request's body and its response can be on their way at the same time.
func TestFullDuplex(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
			out, in := io.Pipe()
			body := r.Body // the request is the handler's only until it returns
			go func() {
				_, err := io.Copy(in, body)
				in.CloseWithError(err)
			}()
			_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: out})
		})
		for _, expect := range []string{"", "Expect: 100-continue\r\n"} {
			c := g.dial().say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n%s\r\n", expect)
			if expect != "" {
				// Either the invitation came first, or the response did and the body
				// is not read.
				c.Close()
				continue
			}
			answer := hearLater(c)
			for range 100 {
				c.say("5\r\nhello\r\n")
			}
			c.say("0\r\n\r\n")
			if got := within(t, "the answer", answer); got.body != strings.Repeat("hello", 100) || got.err != nil {
				t.Errorf("%+v", got)
			}
			c.Close()
		}
	})
}

func hearLater(c *client) <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- c.hear("POST") }()
	return answers
}

// Expect: 100-continue (RFC 9110, section 10.1.1).
func TestContinue(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
	const goOn = "HTTP/1.1 100 Continue\r\n\r\n"
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		late := errorChannels(2)
		read := make(session.Options{}, echo)
		refuse := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
			_, _ = s.Respond(text(401, ""))
			_, err := r.Body.Read(room(5))
			late <- err
		})

		c := read.dial().say(head)
		if got := c.next(len(goOn)); got != goOn {
			t.Errorf("got %q", got)
		}
		c.say("hello")
		if got := c.hear("POST"); !strings.Contains(got.body, `"hello"`) || got.closes {
			t.Errorf("invited: %+v", got)
		}
		if got := c.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hear("GET"); got.status != 200 {
			t.Errorf("after it: %+v", got)
		}

		// One that did not wait needs no invitation.
		if got := read.dial().say(head + "hello").hear("POST"); got.status != 200 || got.closes {
			t.Errorf("uninvited: %+v", got)
		}
		// Nor does one of HTTP/1.0 get it.
		c = read.dial().say("%s", strings.Replace(head, "1.1", "1.0", 1))
		c.say("hello")
		if got := c.hear("POST"); got.status != 200 {
			t.Errorf("HTTP/1.0: %+v", got)
		}

		c = refuse.dial().say(head)
		if got := c.hear("POST"); got.status != 401 || !got.closes {
			t.Errorf("refused: %+v", got)
		}
		if rest, err := c.rest(); rest != "" || err != nil {
			t.Errorf("refused, then %q, %v", rest, err)
		}
		c.Close()
		c.served()
		if <-late == nil {
			t.Error("the body of a client that was not told to send it was read")
		}
		// The body is here: nothing stands against the next request.
		c = refuse.dial().say(head + "helloGET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if got := c.hear("POST"); got.status != 401 || got.closes {
			t.Errorf("refused with body: %+v", got)
		}
		c.Close()
		c.served()
	})
}

// next returns the next n bytes.
func (c *client) next(n int) string {
	p := make([]byte, n)
	n, _ = io.ReadFull(c.from, p)
	return string(p[:n])
}

// What is left of a request's body is read, within limits, and never taken for
// a request.
func TestDrain(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, test := range map[string]struct {
			head, body string
			kept       bool
			announced  bool // that the connection ends
		}{
			"short":             {"Content-Length: 50000", strings.Repeat("x", 50_000), true, false},
			"chunked":           {"Transfer-Encoding: chunked", "c350\r\n" + strings.Repeat("x", 50_000) + "\r\n0\r\n\r\n", true, false},
			"too long":          {"Content-Length: 2000000", strings.Repeat("x", 2_000_000), false, true},
			"chunked, too long": {"Transfer-Encoding: chunked", "1e8480\r\n" + strings.Repeat("x", 2_000_000) + "\r\n0\r\n\r\n", false, false},
			"never comes":       {"Content-Length: 50", "x", false, false},
			"malformed":         {"Transfer-Encoding: chunked", "zz\r\n", false, false},
		} {
			var handled atomic.Int32
			g := make(session.Options{IdleTimeout: 300 * time.Millisecond}, func(_ context.Context, r *message.Request, s message.Stream) {
				handled.Add(1)
				_, _ = s.Respond(text(200, ""))
			})
			c := g.dial().say("POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", test.head)
			if got := c.hear("POST"); got.status != 200 || got.closes != test.announced {
				t.Errorf("%s: %+v", name, got)
			}
			want := int32(1)
			if test.kept {
				c.say("%s", test.body)
				if got := c.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hear("GET"); got.status != 200 {
					t.Errorf("%s, the next request: %+v", name, got)
				}
				want = 2
			} else {
				go func() { _, _ = io.WriteString(c.Conn, test.body+"GET / HTTP/1.1\r\nHost: a\r\n\r\n") }()
				if rest, err := c.rest(); rest != "" || errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s: then %q, %v", name, rest, err)
				}
			}
			c.Close()
			c.served()
			if n := handled.Load(); n != want {
				t.Errorf("%s: %d requests were handled", name, n)
			}
		}
	})
}

// A client that sends a body which nobody wants, and looks for the answer only
// when it has sent all, finds it (RFC 9112, section 9.6).
func TestLinger(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for range 5 {
			c := make(session.Options{}, ok).dial()
			c.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n%s", strings.Repeat("x", 700_000))
			if got := c.hear("POST"); got.status != 200 || !got.closes || got.err != nil {
				t.Errorf("%+v", got)
			}
			if rest, err := c.rest(); rest != "" || err != nil {
				t.Errorf("then %q, %v", rest, err)
			}
			c.Close()
			c.served()
		}
	})
}
