// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// sized answers with n zeros.
func sized(n int64) handle {
	return func(_ context.Context, _ *message.Request, s message.Stream) {
		_, _ = s.Respond(&message.Response{Status: 200, ContentLength: n, Body: io.NopCloser(io.LimitReader(zeros{}, n))})
	}
}

// data reads DATA of a stream until n bytes have come, and fails at more.
func (c *raw) data(id uint32, n int) {
	c.t.Helper()
	if n == 0 {
		return
	}
	c.until("DATA", func(f xhttp2.Frame) bool {
		if d, ok := f.(*xhttp2.DataFrame); ok && d.StreamID == id {
			n -= len(d.Data())
		}
		return n <= 0
	})
	if n < 0 {
		c.t.Errorf("%d bytes more than the window", -n)
	}
}

// quiet checks that nothing of a stream comes before the answer to a PING.
func (c *raw) quiet() {
	c.t.Helper()
	c.WritePing(false, [8]byte{9})
	c.until("PING", func(f xhttp2.Frame) bool {
		if d, ok := f.(*xhttp2.DataFrame); ok {
			c.t.Errorf("%d bytes of DATA without a window", len(d.Data()))
		}
		_, ok := f.(*xhttp2.PingFrame)
		return ok
	})
}

// RFC 9113, sections 5.2 and 6.9: no window is ever overrun; both levels and
// changes of SETTINGS_INITIAL_WINDOW_SIZE count, also below zero.
func TestWindowsOfTheClient(t *testing.T) {
	s := listen(t, session.Options{Handler: sized(1 << 20)}, false)
	window := func(n uint32) xhttp2.Setting {
		return xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: n}
	}
	c := connect(t, s, window(10))
	c.request(1, true)
	c.data(1, 10)
	c.quiet()
	c.WriteWindowUpdate(1, 5)
	c.data(1, 5)
	c.WriteSettings(window(12)) // adds 2
	c.data(1, 2)
	c.WriteSettings(window(0)) // the window is -12
	c.WriteWindowUpdate(1, 12)
	c.quiet()
	c.WriteWindowUpdate(1, 1)
	c.data(1, 1)
	c.WriteSettings(window(1 << 20)) // now the connection's window counts
	c.data(1, 65535-18)
	c.quiet()
	c.WriteWindowUpdate(0, 100) // the next piece of the body is at hand
	c.data(1, 100)
	c.request(3, true) // its turn comes, too
	c.headers(3)
	c.WriteWindowUpdate(0, 2*16384)
	share := map[uint32]int{}
	left := 2 * 16384
	c.until("DATA", func(f xhttp2.Frame) bool {
		if d, ok := f.(*xhttp2.DataFrame); ok {
			share[d.StreamID] += len(d.Data())
			left -= len(d.Data())
		}
		return left <= 0
	})
	if share[1] != 16384 || share[3] != 16384 {
		t.Errorf("shares of the streams: %v", share)
	}
}

// A window that is larger than 2^31-1 is an error (RFC 9113, section 6.9.1).
func TestWindowOverflow(t *testing.T) {
	s := listen(t, session.Options{Handler: sized(1 << 20)}, false)
	c := connect(t, s)
	c.request(1, true)
	c.data(1, 65535)
	c.WriteWindowUpdate(1, 1<<31-1)
	c.WriteWindowUpdate(1, 1<<31-1)
	if code := c.reset(1); code != xhttp2.ErrCodeFlowControl {
		t.Errorf("stream: %s", code)
	}
	c.request(3, true) // has a window; the connection has none
	c.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 0})
	c.WriteWindowUpdate(3, 1<<31-1)
	c.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1 << 20})
	if code := c.goAway().ErrCode; code != xhttp2.ErrCodeFlowControl {
		t.Errorf("settings: %s", code)
	}
	c = connect(t, s)
	c.WriteWindowUpdate(0, 1<<31-1)
	if code := c.goAway().ErrCode; code != xhttp2.ErrCodeFlowControl {
		t.Errorf("connection: %s", code)
	}
	c.closed()
}

// A client that sends more than it may is stopped, and what nobody reads is
// not credited. What is read, is.
func TestWindowsOfTheServer(t *testing.T) {
	read, finish := make(chan int), make(chan struct{})
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		for n := range read {
			if _, err := io.ReadFull(r.Body, make([]byte, n)); err != nil {
				t.Error(err)
			}
		}
		<-finish
	})}, false)
	defer close(finish)
	defer close(read)
	c := connect(t, s)
	c.until("settings", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.WindowUpdateFrame); return ok })
	c.request(1, false)
	const window = 65535
	send := func(left int) {
		for left > 0 {
			n := min(left, 16384)
			c.WriteData(1, false, make([]byte, n))
			left -= n
		}
	}
	send(window)
	read <- 100 // less than half
	c.quietUpdates()
	read <- window / 2
	f := c.until("WINDOW_UPDATE", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.WindowUpdateFrame); return ok }).(*xhttp2.WindowUpdateFrame)
	if f.StreamID != 1 || int(f.Increment) < window/2 {
		t.Errorf("%+v", f)
	}
	send(int(f.Increment))
	c.WriteDataPadded(1, false, nil, []byte{}) // no padding, and yet a byte
	if code := c.reset(1); code != xhttp2.ErrCodeFlowControl {
		t.Errorf("stream: %s", code)
	}
}

func (c *raw) quietUpdates() {
	c.t.Helper()
	c.WritePing(false, [8]byte{8})
	c.until("PING", func(f xhttp2.Frame) bool {
		if _, ok := f.(*xhttp2.WindowUpdateFrame); ok {
			c.t.Errorf("credit too early: %v", f)
		}
		_, ok := f.(*xhttp2.PingFrame)
		return ok
	})
}

// Bytes of streams that are gone do not use up the connection's window.
func TestConnectionWindowIsGivenBack(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		_, _ = s.Respond(&message.Response{Status: 204}) // without reading
	})}, false)
	c := connect(t, s)
	c.until("window", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.WindowUpdateFrame); return ok })
	total := 0
	for id := uint32(1); total < 12<<20; id += 2 {
		c.request(id, false)
		for range 8 {
			c.WriteDataPadded(id, false, make([]byte, 16000), make([]byte, 200))
			total += 16201
		}
		c.reset(id)
	}
}

// The answer to a unary call is one write (S2-03): head, message and trailers
// come in one piece.
func TestUnaryIsOnePiece(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(calls)}, false)
	c := connect(t, s)
	c.quiet()
	id := uint32(1)
	for range 20 {
		var call bytes.Buffer
		w := xhttp2.NewFramer(&call, nil)
		w.WriteRawFrame(xhttp2.FrameHeaders, xhttp2.FlagHeadersEndHeaders, id, c.section(":method", "POST", ":scheme", "http", ":path", "/s/m", ":authority", "a", "content-type", "application/grpc"))
		w.WriteData(id, true, []byte("\x00\x00\x00\x00\x01x"))
		c.conn.Write(call.Bytes())
		var p [4096]byte
		n, err := c.conn.Read(p[:])
		if err != nil {
			t.Fatal(err)
		}
		var kinds []byte
		for b := p[:n]; len(b) >= 9; b = b[9+int(binary.BigEndian.Uint32(b)>>8):] {
			kinds = append(kinds, b[3])
		}
		if string(kinds) != "\x01\x00\x01" {
			t.Errorf("frames %v in the first piece", kinds)
		}
		id += 2
	}
}

// A large head goes out as HEADERS and CONTINUATION.
func TestLargeHead(t *testing.T) {
	value := strings.Repeat("x", 20000)
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, _ *message.Request, s message.Stream) {
		response := message.Response{Status: 200}
		response.Header = *trailer("a", value, "b", value, "c", "d")
		_, _ = s.Respond(&response)
	})}, false)
	c := connect(t, s)
	c.request(1, true)
	f := c.headers(1)
	fields := f.RegularFields()
	if len(fields) != 4 || fields[0].Value != value || fields[1].Value != value || fields[2].Value != "d" || !f.StreamEnded() {
		t.Errorf("%d fields", len(fields))
	}
}

// RFC 8441: a tunnel over a stream, with both ends closed one by one.
func TestTunnel(t *testing.T) {
	ended := make(chan struct{})
	s := listen(t, session.Options{MaxTunnels: 1, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Method != "GET" || r.Upgrade() != "websocket" || r.Body != nil {
			t.Errorf("got %s, %q, body %t", r.Method, r.Protocol, r.Body != nil)
		}
		conn, err := s.Upgrade(trailer("Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Accept", "x", "Sec-WebSocket-Protocol", "chat"))
		if err != nil {
			return
		}
		defer close(ended)
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(-time.Second))
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("past the deadline: %v", err)
		}
		_ = conn.SetDeadline(time.Time{})
		all, err := io.ReadAll(conn)
		if err != nil {
			t.Error(err)
		}
		if _, err := conn.Write(append(all, '!')); err != nil {
			t.Error(err)
		}
		_ = conn.(interface{ CloseWrite() error }).CloseWrite()
		if _, err := conn.Write(all); err == nil {
			t.Error("a write after CloseWrite")
		}
	})}, false)
	c := connect(t, s)
	f := c.until("SETTINGS", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.SettingsFrame); return ok }).(*xhttp2.SettingsFrame)
	if v, _ := f.Value(xhttp2.SettingEnableConnectProtocol); v != 1 {
		t.Error("SETTINGS_ENABLE_CONNECT_PROTOCOL is not 1")
	}
	connectTo := func(id uint32) *xhttp2.MetaHeadersFrame {
		c.head(id, false, ":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", "/chat", ":authority", "a")
		return c.headers(id)
	}
	if f := connectTo(1); f.PseudoValue("status") != "200" || len(f.RegularFields()) != 1 || f.StreamEnded() {
		t.Errorf("answered %v", f.Fields)
	}
	if f := connectTo(3); f.PseudoValue("status") != "503" {
		t.Errorf("the second tunnel: %v", f.Fields)
	}
	if stats := s.host.Stats(); stats.Tunnels != 1 {
		t.Errorf("%+v", stats)
	}
	c.WriteData(1, false, []byte("hel"))
	c.WriteData(1, true, []byte("lo"))
	if got := c.body(1); got != "hello!" {
		t.Errorf("%q", got)
	}
	<-ended
	if stats := s.host.Stats(); stats.Tunnels != 0 {
		t.Errorf("%+v", stats)
	}
}

// Beyond the limit streams are refused, those that were reset and whose
// handler still runs included.
func TestConcurrentStreams(t *testing.T) {
	release := make(chan struct{})
	s := listen(t, session.Options{MaxStreams: 2, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		<-release
		_, _ = s.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	f := c.until("SETTINGS", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.SettingsFrame); return ok }).(*xhttp2.SettingsFrame)
	if v, _ := f.Value(xhttp2.SettingMaxConcurrentStreams); v != 2 {
		t.Errorf("SETTINGS_MAX_CONCURRENT_STREAMS is %d", v)
	}
	c.request(1, true)
	c.request(3, true)
	c.WriteRSTStream(1, xhttp2.ErrCodeCancel)
	c.request(5, true)
	if code := c.reset(5); code != xhttp2.ErrCodeRefusedStream {
		t.Errorf("%s", code)
	}
	close(release)
	c.headers(3)
}

// S1-35: how a connection ends in order: announced, and then in truth when what
// was in flight has ended.
func TestRetire(t *testing.T) {
	release := make(chan struct{})
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/slow" {
			<-release
		}
		plain("ok")(nil, r, s)
	})}, false)
	c := connect(t, s)
	c.head(1, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/slow")
	c.quiet()
	go s.host.Retire()
	if f := c.goAway(); f.LastStreamID != 1<<31-1 || f.ErrCode != xhttp2.ErrCodeNo {
		t.Errorf("announced %+v", f)
	}
	ping := c.until("PING", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.PingFrame); return ok }).(*xhttp2.PingFrame)
	c.head(3, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/") // was under way
	if got := c.body(3); got != "ok" {
		t.Errorf("%q", got)
	}
	c.WritePing(true, ping.Data)
	if f := c.goAway(); f.LastStreamID != 3 {
		t.Errorf("then %+v", f)
	}
	c.head(5, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/") // is ignored
	close(release)
	if got := c.body(1); got != "ok" {
		t.Errorf("%q", got)
	}
	c.closed()
}

// A connection without streams ends: when it has been idle, or has had its
// requests, or is asked to.
func TestConnectionEnds(t *testing.T) {
	for name, test := range map[string]struct {
		options  session.Options
		requests int
		then     func(*listening)
	}{
		"idle":        {session.Options{IdleTimeout: 20 * time.Millisecond}, 1, nil},
		"never used":  {session.Options{IdleTimeout: 20 * time.Millisecond}, 0, nil},
		"no settings": {session.Options{HeaderTimeout: 20 * time.Millisecond}, -1, nil},
		"requests":    {session.Options{MaxRequests: 2}, 2, nil},
		"retired":     {session.Options{}, 1, func(s *listening) { s.host.Retire() }},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Handler = plain("ok")
			s := listen(t, test.options, false)
			var c *raw
			if test.requests < 0 {
				conn, err := net.Dial("tcp", s.address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				c = &raw{Framer: xhttp2.NewFramer(conn, conn), t: t, conn: conn}
				_ = conn.SetDeadline(time.Now().Add(patience))
			} else {
				c = connect(t, s)
			}
			for i := range test.requests {
				c.request(uint32(1+2*i), true)
				c.body(uint32(1 + 2*i))
			}
			if test.then != nil {
				test.then(s)
			}
			c.goAway()
			c.closed()
		})
	}
}

// Abort cuts the connection off in the middle, and the handler learns of it.
func TestAbort(t *testing.T) {
	began, ended := make(chan struct{}), make(chan error, 1)
	s := listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		close(began)
		_, err := s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(zeros{})})
		ended <- err
	})}, false)
	c := connect(t, s)
	c.request(1, true)
	<-began
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.host.Drain(ctx)
	var client *message.ClientError
	if err := <-ended; !errors.As(err, &client) || client.Op != "write" {
		t.Errorf("Respond returned %v", err)
	}
	c.closed()
}

// A client that waits to be told to send its body is told when somebody reads
// it, and only then (RFC 9110, section 10.1.1).
func TestExpect(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/early" {
			_, _ = s.Respond(&message.Response{Status: 403})
			return
		}
		echo(ctx, r, s)
	})}, false)
	c := connect(t, s)
	ask := func(id uint32, path, expect string) string {
		c.head(id, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", path, "expect", expect)
		return c.headers(id).PseudoValue("status")
	}
	if status := ask(1, "/read", "100-Continue"); status != "100" {
		t.Errorf("status %s", status)
	}
	c.WriteData(1, true, []byte("x"))
	if got := c.body(1); got != "x" {
		t.Errorf("%q", got)
	}
	if status := ask(3, "/early", "100-continue"); status != "403" {
		t.Errorf("status %s", status)
	}
	if status := ask(5, "/read", "more"); status != "417" {
		t.Errorf("status %s", status)
	}
}
