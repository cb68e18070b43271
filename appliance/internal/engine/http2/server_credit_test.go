// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
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
