// SPDX-License-Identifier: Apache-2.0

package target

import (
	"io"
	"net"

	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
)

// acknowledge is how many bytes of messages a connection takes in before it
// gives the window back.
const acknowledge = 16 << 10

// A grpcConn answers every call with the message that it got. It does not
// read header fields: all calls are alike.
type grpcConn struct {
	out      []byte
	window   int64             // what the peer still takes on the connection, in bytes
	taken    int               // of its messages since the last WindowUpdate, in bytes
	partial  map[uint32][]byte // messages of which more is to come
	waiting  []call            // answers that do not fit the window
	encoder  *hpack.Encoder
	block    []byte
	finished bool
}

type call struct {
	stream  uint32
	message []byte
}

func (s *server) serveGRPC(c net.Conn) {
	preface := make([]byte, len(h2wire.Preface))
	if _, err := io.ReadFull(c, preface); err != nil || string(preface) != h2wire.Preface {
		return
	}
	g := &grpcConn{window: h2wire.DefaultWindow, partial: make(map[uint32][]byte)}
	g.encoder = hpack.NewEncoder((*blockWriter)(g))
	g.out = h2wire.Append(g.out, h2wire.Settings, 0, 0, h2wire.AppendSetting(nil, h2wire.MaxConcurrentStreams, 1000))
	buf, end := make([]byte, 64<<10), 0
	for !g.finished {
		if len(g.out) > 0 {
			if _, err := c.Write(g.out); err != nil {
				return
			}
			g.out = g.out[:0]
		}
		n, err := c.Read(buf[end:])
		if err != nil {
			return
		}
		end += n
		rest := buf[:end]
		for !g.finished {
			f, after, ok := h2wire.Next(rest)
			if !ok {
				break
			}
			rest = after
			g.handle(&f)
		}
		end = copy(buf, rest)
	}
}

func (g *grpcConn) handle(f *h2wire.Frame) {
	switch f.Type {
	case h2wire.Data:
		g.data(f)
	case h2wire.ResetStream:
		delete(g.partial, f.Stream)
	case h2wire.Settings:
		if f.Has(h2wire.Ack) {
			return
		}
		h2wire.EachSetting(f.Payload, func(id uint16, value uint32) {
			if id == h2wire.HeaderTableSize {
				g.encoder.SetMaxDynamicTableSizeLimit(value)
			}
		})
		g.out = h2wire.Append(g.out, h2wire.Settings, h2wire.Ack, 0, nil)
	case h2wire.Ping:
		if !f.Has(h2wire.Ack) {
			g.out = h2wire.Append(g.out, h2wire.Ping, h2wire.Ack, 0, f.Payload)
		}
	case h2wire.WindowUpdate:
		if f.Stream == 0 {
			g.window += h2wire.Increment(f.Payload)
			g.drain()
		}
	case h2wire.GoAway:
		g.finished = len(g.partial) == 0
	}
}

func (g *grpcConn) data(f *h2wire.Frame) {
	if g.taken += len(f.Payload); g.taken >= acknowledge {
		g.out = h2wire.AppendWindowUpdate(g.out, 0, uint32(g.taken))
		g.taken = 0
	}
	message := f.Content()
	before, more := g.partial[f.Stream]
	if !f.Has(h2wire.EndStream) {
		g.partial[f.Stream] = append(before, message...)
		return
	}
	if more {
		message = append(before, message...)
		delete(g.partial, f.Stream)
	}
	if int64(len(message)) > g.window || len(g.waiting) > 0 {
		g.waiting = append(g.waiting, call{f.Stream, append([]byte(nil), message...)})
		return
	}
	g.answer(f.Stream, message)
}

func (g *grpcConn) drain() {
	for len(g.waiting) > 0 && int64(len(g.waiting[0].message)) <= g.window {
		g.answer(g.waiting[0].stream, g.waiting[0].message)
		g.waiting = g.waiting[1:]
	}
}

func (g *grpcConn) answer(stream uint32, message []byte) {
	g.window -= int64(len(message))
	g.fields(stream, 0, hpack.HeaderField{Name: ":status", Value: "200"}, hpack.HeaderField{Name: "content-type", Value: "application/grpc"})
	g.out = h2wire.Append(g.out, h2wire.Data, 0, stream, message)
	g.fields(stream, h2wire.EndStream, hpack.HeaderField{Name: "grpc-status", Value: "0"})
}

func (g *grpcConn) fields(stream uint32, flags byte, fields ...hpack.HeaderField) {
	g.block = g.block[:0]
	for _, f := range fields {
		_ = g.encoder.WriteField(f) // a blockWriter never fails
	}
	g.out = h2wire.Append(g.out, h2wire.Headers, flags|h2wire.EndHeaders, stream, g.block)
}

// A blockWriter appends what the encoder writes to the block of the moment.
type blockWriter grpcConn

func (w *blockWriter) Write(p []byte) (int, error) {
	w.block = append(w.block, p...)
	return len(p), nil
}
