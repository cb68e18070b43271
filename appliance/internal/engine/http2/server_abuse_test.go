// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Every flood ends the connection with ENHANCE_YOUR_CALM, and soon. The limits
// are those of the package's constants.
func TestFloods(t *testing.T) {
	s := listen(t, session.Options{MaxHeaderBytes: 4096, Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/wait" {
			<-ctx.Done()
			return
		}
		plain("ok")(ctx, r, s)
	})}, false)
	for name, flood := range map[string]func(c *raw, i int){
		"rapid reset": func(c *raw, i int) {
			c.request(uint32(1+2*i), true)
			c.WriteRSTStream(uint32(1+2*i), xhttp2.ErrCodeCancel)
		},
		"streams that break": func(c *raw, i int) {
			c.request(uint32(1+2*i), false, "content-length", "5")
			c.WriteData(uint32(1+2*i), true, nil)
		},
		"bodies that break": func(c *raw, i int) {
			c.request(uint32(1+2*i), false, "content-length", "5")
			c.WriteData(uint32(1+2*i), false, []byte("123456"))
		},
		"malformed requests": func(c *raw, i int) { c.head(uint32(1+2*i), true, ":method", "GET") },
		"CONTINUATION": func(c *raw, i int) {
			if i == 0 {
				c.WriteRawFrame(xhttp2.FrameHeaders, 0, 1, c.section(":method", "GET"))
			}
			c.WriteContinuation(1, false, nil)
		},
		"long CONTINUATION": func(c *raw, i int) {
			if i == 0 {
				c.WriteRawFrame(xhttp2.FrameHeaders, 0, 1, c.section(":method", "GET"))
			}
			c.WriteContinuation(1, false, c.section("a", strings.Repeat("x", 1000)))
		},
		"SETTINGS":      func(c *raw, i int) { c.WriteSettings() },
		"PING":          func(c *raw, i int) { c.WritePing(false, [8]byte{}) },
		"PRIORITY":      func(c *raw, i int) { c.WritePriority(uint32(1+2*i), xhttp2.PriorityParam{}) },
		"unknown":       func(c *raw, i int) { c.WriteRawFrame(77, 0, 0, nil) },
		"WINDOW_UPDATE": func(c *raw, i int) { c.WriteWindowUpdate(0, 1) },
		"empty DATA": func(c *raw, i int) {
			if i == 0 {
				c.head(1, false, ":method", "POST", ":scheme", "http", ":path", "/wait", ":authority", "a")
			}
			c.WriteData(1, false, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each is let wait a second
			c := connect(t, s)
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				for i := 0; ; i++ {
					if _, err := c.conn.Write(nil); err != nil {
						return
					}
					flood(c, i)
				}
			}()
			defer func() {
				c.conn.Close()
				<-stopped
			}()
			for {
				f, err := c.ReadFrame()
				if err != nil {
					t.Fatalf("no GOAWAY: %v", err)
				}
				if f, ok := f.(*xhttp2.GoAwayFrame); ok {
					if f.ErrCode != xhttp2.ErrCodeEnhanceYourCalm {
						t.Errorf("%s: %s", f.ErrCode, f.DebugData())
					}
					return
				}
			}
		})
	}
}

// Who never stops to send is not read for long after it was told: little, and not
// for as long as others may take to learn of the end.
func TestFloodIsCutOff(t *testing.T) {
	s := listen(t, session.Options{Handler: plain("ok")}, false)
	c := connect(t, s)
	pings := make([]byte, 0, 1<<20)
	for len(pings) < 1<<20 {
		pings = append(pings, 0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	}
	sent := 0
	for {
		n, err := c.conn.Write(pings)
		if sent += n; err != nil {
			break
		}
		if sent > 64<<20 {
			t.Fatalf("%d MiB were taken", sent>>20)
		}
	}
}

// What is asked for and taken back in the same breath gets no handler, and the
// connection goes on.
func TestTakenBack(t *testing.T) {
	var served atomic.Int64
	s := listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		served.Add(1)
		plain("ok")(ctx, r, s)
	})}, false)
	c := connect(t, s)
	var together bytes.Buffer
	frames := xhttp2.NewFramer(&together, nil)
	for id := uint32(1); id < 100; id += 2 {
		section := c.section(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a")
		_ = frames.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: id, BlockFragment: section, EndHeaders: true, EndStream: true})
		_ = frames.WriteRSTStream(id, xhttp2.ErrCodeCancel)
	}
	if _, err := c.conn.Write(together.Bytes()); err != nil {
		t.Fatal(err)
	}
	c.request(101, true)
	if got := c.body(101); got != "ok" {
		t.Errorf("then %q", got)
	}
	if n := served.Load(); n != 1 {
		t.Errorf("%d handlers ran, want 1", n)
	}
}

// Who floods is let wait before it is told.
func TestCalmRest(t *testing.T) {
	s := listen(t, session.Options{Handler: plain("ok")}, false)
	c := connect(t, s)
	began := time.Now()
	var pings bytes.Buffer
	frames := xhttp2.NewFramer(&pings, nil)
	for range 2500 {
		_ = frames.WritePing(false, [8]byte{})
	}
	if _, err := c.conn.Write(pings.Bytes()); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := c.ReadFrame()
		if err != nil {
			t.Fatalf("no GOAWAY: %v", err)
		}
		if _, ok := f.(*xhttp2.GoAwayFrame); ok {
			break
		}
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("was sent away after %s, want a second", took)
	}
}

// An HPACK bomb, a small section that stands for a large one, is answered 431
// and keeps no memory.
func TestHPACKBomb(t *testing.T) {
	s := listen(t, session.Options{Handler: plain("ok")}, false)
	c := connect(t, s)
	c.request(1, true, "bomb", strings.Repeat("x", 3000))
	c.body(1)
	section := c.section(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a")
	for range 10000 {
		section = append(section, 0x80|62) // the newest entry of the dynamic table
	}
	c.buf.Reset()
	_ = hpack.HeaderField{}
	c.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: 3, BlockFragment: section, EndStream: true, EndHeaders: true})
	if f := c.headers(3); f.PseudoValue("status") != "431" {
		t.Errorf("%v", f.Fields)
	}
}

// A client that opens no window, or does not read, is given up (S2-06).
func TestStalledClients(t *testing.T) {
	failed := make(chan error, 8)
	s := listen(t, session.Options{StallTimeout: 60 * time.Millisecond, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		var err error
		if r.Body != nil {
			_, err = io.Copy(io.Discard, r.Body)
		} else {
			_, err = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(zeros{})})
		}
		failed <- err
	})}, false)
	check := func(op string) {
		t.Helper()
		var client *message.ClientError
		if err := <-failed; !errors.As(err, &client) || client.Op != op {
			t.Errorf("got %v", err)
		}
	}
	t.Run("window of the stream", func(t *testing.T) {
		c := connect(t, s)
		c.request(1, true)
		if code := c.reset(1); code != xhttp2.ErrCodeCancel {
			t.Error(code)
		}
		check("write")
	})
	t.Run("body", func(t *testing.T) {
		c := connect(t, s)
		c.request(1, false)
		c.WriteData(1, false, []byte("x"))
		if code := c.reset(1); code != xhttp2.ErrCodeCancel {
			t.Error(code)
		}
		check("read")
	})
	t.Run("socket", func(t *testing.T) {
		c := connect(t, s, xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1<<31 - 1})
		_ = c.conn.(*net.TCPConn).SetReadBuffer(4096)
		c.WriteWindowUpdate(0, 1<<31-1-65535)
		c.request(1, true)
		check("write")
	})
	t.Run("gRPC", func(t *testing.T) { // a stream may be quiet
		c := connect(t, s)
		c.request(1, false, "content-type", "application/grpc")
		c.until("nothing", func(xhttp2.Frame) bool { return len(c.got) == 3 }) // settings, window, acknowledgement
		_ = c.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if f, err := c.ReadFrame(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, %v", f, err)
		}
		c.conn.Close()
		check("read")
	})
}

// A head that comes slowly, byte by byte or frame by frame, ends the
// connection.
func TestSlowHead(t *testing.T) {
	s := listen(t, session.Options{HeaderTimeout: 60 * time.Millisecond, Handler: plain("ok")}, false)
	for name, write := range map[string]func(c *raw){
		"frame":   func(c *raw) { c.conn.Write([]byte{0, 0, 9, 1}) },
		"section": func(c *raw) { c.WriteRawFrame(xhttp2.FrameHeaders, 0, 1, c.section(":method", "GET")) },
	} {
		c := connect(t, s)
		c.quiet()
		write(c)
		if code := c.goAway().ErrCode; code != xhttp2.ErrCodeEnhanceYourCalm {
			t.Errorf("%s: %s", name, code)
		}
		c.closed()
	}
}

// A tunnel that carries nothing is closed.
func TestIdleTunnel(t *testing.T) {
	s := listen(t, session.Options{TunnelIdleTimeout: 40 * time.Millisecond, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		conn, err := s.Upgrade(&message.Header{})
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.Copy(io.Discard, conn)
	})}, false)
	c := connect(t, s)
	c.head(1, false, ":method", "CONNECT", ":protocol", "websocket", ":scheme", "http", ":path", "/", ":authority", "a")
	if code := c.reset(1); code != xhttp2.ErrCodeCancel {
		t.Error(code)
	}
}
