// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// noise is a value that HPACK makes no shorter.
var noise = strings.Repeat("\x7e", 3000)

// A client that reads nothing of its answers, which are heads alone, is not
// answered without end, however well it keeps to
// the number of streams: it is sent away, and what waits for it is bounded (S2-06).
func TestAnswersThatAreNotRead(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, _ *message.Request, s message.Stream) {
		response := message.Response{Status: 204}
		response.Header.Add("x-noise", noise)
		_, _ = s.Respond(&response)
	})}, false)
	c := connect(t, s)
	_ = c.conn.(*net.TCPConn).SetReadBuffer(4096)
	for i := range 20_000 { // 60 MB of answers
		c.request(uint32(1+2*i), true)
		if i%100 < 99 {
			continue
		}
		for same, last := 0, int64(0); last < int64(i+1) && same < 20; same++ { // never more at a time than it may
			stats := s.host.Stats()
			if stats.Connections == 0 {
				return
			}
			if stats.Requests != last {
				last, same = stats.Requests, 0
			}
			time.Sleep(time.Millisecond)
		}
	}
	t.Errorf("%d requests were answered, and no answer read", s.host.Stats().Requests)
}

// A busy client may cancel many of its calls (S2-05).
func TestBusyClientCancels(t *testing.T) {
	s := listen(t, session.Options{MaxStreams: 10, Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/wait" {
			<-ctx.Done()
			return
		}
		_, _ = s.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	for i := range 1500 { // in less than a second, or nothing is shown
		id := uint32(1 + 2*i)
		if i%3 == 2 {
			c.head(id, true, ":method", "GET", ":scheme", "http", ":path", "/wait", ":authority", "a")
			c.WriteRSTStream(id, xhttp2.ErrCodeCancel)
			continue
		}
		c.request(id, true)
		c.until("the answer", func(f xhttp2.Frame) bool {
			if g, ok := f.(*xhttp2.GoAwayFrame); ok {
				t.Fatalf("after %d calls: %s %s", i, g.ErrCode, g.DebugData())
			}
			return f.Header().StreamID == id
		})
		c.got = c.got[:0]
	}
}

// What was under way to many streams that the server has reset is not held
// against the client.
func TestUploadsThatAreRefused(t *testing.T) {
	const streams, frames = 200, 8
	answer := make(chan struct{})
	s := listen(t, session.Options{MaxStreams: streams, Handler: handle(func(_ context.Context, _ *message.Request, s message.Stream) {
		<-answer
		_, _ = s.Respond(&message.Response{Status: 401})
	})}, false)
	c := connect(t, s)
	for i := range streams {
		c.request(uint32(1+2*i), false)
	}
	close(answer)
	for range streams {
		c.until("the reset of all", func(f xhttp2.Frame) bool { return f.Header().Type == xhttp2.FrameRSTStream })
	}
	for range frames {
		for i := range streams {
			c.WriteData(uint32(1+2*i), false, []byte("under way"))
		}
	}
	c.WritePing(false, [8]byte{1})
	c.until("PING", func(f xhttp2.Frame) bool {
		if g, ok := f.(*xhttp2.GoAwayFrame); ok {
			t.Fatalf("%s %s", g.ErrCode, g.DebugData())
		}
		p, ok := f.(*xhttp2.PingFrame)
		return ok && p.IsAck()
	})
}

// S1-35: an answer that a slow client has not taken yet is sent to its end,
// though the listener retires and the stream is over.
func TestRetireWithAnswersUnwritten(t *testing.T) {
	const size = 30 << 10 // less than what waits for a socket without holding up its stream
	body := strings.Repeat("x", size)
	s := listen(t, session.Options{Handler: plain(body)}, false)
	c := connect(t, s, xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1 << 20})
	c.WriteWindowUpdate(0, 1<<30)
	streams := 0
	for stuck := 0; stuck < 50; stuck++ { // until the socket takes no more
		if s.host.Stats().Exchanges == 0 {
			c.request(uint32(1+2*streams), true)
			streams, stuck = streams+1, 0
		}
		time.Sleep(time.Millisecond)
	}
	c.WriteRSTStream(uint32(2*streams-1), xhttp2.ErrCodeCancel) // the one that is held up
	for s.host.Stats().Exchanges > 0 {
		time.Sleep(time.Millisecond)
	}
	s.host.Retire()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	time.Sleep(2500 * time.Millisecond) // longer than the last frames of the client are waited for
	whole := 0
	for {
		f, err := c.ReadFrame()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		if d, ok := f.(*xhttp2.DataFrame); ok && d.StreamEnded() {
			whole++
		}
	}
	if whole < streams-1 {
		t.Errorf("%d of %d answers are whole", whole, streams-1)
	}
}
