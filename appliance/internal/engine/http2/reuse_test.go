// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// S2-04, S2-06: what calls used before others is used again, and no call sees
// another's fields, bytes or trailers, though every second one is canceled, late
// or followed by frames that nobody expects any more.
func TestCallsAreKeptApart(t *testing.T) {
	target := listen(t, session.Options{MaxStreams: 1000, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		id := r.Header.Get("x-id")
		body, err := io.ReadAll(r.Body)
		if err == nil && string(body) != id {
			t.Errorf("the target got a call %q with the body %q", id, body)
		}
		response := message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(&pieces{strings.NewReader(id)})}
		response.Header.Add("x-id", id)
		response.Trailer = new(message.Header)
		response.Trailer.Add("x-id", id)
		_, _ = s.Respond(&response) // the call may have been canceled
	})}, false)
	client, _ := newClient(t, target.address)
	g := listen(t, session.Options{MaxStreams: 1000, Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		if late := r.Header.Get("x-late"); late != "" {
			n, _ := strconv.Atoi(late) // the test's own
			r.Deadline = time.Now().Add(time.Duration(n) * 100 * time.Microsecond)
		}
		response := responses.Get().(*message.Response)
		defer responses.Put(response)
		defer response.Reset()
		if client.RoundTrip(ctx, r, response, s) != nil {
			*response = message.Response{Status: 502}
		}
		_, _ = s.Respond(response)
	})}, false)
	var clients sync.WaitGroup
	for n := range 5 {
		c := connect(t, g)
		clients.Go(func() { newMixed(c, n, 400).run() })
	}
	clients.Wait()
}

// pieces are read a byte at a time, with others in between.
type pieces struct{ *strings.Reader }

func (p *pieces) Read(b []byte) (int, error) {
	runtime.Gosched()
	return p.Reader.Read(b[:min(len(b), 1+rand.IntN(8))])
}

// A mixed makes calls of all kinds on one connection, several at a time.
type mixed struct {
	*raw
	name  int
	left  int
	next  uint32
	open  map[uint32]*mixedCall
	ended int
}

type mixedCall struct {
	id, kind string
	got      string
	headed   bool
}

func newMixed(c *raw, name, calls int) *mixed {
	return &mixed{raw: c, name: name, left: calls, next: 1, open: make(map[uint32]*mixedCall)}
}

var mixedKinds = []string{"plain", "canceled", "plain", "canceled at its head", "plain", "late", "touched again", "plain", "trailers"}

func (m *mixed) begin() {
	if m.left == 0 {
		return
	}
	m.left--
	id := m.next
	m.next += 2
	x := &mixedCall{id: fmt.Sprintf("%d-%d-%s", m.name, id, strings.Repeat("x", rand.IntN(100))), kind: mixedKinds[rand.IntN(len(mixedKinds))]}
	pairs := []string{"te", "trailers", "content-type", "application/grpc", "x-id", x.id}
	if x.kind == "late" {
		pairs = append(pairs, "x-late", strconv.Itoa(1+rand.IntN(20)))
	}
	m.head(id, false, append([]string{":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/"}, pairs...)...)
	_ = m.WriteData(id, x.kind != "trailers", []byte(x.id)) // a failure shows when it is read
	switch x.kind {
	case "trailers":
		m.head(id, true, "x-end", x.id)
	case "canceled":
		_ = m.WriteRSTStream(id, xhttp2.ErrCodeCancel)
		_ = m.WriteWindowUpdate(id, 1) // late
		m.ended++
		m.begin()
		return
	}
	m.open[id] = x
}

func (m *mixed) run() {
	for range 20 {
		m.begin()
	}
	for len(m.open) > 0 {
		f, err := m.ReadFrame()
		if err != nil {
			m.t.Errorf("%v with %d calls open", err, len(m.open))
			return
		}
		id := f.Header().StreamID
		x := m.open[id]
		if x == nil {
			if s, ok := f.(*xhttp2.SettingsFrame); ok && !s.IsAck() {
				_ = m.WriteSettingsAck()
			}
			continue
		}
		switch f := f.(type) {
		case *xhttp2.MetaHeadersFrame:
			m.fields(x, f)
			if x.kind == "canceled at its head" && !f.StreamEnded() {
				_ = m.WriteRSTStream(id, xhttp2.ErrCodeCancel)
				m.end(id, x)
			} else if f.StreamEnded() {
				m.end(id, x)
			}
		case *xhttp2.DataFrame:
			x.got += string(f.Data())
			if !strings.HasPrefix(x.id, x.got) {
				m.t.Errorf("%q got the bytes %q", x.id, x.got)
			}
			if f.StreamEnded() {
				m.end(id, x)
			}
		case *xhttp2.RSTStreamFrame:
			if x.kind != "late" {
				m.t.Errorf("%q (%s) was reset: %v", x.id, x.kind, f.ErrCode)
			}
			m.end(id, x)
		}
	}
}

func (m *mixed) fields(x *mixedCall, f *xhttp2.MetaHeadersFrame) {
	for _, field := range f.RegularFields() {
		if field.Name == "x-id" && field.Value != x.id {
			m.t.Errorf("%q got the field of %q", x.id, field.Value)
		}
	}
	status := f.PseudoValue("status")
	if !x.headed && status != "200" && x.kind != "late" {
		m.t.Errorf("%q (%s) was answered %s", x.id, x.kind, status)
	}
	if x.headed && x.kind != "late" && x.got != x.id {
		m.t.Errorf("%q (%s) got only %q", x.id, x.kind, x.got)
	}
	x.headed = true
}

func (m *mixed) end(id uint32, x *mixedCall) {
	delete(m.open, id)
	if x.kind == "touched again" { // frames of a stream that is over
		_ = m.WriteWindowUpdate(id, 100)
		_ = m.WriteRSTStream(id, xhttp2.ErrCodeCancel)
		_ = m.WriteWindowUpdate(id, 100)
	}
	m.begin()
}

// Whoever has asked a call's context for its end is told of no other call's.
func TestContextIsOfOneCall(t *testing.T) {
	const each = 50
	kept, waiting := make(chan context.Context, each), make(chan context.Context, each)
	s := listen(t, session.Options{Handler: handle(func(ctx context.Context, r *message.Request, s message.Stream) {
		switch r.Path {
		case "/wait":
			waiting <- ctx
			<-ctx.Done()
			return
		case "/done":
			ctx.Done()
			kept <- ctx
		case "/derived":
			derived, cancel := context.WithCancel(ctx)
			t.Cleanup(cancel)
			kept <- derived
		}
		_, _ = s.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	begin := func(id uint32, path string) {
		c.head(id, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", path)
	}
	var own []context.Context
	for i := range uint32(each) {
		begin(4*i+1, []string{"/done", "/derived"}[i%2])
		c.headers(4*i + 1)
		own = append(own, within(t, "a context", kept))
		begin(4*i+3, "/wait")
		other := within(t, "another context", waiting)
		c.WriteRSTStream(4*i+3, xhttp2.ErrCodeCancel)
		<-other.Done()
		for _, ctx := range own {
			if ctx == other || ctx.Err() != nil {
				t.Fatal("a context that somebody waits for was used again")
			}
		}
	}
}

// A body that is read when its call is over fails, and never yields another
// call's bytes.
func TestBodyIsOfOneCall(t *testing.T) {
	bodies := make(chan io.ReadCloser, 100)
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/keep" {
			bodies <- r.Body
		} else if _, err := io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		_, _ = s.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	for id := uint32(1); id < 200; id += 4 {
		c.head(id, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/keep")
		c.WriteData(id, true, []byte("first"))
		c.headers(id)
		body := <-bodies
		c.head(id+2, false, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/")
		c.WriteData(id+2, true, []byte("second"))
		c.headers(id + 2)
		body.Close()
		got := make([]byte, 10)
		if n, err := body.Read(got); n > 0 || err == nil || errors.Is(err, io.EOF) {
			t.Fatalf("%q, %v", got[:n], err)
		}
	}
}
