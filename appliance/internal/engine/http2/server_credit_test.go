// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"io"
	"testing"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A body that came whole and that no handler read is credited to the
// connection, or its window would be used up by such requests.
func TestUnreadBodiesAreCredited(t *testing.T) {
	came := make(chan struct{})
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, _ *message.Request, s message.Stream) {
		<-came
		_, _ = s.Respond(&message.Response{Status: 401})
	})}, false)
	c := connect(t, s)
	const size = 60 << 10
	body := make([]byte, 15<<10)
	window := int64(0)
	next := func() xhttp2.Frame {
		return c.until("a frame", func(f xhttp2.Frame) bool {
			if u, ok := f.(*xhttp2.WindowUpdateFrame); ok && u.StreamID == 0 {
				window += int64(u.Increment)
			}
			return true
		})
	}
	for window == 0 {
		next()
	}
	window += 65535
	for i := range 200 {
		id := uint32(1 + 2*i)
		for window < size {
			next() // none comes if the bytes are forgotten
		}
		c.request(id, false)
		for n := range size / len(body) {
			c.WriteData(id, n == size/len(body)-1, body)
		}
		window -= size
		c.WritePing(false, [8]byte{})
		for f := next(); ; f = next() {
			if p, ok := f.(*xhttp2.PingFrame); ok && p.IsAck() {
				break // the whole of the body has come
			}
		}
		came <- struct{}{}
		for f := next(); ; f = next() {
			if h, ok := f.(*xhttp2.MetaHeadersFrame); ok && h.StreamID == id {
				break
			}
		}
	}
}

// The window of a stream grows while its bytes are taken fast, up to 1 MiB, and
// those of a connection by 2 MiB together: what nobody reads is bounded. What a
// stream had is there for others when it has ended.
func TestWindowsGrow(t *testing.T) {
	const first, most, together = 65535, 1 << 20, 2 << 20
	const exact = 64 << 10 // what may have come and not been read when the window is looked at
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = s.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	piece := make([]byte, 16<<10)
	window := map[uint32]int{0: 65535}
	until := func(wanted func(f xhttp2.Frame) bool) {
		c.until("a frame", func(f xhttp2.Frame) bool {
			if u, ok := f.(*xhttp2.WindowUpdateFrame); ok {
				window[u.StreamID] += int(u.Increment)
			}
			return wanted(f)
		})
		c.got = c.got[:0]
	}
	// grows sends on a stream until its window is of that size, and then as much
	// as would have it grow further.
	grows := func(id uint32, size int) {
		t.Helper()
		seen, enough := 0, 0 // the most that could be sent at a time is nearly the window
		if _, open := window[id]; !open {
			c.request(id, false)
			window[id] = first
		}
		for enough < 4*most {
			c.WritePing(false, [8]byte{})
			until(func(f xhttp2.Frame) bool { p, ok := f.(*xhttp2.PingFrame); return ok && p.IsAck() })
			if window[id] < len(piece) || window[0] < len(piece) {
				continue
			}
			c.WriteData(id, false, piece)
			window[id] -= len(piece)
			window[0] -= len(piece)
			if seen = max(seen, window[id]); seen >= size-exact-len(piece) {
				enough += len(piece)
			}
		}
		if seen > size {
			t.Errorf("the window of stream %d is %d, want %d", id, seen, size)
		}
	}
	grows(1, most)
	grows(3, most)
	grows(5, first+together-2*(most-first))
	c.WriteData(1, true, nil)
	until(func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.MetaHeadersFrame); return ok })
	grows(5, most)
}
