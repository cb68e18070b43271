// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

var responses = sync.Pool{New: func() any { return new(message.Response) }}

// between listens and sends everything to a target by a client of this
// package, which has one connection.
func between(t testing.TB, target *listening) *listening {
	t.Helper()
	client, _ := newClient(t, target.address)
	return listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		response := responses.Get().(*message.Response)
		defer responses.Put(response)
		defer response.Reset()
		if err := client.RoundTrip(ctx, r, response, s); err != nil {
			*response = message.Response{Status: 502}
			response.Header.Add("x-error", strings.Map(func(c rune) rune { return max(c, ' ') }, err.Error()))
		}
		_, _ = s.Respond(response)
	})}, false)
}

// Bytes and trailers go through two relays, of a request and of a response,
// under windows that are opened a few bytes at a time.
func TestRelay(t *testing.T) {
	g := between(t, listen(t, session.Options{Handler: handle(echo)}, false))
	c := connect(t, g, xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 3})
	c.head(1, false, ":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a", "te", "trailers")
	var sent, got strings.Builder
	for i := range 20 {
		part := strings.Repeat(string(rune('a'+i)), i*i+1)
		sent.WriteString(part)
		c.WriteData(1, false, []byte(part))
		for got.Len() < sent.Len() {
			f := c.until("DATA", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.DataFrame); return ok }).(*xhttp2.DataFrame)
			got.Write(f.Data())
			if n := uint32(len(f.Data())); n > 0 {
				c.WriteWindowUpdate(1, n)
				c.WriteWindowUpdate(0, n)
			}
		}
	}
	c.head(1, true, "x-end", "yes")
	f := c.headers(1)
	if got.String() != sent.String() || !f.StreamEnded() || len(f.Fields) != 1 || f.Fields[0].Value != "yes" {
		t.Errorf("got %d bytes of %d, trailers %v", got.Len(), sent.Len(), f.Fields)
	}
}

// S0-03, S0-16: a client that does not read holds up nobody else on the same
// target connection, and no more of the target's bytes than its window.
func TestSlowClientHoldsOnlyItsOwn(t *testing.T) {
	const size = 8 << 20
	sent := make(chan int64, 1)
	target := listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		n, _ := s.Respond(&message.Response{Status: 200, ContentLength: size, Body: io.NopCloser(io.LimitReader(zeros{}, size))})
		if r.Path == "/slow" {
			sent <- n
		}
	})}, false)
	g := between(t, target)
	slow := connect(t, g, xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1000})
	slow.head(1, true, ":method", "GET", ":scheme", "http", ":path", "/slow", ":authority", "a")
	slow.data(1, 1000)
	for range 3 {
		response, err := browser(t, false).Get("http://" + g.address + "/fast")
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if n != size || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	slow.WriteRSTStream(1, xhttp2.ErrCodeCancel)
	if n := <-sent; n > 1<<20 {
		t.Errorf("the target sent %d bytes for a client that took 1000", n)
	}
}
