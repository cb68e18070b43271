// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
)

// Calls are unary gRPC calls over HTTP/2 without TLS that are all the same.
// The target sends the message back.
type Calls struct {
	Connections int
	Streams     int // that a connection always has open
	Path        string
	Message     []byte // without the five bytes before it
}

// window is what is granted to the other side, more than a connection uses
// between two updates.
const window = 1 << 30

// Loop keeps all streams of all connections busy with calls.
func (q *Calls) Loop(address string) *Loop {
	return start(q.Connections, func(l *Loop, w *worker) {
		for !l.stopped() {
			if err := q.connection(l, w, address); err != nil {
				w.fail(err)
				time.Sleep(pause)
			}
		}
	})
}

func (q *Calls) connection(l *Loop, w *worker, address string) error {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	l.open(c)
	defer l.close(c)
	g := newCaller(q, address, w)
	buf, end := make([]byte, 64<<10), 0
	for range q.Streams {
		g.call()
	}
	for {
		if len(g.out) > 0 {
			if _, err := c.Write(g.out); err != nil {
				return fmt.Errorf("send a call: %w", err)
			}
			g.out = g.out[:0]
		}
		if l.stopped() && len(g.calls) == 0 {
			return nil
		}
		n, err := c.Read(buf[end:])
		if err != nil {
			return fmt.Errorf("read an answer: %w", err)
		}
		end += n
		rest := buf[:end]
		for {
			f, after, ok := h2wire.Next(rest)
			if !ok {
				break
			}
			rest = after
			if err := g.handle(&f); err != nil {
				return err
			}
		}
		end = copy(buf, rest)
		for !l.stopped() && len(g.calls) < q.Streams && g.window >= int64(len(g.message)) {
			g.call()
		}
	}
}

// A caller makes the calls of one connection.
type caller struct {
	out     []byte
	calls   map[uint32]*answer
	free    []*answer
	next    uint32 // stream
	window  int64  // what may be sent on the connection, in bytes
	taken   int    // since the last WindowUpdate, in bytes
	message []byte // with its prefix
	fields  []hpack.HeaderField
	block   []byte
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	current *answer // whose fields are being decoded
	worker  *worker
}

// An answer is what has come of a call.
type answer struct {
	ok      bool // status 200
	message []byte
	status  string
}

func newCaller(q *Calls, authority string, w *worker) *caller {
	g := &caller{calls: make(map[uint32]*answer), next: 1, window: h2wire.DefaultWindow, worker: w}
	n := len(q.Message)
	g.message = append([]byte{0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, q.Message...)
	g.fields = []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: q.Path},
		{Name: ":authority", Value: authority},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "user-agent", Value: "grpc-bench/1"},
		{Name: "te", Value: "trailers"},
	}
	g.encoder = hpack.NewEncoder((*blockWriter)(g))
	g.decoder = hpack.NewDecoder(4096, g.field)
	g.out = append(g.out, h2wire.Preface...)
	settings := h2wire.AppendSetting(nil, h2wire.EnablePush, 0)
	settings = h2wire.AppendSetting(settings, h2wire.InitialWindowSize, window)
	g.out = h2wire.Append(g.out, h2wire.Settings, 0, 0, settings)
	g.out = h2wire.AppendWindowUpdate(g.out, 0, window)
	return g
}

// call opens a stream with a whole request.
func (g *caller) call() {
	a := &answer{}
	if n := len(g.free); n > 0 {
		a, g.free = g.free[n-1], g.free[:n-1]
		*a = answer{message: a.message[:0]}
	}
	g.calls[g.next] = a
	g.block = g.block[:0]
	for _, f := range g.fields {
		_ = g.encoder.WriteField(f) // a blockWriter never fails
	}
	g.out = h2wire.Append(g.out, h2wire.Headers, h2wire.EndHeaders, g.next, g.block)
	g.out = h2wire.Append(g.out, h2wire.Data, h2wire.EndStream, g.next, g.message)
	g.window -= int64(len(g.message))
	g.next += 2
}

func (g *caller) handle(f *h2wire.Frame) error {
	switch f.Type {
	case h2wire.Headers:
		return g.headers(f)
	case h2wire.Data:
		if g.taken += len(f.Payload); g.taken >= window/2 {
			g.out = h2wire.AppendWindowUpdate(g.out, 0, uint32(g.taken))
			g.taken = 0
		}
		a := g.calls[f.Stream]
		if a == nil {
			return fmt.Errorf("DATA for stream %d, which has no call", f.Stream)
		}
		a.message = append(a.message, f.Content()...)
		if f.Has(h2wire.EndStream) {
			g.finish(f.Stream, a)
		}
	case h2wire.ResetStream:
		if g.calls[f.Stream] != nil {
			delete(g.calls, f.Stream)
			g.worker.fail(fmt.Errorf("a call was reset: % x", f.Payload))
		}
	case h2wire.Settings:
		if !f.Has(h2wire.Ack) {
			g.settings(f.Payload)
		}
	case h2wire.Ping:
		if !f.Has(h2wire.Ack) {
			g.out = h2wire.Append(g.out, h2wire.Ping, h2wire.Ack, 0, f.Payload)
		}
	case h2wire.WindowUpdate:
		if f.Stream == 0 {
			g.window += h2wire.Increment(f.Payload)
		}
	case h2wire.GoAway:
		return fmt.Errorf("the connection was ended by GOAWAY: %q", f.Payload)
	}
	return nil
}

func (g *caller) settings(payload []byte) {
	h2wire.EachSetting(payload, func(id uint16, value uint32) {
		if id == h2wire.HeaderTableSize {
			g.encoder.SetMaxDynamicTableSizeLimit(value)
		}
	})
	g.out = h2wire.Append(g.out, h2wire.Settings, h2wire.Ack, 0, nil)
}

func (g *caller) headers(f *h2wire.Frame) error {
	if !f.Has(h2wire.EndHeaders) {
		return errors.New("the response's fields do not fit one frame")
	}
	if g.current = g.calls[f.Stream]; g.current == nil {
		return fmt.Errorf("HEADERS for stream %d, which has no call", f.Stream)
	}
	if _, err := g.decoder.Write(f.Content()); err != nil {
		return fmt.Errorf("decode fields: %w", err)
	}
	if err := g.decoder.Close(); err != nil {
		return fmt.Errorf("decode fields: %w", err)
	}
	if f.Has(h2wire.EndStream) {
		g.finish(f.Stream, g.current)
	}
	return nil
}

func (g *caller) field(f hpack.HeaderField) {
	switch f.Name {
	case ":status":
		g.current.ok = f.Value == "200"
	case "grpc-status":
		g.current.status = f.Value
	}
}

// finish counts a call whose stream has ended.
func (g *caller) finish(stream uint32, a *answer) {
	delete(g.calls, stream)
	g.free = append(g.free, a)
	if !a.ok || a.status != "0" || !bytes.Equal(a.message, g.message) {
		g.worker.fail(fmt.Errorf("a call was answered with status 200 %v, grpc-status %q and %d bytes", a.ok, a.status, len(a.message)))
		return
	}
	g.worker.done.Add(1)
}

// A blockWriter appends what the encoder writes to the block of the moment.
type blockWriter caller

func (w *blockWriter) Write(p []byte) (int, error) {
	w.block = append(w.block, p...)
	return len(p), nil
}
