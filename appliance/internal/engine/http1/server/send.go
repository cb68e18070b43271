// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Room, in bytes, that a part of a chunked body leaves before itself for the
// line of its chunk, and behind itself for the end of the chunk and the last
// one.
const (
	chunkLine = 10
	chunkEnd  = 2 + 5
)

// A body that can tell has a method Buffered, which returns how many of its
// bytes can be read without waiting.
type tells interface{ Buffered() int }

// atOnce reports whether the first bytes of a body go with the head: when they
// are there, or are so few that the head is of little use without them.
func atOnce(r *message.Response, room int) bool {
	if r.ContentLength >= 0 && r.ContentLength <= int64(room) {
		return true
	}
	b, ok := r.Body.(tells)
	return ok && b.Buffered() > 0
}

// send sends a response whose head is b, at the start of the buffer for it if
// it is not too long for that, with its body.
func (s *conn) send(b []byte, r *message.Response, framing syntax.Framing) (sent int64, err error) {
	if source := s.spliceable(r, framing); source != nil {
		return s.splice(b, source)
	}
	o := outgoing{s: s, buffer: s.x.out[:], r: r, left: r.ContentLength, chunked: framing == syntax.Chunked}
	if framing == syntax.UntilClose {
		o.left = -1
	}
	if len(b)+smallRead > len(o.buffer) || !atOnce(r, len(o.buffer)-len(b)) {
		if err := s.clientError(s.put(b)); err != nil {
			return 0, err
		}
	} else {
		o.held = len(b)
	}
	err = o.run()
	if o.large != nil {
		sock.PutLarge(o.large)
	}
	return o.sent, err
}

func (s *conn) splice(b []byte, source sock.Source) (int64, error) {
	if err := s.clientError(s.put(b)); err != nil {
		return 0, err
	}
	moved, read, write := source.SpliceTo(s.c.Socket, s.writeBy)
	switch {
	case write != nil:
		s.lost = true
		return moved, s.clientError(0, write)
	case read != nil:
		return moved, s.sourceError(read)
	}
	return moved, nil
}

// An outgoing is a response's body on its way to the client. What a read of it
// returned is sent before the next one, so that nothing waits in a buffer for
// more.
type outgoing struct {
	s       *conn
	r       *message.Response
	buffer  []byte
	large   *sock.Large // if it is the buffer
	held    int         // bytes of the head at the start of the buffer
	chunked bool
	left    int64 // of the length that was told; negative if none was
	sent    int64
}

func (o *outgoing) run() error {
	for {
		start, room := o.held, o.buffer[o.held:]
		if o.chunked {
			start += chunkLine
			room = o.buffer[start : len(o.buffer)-chunkEnd]
		}
		n, err := o.r.Body.Read(room)
		if o.left >= 0 {
			if int64(n) > o.left {
				return &message.SourceError{Err: fmt.Errorf("it is longer than its Content-Length of %d", o.r.ContentLength)}
			}
			o.left -= int64(n)
		}
		if err == io.EOF && o.left > 0 {
			err = io.ErrUnexpectedEOF
		}
		p := o.buffer[:o.held]
		if n > 0 {
			p = o.framed(n)
		}
		ended := err == io.EOF
		if err != nil && !ended {
			if trailer := o.mend(err); trailer != nil {
				o.r.Trailer, ended = trailer, true
			}
		}
		if ended && o.chunked {
			p = syntax.AppendEnd(p, o.r.Trailer)
		}
		if failed := o.put(p, n); failed != nil {
			return failed
		}
		switch {
		case ended:
			return nil
		case err != nil:
			return o.s.sourceError(err)
		}
		o.grow(n == len(room))
	}
}

// framed returns what there is to send when n bytes of the body have come.
func (o *outgoing) framed(n int) []byte {
	if !o.chunked {
		return o.buffer[:o.held+n]
	}
	var scratch [chunkLine]byte
	line := syntax.AppendChunk(scratch[:0], n)
	gap := chunkLine - len(line)
	copy(o.buffer[gap:], o.buffer[:o.held])
	copy(o.buffer[gap+o.held:], line)
	return append(o.buffer[gap:o.held+chunkLine+n], "\r\n"...)
}

// mend asks whether the response ends well though its body did not. The end
// can say so in trailers only.
func (o *outgoing) mend(err error) *message.Header {
	if !o.chunked || o.r.Mender == nil {
		return nil
	}
	return o.r.Mender.Mend(err)
}

// put sends p, n bytes of which are the body's.
func (o *outgoing) put(p []byte, n int) error {
	if len(p) == 0 {
		return nil
	}
	did, err := o.s.put(p)
	if err != nil {
		o.sent += int64(max(0, min(n, did-o.held)))
		return o.s.clientError(did, err)
	}
	o.sent += int64(n)
	o.held = 0
	return nil
}

// grow takes a larger buffer when a body fills the small one.
func (o *outgoing) grow(full bool) {
	if full && o.large == nil && o.left != 0 {
		o.large = sock.GetLarge()
		o.buffer = o.large[:]
	}
}
