// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A script plays the target on one connection: n counts them from 0. When it
// returns, the connection is closed.
type script func(c *scripted, n int)

// A scripted is the target's end of one connection, frame by frame.
type scripted struct {
	t      testing.TB
	conn   net.Conn
	framer *xhttp2.Framer
	block  bytes.Buffer
	hpack  *hpack.Encoder
}

// target runs a script for every connection to the address it returns.
func target(t testing.TB, play script) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	all.Go(func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			all.Go(func() {
				defer conn.Close()
				c := &scripted{t: t, conn: conn, framer: xhttp2.NewFramer(conn, conn)}
				c.framer.SetMaxReadFrameSize(1 << 20)
				c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
				c.framer.MaxHeaderListSize = 1 << 20
				c.framer.AllowIllegalWrites = true
				c.hpack = hpack.NewEncoder(&c.block)
				_ = conn.SetDeadline(time.Now().Add(patience))
				play(c, n)
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
	return listener.Addr().String()
}

// greet reads the client's preface and sends settings.
func (c *scripted) greet(settings ...xhttp2.Setting) {
	preface := make([]byte, len(xhttp2.ClientPreface))
	if _, err := io.ReadFull(c.conn, preface); err != nil || string(preface) != xhttp2.ClientPreface {
		return // the next read says so
	}
	_ = c.framer.WriteSettings(settings...)
}

// next returns the next frame that is neither about settings nor windows nor a
// ping, which it answers; nil when the connection has ended.
func (c *scripted) next() xhttp2.Frame {
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return nil
		}
		switch f := frame.(type) {
		case *xhttp2.SettingsFrame:
			if !f.IsAck() {
				_ = c.framer.WriteSettingsAck()
			}
		case *xhttp2.PingFrame:
			if !f.IsAck() {
				_ = c.framer.WritePing(true, f.Data)
			}
		case *xhttp2.WindowUpdateFrame, *xhttp2.PriorityFrame:
		default:
			return frame
		}
	}
}

// request returns the head of the next request, nil at the end.
func (c *scripted) request() *xhttp2.MetaHeadersFrame {
	for {
		switch f := c.next().(type) {
		case nil:
			return nil
		case *xhttp2.MetaHeadersFrame:
			return f
		}
	}
}

// whole returns the next request and its body; nil at the end.
func (c *scripted) whole() (*xhttp2.MetaHeadersFrame, []byte) {
	head := c.request()
	if head == nil || head.StreamEnded() {
		return head, nil
	}
	var body []byte
	for {
		switch f := c.next().(type) {
		case nil:
			return nil, nil
		case *xhttp2.DataFrame:
			body = append(body, f.Data()...)
			if f.StreamEnded() {
				return head, body
			}
		case *xhttp2.MetaHeadersFrame:
			if f.StreamEnded() {
				return head, body
			}
		}
	}
}

// until reads up to the end of the connection, or to a frame of which found
// reports true, which it returns.
func (c *scripted) until(found func(xhttp2.Frame) bool) xhttp2.Frame {
	for {
		frame := c.next()
		if frame == nil || found(frame) {
			return frame
		}
	}
}

// drain reads up to the end of the connection.
func (c *scripted) drain() { c.until(func(xhttp2.Frame) bool { return false }) }

// encode returns a field block of "name", "value" pairs.
func (c *scripted) encode(pairs ...string) []byte {
	c.block.Reset()
	for i := 0; i < len(pairs); i += 2 {
		_ = c.hpack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return c.block.Bytes()
}

// head sends a HEADERS frame of "name", "value" pairs.
func (c *scripted) head(stream uint32, end bool, pairs ...string) {
	_ = c.framer.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: stream, BlockFragment: c.encode(pairs...), EndHeaders: true, EndStream: end})
}

// ok answers 200 with a body.
func (c *scripted) ok(stream uint32, body string) {
	c.head(stream, false, ":status", "200", "content-length", strconv.Itoa(len(body)))
	_ = c.framer.WriteData(stream, true, []byte(body))
}

// serve answers every request with 200 and "ok" until the connection ends.
func (c *scripted) serve() {
	for {
		head, _ := c.whole()
		if head == nil {
			return
		}
		c.ok(head.StreamID, "ok")
	}
}

// A dialler counts the connections that a client made.
type dialler struct {
	address string
	dialled atomic.Int64
}

func (d *dialler) dial(ctx context.Context, _ sock.Instant) (net.Conn, *sock.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, nil, &message.TransportError{Phase: message.PhaseConnect, Target: d.address, Err: err, MayRetry: true}
	}
	d.dialled.Add(1)
	socket, err := sock.New(conn.(*net.TCPConn))
	return socket, socket, err
}

// newClient returns a client of the address. It and its connections are closed
// with the test.
func newClient(t testing.TB, address string, change ...func(*http2.ClientOptions)) (*http2.Client, *dialler) {
	t.Helper()
	d := &dialler{address: address}
	options := http2.ClientOptions{Target: address, Dial: d.dial}
	for _, f := range change {
		f(&options)
	}
	c := http2.NewClient(options)
	t.Cleanup(c.Close)
	return c, d
}

func timeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// within returns what comes from a channel, or fails.
func within[T any](t testing.TB, what string, from <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(patience):
		t.Fatalf("waited too long: %s", what)
	}
	return got
}

// eventually waits for a condition that no channel tells of.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("waited too long: %s", what)
		}
	}
}

// get makes a request as an HTTP/1.1 client's would be.
func get(method, path string, body io.Reader) *message.Request {
	request := &message.Request{Proto: message.HTTP11, Method: method, Scheme: "http", Host: "a.test", Path: path}
	if body != nil {
		request.Body, request.ContentLength = io.NopCloser(body), -1
	}
	return request
}

// ask sends a request and returns the response, its body read to the end.
func ask(ctx context.Context, c *http2.Client, request *message.Request) (*message.Response, string, error) {
	var response message.Response
	if err := c.RoundTrip(ctx, request, &response, nil); err != nil {
		return nil, "", err
	}
	if response.Body == nil {
		return &response, "", nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return &response, string(body), err
}

// failure returns err as what it must be.
func failure(t testing.TB, err error) *message.TransportError {
	t.Helper()
	var failed *message.TransportError
	if !errors.As(err, &failed) {
		t.Fatalf("%T: %v", err, err)
	}
	return failed
}
