// SPDX-License-Identifier: Apache-2.0

package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

var date = regexp.MustCompile(`Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n`)

// once is a body that comes in pieces, a Read each, and then fails or ends.
type once struct {
	pieces []string
	err    error // at the end; nil: io.EOF
	closed bool
}

func (o *once) Read(p []byte) (int, error) {
	if len(o.pieces) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		return 0, io.EOF
	}
	n := copy(p, o.pieces[0])
	if o.pieces[0] = o.pieces[0][n:]; o.pieces[0] == "" {
		o.pieces = o.pieces[1:]
	}
	return n, nil
}

func (o *once) Close() error { o.closed = true; return nil }

func trailers(fields ...string) *message.Header {
	h := &message.Header{}
	for i := 0; i < len(fields); i += 2 {
		h.Add(fields[i], fields[i+1])
	}
	return h
}

// What a response looks like on the wire, byte by byte (RFC 9112, section 6).
func TestFraming(t *testing.T) {
	const get, get10, keep10, head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
	const closing = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for name, test := range map[string]struct {
		request  string
		status   int
		length   int64
		pieces   []string // nil: no body
		trailer  *message.Header
		want     string
		sent     int64
		lastOnly bool // the connection ends
	}{
		"length":            {get, 200, 5, []string{"hello"}, nil, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5, false},
		"length in pieces":  {get, 200, 5, []string{"he", "llo"}, nil, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5, false},
		"length 0":          {get, 200, 0, []string{}, nil, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, false},
		"none":              {get, 404, 0, nil, nil, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, false},
		"none, unknown":     {get, 404, -1, nil, nil, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, false},
		"chunked":           {get, 200, -1, []string{"he", "llo, world, this"}, nil, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n10\r\nllo, world, this\r\n0\r\n\r\n", 18, false},
		"chunked, empty":    {get, 200, -1, []string{}, nil, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, false},
		"trailers":          {get, 200, -1, []string{"x"}, trailers("Sum", "1"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nSum: 1\r\n\r\n", 1, false},
		"trailers, length":  {get, 200, 1, []string{"x"}, trailers("Sum", "1"), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 1, false},
		"204":               {get, 204, 3, []string{"abc"}, nil, "HTTP/1.1 204 No Content\r\n\r\n", 0, false},
		"304":               {get, 304, 0, nil, nil, "HTTP/1.1 304 Not Modified\r\n\r\n", 0, false},
		"304 with a length": {get, 304, 7, nil, nil, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", 0, false},
		"HEAD":              {head, 200, 7, []string{"ignored"}, nil, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", 0, false},
		"HEAD, unknown":     {head, 200, -1, nil, nil, "HTTP/1.1 200 OK\r\n\r\n", 0, false},
		"close":             {closing, 200, 2, []string{"ok"}, nil, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 2, true},
		"1.0":               {get10, 200, 2, []string{"ok"}, nil, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 2, true},
		"1.0, kept":         {keep10, 200, 2, []string{"ok"}, nil, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 2, false},
		"1.0, unknown":      {keep10, 200, -1, []string{"o", "k"}, trailers("Sum", "1"), "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nok", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			body := &once{pieces: test.pieces}
			g := start(t, session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
				response := &message.Response{Status: test.status, ContentLength: test.length, Trailer: test.trailer}
				if test.pieces != nil {
					response.Body = body
				}
				if sent, err := s.Respond(response); sent != test.sent || err != nil {
					t.Errorf("sent %d, %v", sent, err)
				}
				if _, err := s.Respond(text(200, "again")); !errors.Is(err, server.ErrResponded) {
					t.Errorf("a second response: %v", err)
				}
				if err := s.Inform(103, nil); !errors.Is(err, server.ErrResponded) {
					t.Errorf("an interim response after the final one: %v", err)
				}
			})
			c := g.dial().say("%s", test.request)
			_ = c.tcp.CloseWrite()
			got, err := c.rest()
			c.served()
			if dated := date.FindAllString(got, -1); len(dated) != 1 {
				t.Errorf("dates %q", dated)
			}
			if got = date.ReplaceAllString(got, ""); got != test.want || err != nil {
				t.Errorf("got %q, want %q; %v", got, test.want, err)
			}
			if test.pieces != nil && !body.closed {
				t.Error("the body is not closed")
			}
		})
	}
}

// A Date that the response has is left alone.
func TestDate(t *testing.T) {
	g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
		r := text(200, "")
		r.Header.Add("date", "yesterday")
		_, _ = s.Respond(r)
	})
	if got := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hear("GET"); len(got.header["Date"]) != 1 || got.header.Get("Date") != "yesterday" {
		t.Errorf("%v", got)
	}
}

// A body whose length is not what was said, that fails, or that cannot be told:
// the client never takes what came for the whole, and the handler learns of it.
func TestBadBodies(t *testing.T) {
	spilt := errors.New("spilt")
	for name, test := range map[string]struct {
		proto  string
		length int64
		body   *once
	}{
		"short":            {"1.1", 5, &once{pieces: []string{"four"}}},
		"short, large":     {"1.1", 60_000, &once{pieces: []string{strings.Repeat("x", 50_000)}}},
		"long":             {"1.1", 3, &once{pieces: []string{"four"}}},
		"long, afterwards": {"1.1", 3, &once{pieces: []string{"for", "m"}}},
		"none":             {"1.1", 3, nil},
		"fails":            {"1.1", 5, &once{pieces: []string{"four"}, err: spilt}},
		"fails in chunks":  {"1.1", -1, &once{pieces: []string{"four"}, err: spilt}},
		"fails until end":  {"1.0", -1, &once{pieces: []string{"four"}, err: spilt}},
		"fails at once":    {"1.0", -1, &once{err: spilt}},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
				result := errorChannel()
				g := make(session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
					r := &message.Response{Status: 200, ContentLength: test.length}
					if test.body != nil {
						again := *test.body
						r.Body = &again
					}
					_, err := s.Respond(r)
					result <- err
				})
				c := g.dial().say("GET / HTTP/%s\r\nHost: a\r\n\r\n", test.proto)
				got := c.hear("GET")
				if _, err := c.rest(); got.err == nil && err == nil && name != "long, afterwards" {
					t.Errorf("the client took %d bytes for the whole", len(got.body))
				}
				var source *message.SourceError
				if err := within(t, "Respond returns", result); !errors.As(err, &source) || test.body != nil && test.body.err != nil && !errors.Is(err, test.body.err) {
					t.Errorf("got %v", err)
				}
				c.served()
			})
		})
	}
}

func errorChannel() chan error { return errorChannels(1) }

func errorChannels(n int) chan error { return make(chan error, n) }

type mender struct{ asked error }

func (m *mender) Mend(err error) *message.Header {
	m.asked = err
	return trailers("grpc-status", "4")
}

// A chunked body that fails can end well, if somebody says so.
func TestMender(t *testing.T) {
	spilt := errors.New("spilt")
	for name, length := range map[string]int64{"chunked": -1, "length": 5} {
		m := &mender{}
		result := errorChannel()
		g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			_, err := s.Respond(&message.Response{Status: 200, ContentLength: length, Body: &once{pieces: []string{"x"}, err: spilt}, Mender: m})
			result <- err
		})
		c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		got := c.hear("GET")
		err := within(t, "Respond returns", result)
		if length < 0 && (got.err != nil || got.body != "x" || got.trailer.Get("Grpc-Status") != "4" || err != nil || !errors.Is(m.asked, spilt)) {
			t.Errorf("%s: %+v, Respond returned %v", name, got, err)
		}
		if length >= 0 && (got.err == nil || err == nil) {
			t.Errorf("%s: %+v, Respond returned %v", name, got, err)
		}
		c.Close()
	}
}

// A response that HTTP/1.1 cannot say becomes 502.
func TestInexpressible(t *testing.T) {
	for name, edit := range map[string]func(*message.Response){
		"value":  func(r *message.Response) { r.Header.Add("x", "1\r\nInjected: 1") },
		"name":   func(r *message.Response) { r.Header.Add("x y", "1") },
		"status": func(r *message.Response) { r.Status = 1000 },
	} {
		result := errorChannel()
		g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			r := text(200, "ok")
			edit(r)
			_, err := s.Respond(r)
			result <- err
		})
		c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		if got := c.hear("GET"); got.err != nil || got.status != 502 || !got.closes || got.header.Get("Injected") != "" {
			t.Errorf("%s: %+v", name, got)
		}
		var source *message.SourceError
		if err := <-result; !errors.As(err, &source) {
			t.Errorf("%s: %v", name, err)
		}
		c.served()
	}
}

// Nothing waits in a buffer for more: the head of a body that does not come
// yet, and every part of it.
func TestFlush(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		out, in := io.Pipe()
		g := make(session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: out})
		})
		c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		head, err := c.from.ReadString('\n')
		for line := head; line != "\r\n" && err == nil; {
			line, err = c.from.ReadString('\n')
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"one", "two"} {
			_, _ = io.WriteString(in, part)
			want := "3\r\n" + part + "\r\n"
			got := [8]byte{}
			if _, err := io.ReadFull(c.from, got[:]); err != nil || string(got[:]) != want {
				t.Fatalf("%q, %v", got, err)
			}
		}
		in.Close()
	})
}

// full is a body that tells what can be read at once.
type full struct{ *strings.Reader }

func (f full) Buffered() int { return f.Len() }
func (f full) Close() error  { return nil }

// Read says that it is the end together with the last bytes.
func (f full) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if f.Len() == 0 {
		err = io.EOF
	}
	return n, err
}

// Head and body go out in one piece if the body is there, or is small.
func TestOnePiece(t *testing.T) {
	for name, length := range map[string]int64{"length": 5, "chunked": -1} {
		g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			_, _ = s.Respond(&message.Response{Status: 200, ContentLength: length, Body: full{strings.NewReader("hello")}})
		})
		c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		p := make([]byte, 1000)
		n, err := c.Conn.Read(p)
		if err != nil || !bytes.Contains(p[:n], []byte("hello")) || length < 0 && !bytes.HasSuffix(p[:n], []byte("0\r\n\r\n")) {
			t.Errorf("%s: the first piece is %q, %v", name, p[:n], err)
		}
	}
}

// Bodies of all sizes arrive as they are.
func TestSizes(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, size := range []int{0, 1, 15_000, 16_100, 16_200, 16_384, 17_000, 70_000, 131_072, 1 << 20} {
			body := strings.Repeat("0123456789abcdef", size/16+1)[:size]
			for name, length := range map[string]int64{"length": int64(size), "chunked": -1} {
				for _, told := range []bool{false, true} {
					g := make(session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
						var b io.ReadCloser = full{strings.NewReader(body)}
						if !told {
							b = io.NopCloser(strings.NewReader(body))
						}
						if sent, err := s.Respond(&message.Response{Status: 200, ContentLength: length, Body: b}); sent != int64(size) || err != nil {
							t.Errorf("sent %d, %v", sent, err)
						}
					})
					got := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").hear("GET")
					if got.err != nil || got.body != body {
						t.Errorf("%s, %d bytes, told %t: %d bytes, %v", name, size, told, len(got.body), got.err)
					}
				}
			}
		}
	})
}

// source is a body that comes straight from a socket.
type source struct {
	*sock.Conn
	left    int64
	spliced bool
}

func (s *source) Left() int64 { return s.left }
func (s *source) SpliceTo(dst *sock.Conn, writeBy func() sock.Instant) (moved int64, read, write error) {
	s.spliced = true
	return sock.Splice(dst, s.Conn, s.left, func() sock.Instant { return 0 }, writeBy)
}

// socketPair returns two ends of a connection.
func socketPair(t *testing.T) (*sock.Conn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := sock.New(conn.(*net.TCPConn))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); peer.Close() })
	return ours, peer.(*net.TCPConn)
}

// Large bodies between plaintext sockets go through the kernel.
func TestSpliceDown(t *testing.T) {
	data := strings.Repeat("0123456789abcdef", 1<<16)
	for name, test := range map[string]struct {
		proto        string
		length, left int64
		secure       bool
		spliced      bool
		short        bool
	}{
		"length":        {"1.1", 1 << 20, 1 << 20, false, true, false},
		"until the end": {"1.0", -1, -1, false, true, false},
		"too short":     {"1.1", 1 << 20, 1 << 20, false, true, true},
		"TLS":           {"1.1", 1 << 20, 1 << 20, true, false, false},
		"chunked":       {"1.1", -1, -1, false, false, false},
		"other length":  {"1.1", 1 << 20, 0, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var src *source // of the only request
			result := errorChannel()
			g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
				sent, err := s.Respond(&message.Response{Status: 200, ContentLength: test.length, Body: src})
				if err == nil && sent != int64(len(data)) {
					t.Errorf("sent %d", sent)
				}
				result <- err
			})
			if test.secure {
				g.secure()
			}
			ours, theirs := socketPair(t)
			src = &source{Conn: ours, left: test.left}
			c := g.dial()
			var writing sync.WaitGroup
			writing.Go(func() {
				part := data
				if test.short {
					part = data[:len(data)/2]
				}
				_, _ = io.WriteString(theirs, part)
				theirs.Close()
			})
			got := c.say("GET / HTTP/%s\r\nHost: a\r\n\r\n", test.proto).hear("GET")
			writing.Wait()
			err := within(t, "Respond returns", result)
			var failed *message.SourceError
			if test.short {
				if got.err == nil || !errors.As(err, &failed) {
					t.Errorf("client %v, Respond %v", got.err, err)
				}
			} else if got.err != nil || got.body != data || err != nil {
				t.Errorf("%d bytes, %v, %v", len(got.body), got.err, err)
			}
			if src.spliced != test.spliced {
				t.Errorf("spliced: %t", src.spliced)
			}
		})
	}
}

// Interim responses go to those who understand them.
func TestInform(t *testing.T) {
	for proto, want := range map[string]string{
		"1.1": "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n",
		"1.0": "HTTP/1.0 200 OK\r\n",
	} {
		g := start(t, session.Options{}, func(_ context.Context, _ *message.Request, s message.Stream) {
			if err := errors.Join(s.Inform(103, trailers("Link", "</a>")), s.Inform(102, nil)); err != nil {
				t.Error(err)
			}
			for _, status := range []int{99, 101, 200} {
				if s.Inform(status, nil) == nil {
					t.Errorf("%d is taken for an interim response", status)
				}
			}
			_, _ = s.Respond(text(200, ""))
		})
		c := g.dial().say("GET / HTTP/%s\r\nHost: a\r\nConnection: close\r\n\r\n", proto)
		if got, _ := c.rest(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q", proto, got)
		}
	}
}

// A reset, a handler that does not answer, and one that panics: the client
// cannot take what came for the whole, and waits for nothing.
func TestNoAnswer(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for name, test := range map[string]struct {
			handler handlerFunc
			status  int
			body    string
			broken  bool
		}{
			"reset":   {func(_ context.Context, _ *message.Request, s message.Stream) { s.Reset() }, 0, "", true},
			"nothing": {func(context.Context, *message.Request, message.Stream) {}, 0, "", true},
			"panic":   {func(context.Context, *message.Request, message.Stream) { panic("oops") }, 500, "", false},
			"panic afterwards": {func(_ context.Context, _ *message.Request, s message.Stream) {
				_, _ = s.Respond(text(200, "all"))
				panic("oops")
			}, 200, "all", false},
			"reset meanwhile": {func(_ context.Context, _ *message.Request, s message.Stream) {
				defer func() { _ = recover(); s.Reset() }()
				_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(panics{})})
			}, 200, "", true},
			"panic meanwhile": {func(_ context.Context, _ *message.Request, s message.Stream) {
				_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(panics{})})
			}, 200, "", true},
		} {
			for _, proto := range []string{"1.0", "1.1"} {
				g := make(session.Options{}, test.handler)
				c := g.dial().say("POST / HTTP/%s\r\nHost: a\r\nContent-Length: 100\r\n\r\n", proto) // and no body
				got := c.hear("POST")
				_, err := c.rest()
				if failed := got.err != nil || err != nil; failed != test.broken || got.status != test.status && got.err == nil || got.body != test.body {
					t.Errorf("%s, HTTP/%s: %+v, then %v", name, proto, got, err)
				}
				c.Close()
				c.served()
			}
		}
	})
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("oops") }

// A client that takes nothing is let go, and so is one at the deadline that the
// handler has set (S1-75).
func TestStalledReader(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		for _, name := range []string{"stall", "deadline"} {
			o := session.Options{}
			if name == "stall" {
				o.StallTimeout = 50_000_000
			}
			result := errorChannel()
			g := make(o, func(_ context.Context, r *message.Request, s message.Stream) {
				if name == "deadline" {
					r.Deadline = soon()
				}
				_, err := s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(endless{})})
				result <- err
			})
			c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			var client *message.ClientError
			if err := within(t, name, result); !errors.As(err, &client) || client.Op != "write" || !isTimeout(err) {
				t.Errorf("%s: %v", name, err)
			}
			c.served()
		}
	})
}

// A client that goes away in the middle of a response is the client's failure.
func TestClientLeaves(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		result := errorChannel()
		g := make(session.Options{}, func(_ context.Context, r *message.Request, s message.Stream) {
			_, err := s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(endless{})})
			result <- err
		})
		c := g.dial().say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = c.from.Peek(1000)
		_ = c.tcp.SetLinger(0)
		c.tcp.Close()
		var client *message.ClientError
		if err := within(t, "Respond returns", result); !errors.As(err, &client) || client.Op != "write" || !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("got %v", err)
		}
		c.served()
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Who answers when the time for the request has passed can say so, wherever
// the request is handled (S2-06).
func TestOverdue(t *testing.T) {
	both(t, func(t *testing.T, make func(session.Options, handlerFunc) *gateway) {
		g := make(session.Options{StallTimeout: patience}, func(_ context.Context, r *message.Request, s message.Stream) {
			r.Deadline = time.Now().Add(-time.Nanosecond)
			if r.Path == "/panic" {
				panic("late")
			}
			if _, err := s.Respond(text(504, "late")); err != nil {
				t.Error(err)
			}
		})
		for name, test := range map[string]struct {
			request string
			status  int
		}{
			"no body":        {get, 504},
			"body to come":   {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 504},
			"panic":          {"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n", 500},
			"panic, no body": {"POST /panic HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 500},
		} {
			c := g.dial().say("%s", test.request)
			if got := c.hear("GET"); got.status != test.status {
				t.Errorf("%s: %+v", name, got)
			} else if got.closes {
				continue
			}
			if got := c.say("nonsense\n").hear("GET"); got.status != 400 {
				t.Errorf("%s: then %+v", name, got)
			}
		}
	})
}
