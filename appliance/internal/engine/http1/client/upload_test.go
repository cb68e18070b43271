// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A source is a body that ends when its writer says so, and tells when it is
// closed and whether it is read after that.
type source struct {
	*io.PipeReader
	mu     sync.Mutex
	closed bool
	late   bool
}

func (s *source) Read(p []byte) (int, error) {
	s.mu.Lock()
	s.late = s.late || s.closed
	s.mu.Unlock()
	return s.PipeReader.Read(p)
}

func (s *source) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return s.PipeReader.Close()
}

// A response may come before the request has been sent, of every framing. It
// gets through at once, its end ends the request, and the connection.
func TestEarlyResponse(t *testing.T) {
	for name, says := range map[string]string{
		"no body":       "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		"kept":          "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nhello",
		"length":        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
		"chunked":       "HTTP/1.1 413 Content Too Large\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"until the end": "HTTP/1.1 413 Content Too Large\r\n\r\nhello",
	} {
		for _, length := range []int64{-1, 1 << 20} {
			for _, ends := range []bool{true, false} {
				if name == "until the end" && !ends {
					continue
				}
				t.Run(name, func(t *testing.T) {
					r := to(t, play(t, func(p *peer) {
						p.head()
						p.say(says)
						if ends {
							_ = p.CloseWrite()
						}
						p.gone()
					}).address, client.Options{})
					reader, writer := io.Pipe()
					defer writer.Close()
					s := &source{PipeReader: reader}
					response, err := r.do(t.Context(), with(request("POST", "/"), s, length))
					if err != nil {
						t.Fatal(err)
					}
					body, err := drain(response)
					if response.Status != 413 || name != "no body" && body != "hello" || err != nil {
						t.Errorf("%d %q, %v", response.Status, body, err)
					}
					if _, err := writer.Write([]byte("x")); err == nil {
						t.Error("the request is still being read")
					}
					if s.late || !s.closed {
						t.Errorf("closed %t, read afterwards %t", s.closed, s.late)
					}
					if r.open.Load() != 0 || r.Idle() != 0 {
						t.Errorf("%d open, %d idle", r.open.Load(), r.Idle())
					}
				})
			}
		}
	}
}

// A source whose Close does not end its Read is left behind, and the exchange
// ends all the same.
func TestSourceThatDoesNotClose(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		p.head()
		p.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		p.gone()
	}).address, client.Options{})
	reader, writer := io.Pipe()
	response, err := r.do(t.Context(), with(request("POST", "/"), struct{ io.Reader }{reader}, -1))
	if err != nil || response.Status != 413 {
		t.Errorf("%d, %v", response.Status, err)
	}
	writer.Close()
}

// A target that closes its side after an early response, with the request
// still coming, is heard nevertheless.
func TestEarlyResponseAndReset(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		p.head()
		p.body(100_000)
		p.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
	}).address, client.Options{})
	for range 20 {
		response, err := r.do(t.Context(), with(request("POST", "/"), endless{}, -1))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := drain(response); body != "hello" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// S0-03: both bodies go at the same time, as each side wants.
func TestFullDuplex(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		for p.head() != "" {
			p.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for {
				line, _ := p.ReadString('\n')
				if line == "0\r\n" {
					p.head()
					p.say("0\r\n\r\n")
					break
				}
				chunk, _ := p.ReadString('\n')
				p.say(line + chunk)
			}
		}
	}).address, client.Options{})
	for range 3 {
		reader, writer := io.Pipe()
		response, err := r.do(t.Context(), with(request("POST", "/"), reader, -1))
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		for _, text := range []string{"a", "bc", strings.Repeat("d", 60)} {
			if _, err := writer.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
			if n, err := response.Body.Read(b); err != nil || string(b[:n]) != text {
				t.Fatalf("%q, %v", b[:n], err)
			}
		}
		writer.Close()
		if rest, err := drain(response); rest != "" || err != nil {
			t.Errorf("%q, %v", rest, err)
		}
	}
	if r.dialled.Load() != 1 {
		t.Errorf("%d connections", r.dialled.Load())
	}
}

// The request's source fails while the response is coming.
func TestBodyFailsLate(t *testing.T) {
	spilt := errors.New("spilt")
	r := to(t, play(t, func(p *peer) {
		p.head()
		p.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
		p.gone()
	}).address, client.Options{})
	reader, writer := io.Pipe()
	response, err := r.do(t.Context(), with(request("POST", "/"), reader, -1))
	if err != nil {
		t.Fatal(err)
	}
	writer.CloseWithError(spilt)
	_, err = drain(response)
	if failed := failure(t, err); failed.Phase != message.PhaseResponse || !errors.Is(err, spilt) {
		t.Errorf("%v", err)
	}
}

// A spliced source is a body that comes from a socket.
type spliced struct {
	*sock.Conn
	left    int64
	spliced int64
}

func (s *spliced) Left() int64 { return s.left }

func (s *spliced) SpliceTo(dst *sock.Conn, writeBy func() sock.Instant) (moved int64, read, write error) {
	moved, read, write = sock.Splice(dst, s.Conn, s.left, func() sock.Instant { return 0 }, writeBy)
	s.spliced = moved
	return moved, read, write
}

// sockets returns two ends of a connection.
func sockets(t testing.TB) (ours *sock.Conn, theirs net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	theirs, err = net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if ours, err = sock.New(accepted.(*net.TCPConn)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// A large body that comes from a plain socket goes to one inside the kernel,
// and the connection serves the next request. One that breaks off is not taken
// for the whole.
func TestSpliceUp(t *testing.T) {
	large := strings.Repeat("0123456789", 500_000)
	for name, test := range map[string]struct {
		sends  string
		length int
		reused bool
	}{
		"all":   {large, len(large), true},
		"short": {large[:len(large)-1], len(large), false},
		"small": {large[:30_000], 30_000, true}, // not worth it
	} {
		t.Run(name, func(t *testing.T) {
			r := to(t, play(t, echo).address, client.Options{})
			ours, theirs := sockets(t)
			go func() {
				_, _ = io.WriteString(theirs, test.sends)
				theirs.Close()
			}()
			s := &spliced{Conn: ours, left: int64(test.length)}
			response, err := r.do(t.Context(), with(request("POST", "/"), s, s.left))
			if !test.reused {
				if failed := failure(t, err); failed.Phase != message.PhaseBody || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if body, err := drain(response); err != nil || !strings.HasSuffix(body, "\r\n\r\n"+test.sends) {
				t.Errorf("%d bytes, %v", len(body), err)
			}
			if name == "all" && s.spliced != s.left || name == "small" && s.spliced != 0 {
				t.Errorf("%d bytes were spliced", s.spliced)
			}
			if r.get(t, request("GET", "/")); r.dialled.Load() != 1 {
				t.Error("the connection is not used again")
			}
		})
	}
}
