// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// patience bounds every wait of these tests; none waits that long unless it fails.
const patience = 20 * time.Second

// A peer is one connection at a target, as a test plays it.
type peer struct {
	*net.TCPConn
	*bufio.Reader
	t testing.TB
	n int // connections before it
}

func (p *peer) Read(b []byte) (int, error) { return p.Reader.Read(b) }

// head reads the head of a request.
func (p *peer) head() string {
	var head strings.Builder
	for {
		line, err := p.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return head.String()
		}
	}
}

// body reads n bytes.
func (p *peer) body(n int) string {
	b := make([]byte, n)
	n, _ = io.ReadFull(p.Reader, b)
	return string(b[:n])
}

// chunks reads a chunked body with its trailers, as it is.
func (p *peer) chunks() string {
	var all strings.Builder
	for !strings.HasSuffix("\r\n"+all.String(), "\r\n\r\n") {
		line, err := p.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			break
		}
	}
	return all.String()
}

func (p *peer) say(s string) { _, _ = io.WriteString(p.TCPConn, s) }

// gone waits until the gateway has ended the connection.
func (p *peer) gone() { _, _ = io.Copy(io.Discard, p.Reader) }

// A target counts the connections to it. Each is played by a goroutine.
type target struct {
	address string
	made    atomic.Int64
}

// play starts a target until the test ends. The connection is closed when play
// returns.
func play(t testing.TB, play func(p *peer)) *target {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := &target{address: listener.Addr().String()}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			n := int(at.made.Add(1)) - 1
			all.Go(func() {
				defer conn.Close()
				play(&peer{conn.(*net.TCPConn), bufio.NewReader(conn), t, n})
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return at
}

// A counted connection tells when it is closed, as the engine's do.
type counted struct {
	net.Conn
	once sync.Once
	open *atomic.Int64
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// A rig is a client and its figures.
type rig struct {
	*client.Client
	address       string
	open, dialled atomic.Int64
}

// dial connects to a target in plaintext.
func (r *rig) dial(address string) (net.Conn, *sock.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, nil, &message.TransportError{Phase: message.PhaseConnect, Target: address, Err: err, MayRetry: true}
	}
	socket, err := sock.New(conn.(*net.TCPConn))
	if err != nil {
		return nil, nil, err
	}
	r.open.Add(1)
	r.dialled.Add(1)
	return &counted{Conn: socket, open: &r.open}, socket, nil
}

// to makes a client of a target, which must have closed its connections by the
// end of the test.
func to(t testing.TB, address string, options client.Options) *rig {
	t.Helper()
	r := &rig{address: address}
	options.Target, options.Plain = address, true
	if options.MaxIdle == 0 {
		options.MaxIdle = 10
	}
	if options.Dial == nil {
		options.Dial = func(context.Context, sock.Instant) (net.Conn, *sock.Conn, error) { return r.dial(address) }
	}
	r.Client = client.New(options)
	t.Cleanup(func() {
		r.Close()
		eventually(t, "all connections are closed", func() bool { return r.open.Load() == 0 })
	})
	return r
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// within returns what comes from a channel.
func within[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("never: %s", what)
		panic("unreachable")
	}
}

// request makes a request without a body.
func request(method, path string) *message.Request {
	path, query, has := strings.Cut(path, "?")
	return &message.Request{Proto: message.HTTP11, Method: method, Host: "a.test", Path: path, Query: query, HasQuery: has}
}

// with gives a request a body; length -1 says that it is not known.
func with(r *message.Request, body io.Reader, length int64) *message.Request {
	closer, ok := body.(io.ReadCloser)
	if !ok {
		closer = io.NopCloser(body)
	}
	r.Body, r.ContentLength = closer, length
	return r
}

// do returns the response.
func (r *rig) do(ctx context.Context, request *message.Request) (*message.Response, error) {
	response := new(message.Response)
	err := r.RoundTrip(ctx, request, response, nil)
	return response, err
}

// get sends a request and returns the body of the response.
func (r *rig) get(t testing.TB, request *message.Request) string {
	t.Helper()
	response, err := r.do(t.Context(), request)
	if err != nil {
		t.Error(err)
		return ""
	}
	body, err := drain(response)
	if err != nil {
		t.Error(err)
	}
	return body
}

// drain reads and closes a body.
func drain(response *message.Response) (string, error) {
	if response.Body == nil {
		return "", nil
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	return string(body), err
}

// failure returns the error as what it must be.
func failure(t testing.TB, err error) *message.TransportError {
	t.Helper()
	var failed *message.TransportError
	if !errors.As(err, &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	return failed
}
