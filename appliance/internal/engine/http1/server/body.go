// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A body is that of a request. It belongs to one request alone: whoever still
// has it when the exchange is over gets an error, and no bytes of another.
type body struct {
	stopped  atomic.Bool // closed, or the exchange is over
	ended    atomic.Bool // read to its end
	failed   atomic.Bool
	invited  atomic.Bool // the client has been told to send it, or has begun to
	received atomic.Int64
	socket   *sock.Conn

	mu       sync.Mutex // held by a running Read
	s        *conn      // nil when the exchange is over
	chunked  bool
	left     int64          // bytes, unless it is chunked
	decoder  syntax.Decoder // if it is
	decoded  []byte         // not read yet; part of the buffer
	filled   bool           // the last read into the buffer filled it
	limit    int64          // of all its bytes, if it is chunked; 0: none
	err      error
	drainBy  sock.Instant // when what nobody wants must have come
	draining bool
}

var _ io.ReadCloser = (*body)(nil)

func newBody(s *conn) *body {
	x := s.x
	b := &body{s: s, socket: s.c.Socket, left: x.head.Length, chunked: x.head.Framing == syntax.Chunked, limit: x.options.MaxBodyBytes}
	b.invited.Store(s.buffered() > 0) // it has begun already, without
	b.decoder.Limits = syntax.Limits{Bytes: x.options.MaxHeaderBytes, Fields: x.options.MaxHeaderFields}
	return b
}

// Read returns a [message.ClientError] when the client fails. It may run while
// the handler responds.
func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.ended.Load():
		return 0, io.EOF
	case b.stopped.Load():
		return 0, ErrBodyClosed
	case len(p) == 0:
		return 0, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return 0, b.err
	case b.s == nil || b.stopped.Load():
		return 0, ErrBodyClosed
	}
	if err := b.invite(); err != nil {
		return 0, b.fail(err)
	}
	n, err := b.take(p)
	b.received.Add(int64(n))
	return n, b.note(err)
}

// note keeps in mind how the body ended, and returns the error for its reader.
func (b *body) note(err error) error {
	switch {
	case err == nil || errors.Is(err, ErrBodyClosed):
		return err
	case errors.Is(err, io.EOF):
		b.ended.Store(true)
		return err
	}
	return b.fail(err)
}

func (b *body) fail(err error) error {
	b.failed.Store(true)
	b.err = &message.ClientError{Op: "read", Err: err}
	return b.err
}

var (
	goOn         = []byte("HTTP/1.1 100 Continue\r\n\r\n")
	errUninvited = errors.New("the response has begun before the client was told to send the body")
	errInPipe    = errors.New("a part of the body was lost on its way to the target")
)

// invite tells a client to send the body that waits to be told to, unless it
// has begun already (RFC 9110, section 10.1.1).
func (b *body) invite() error {
	s := b.s
	if !s.x.head.ExpectContinue || b.invited.Load() {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.stage != unanswered {
		return errUninvited
	}
	b.invited.Store(true)
	_, err := s.write(goOn)
	return err
}

// take reads a part of the body, and says io.EOF together with the last one.
func (b *body) take(p []byte) (n int, err error) {
	if b.chunked {
		return b.takeDecoded(p)
	}
	x := b.s.x
	p = p[:min(int64(len(p)), b.left)]
	switch {
	case x.r < x.w:
	case len(p) < smallRead && b.left > int64(len(p)):
		if err = b.fill(); err != nil {
			return 0, err
		}
	default:
		n, err = b.receive(p)
		return n, b.took(n, err)
	}
	n = copy(p, x.in[x.r:x.w])
	x.r += n
	return n, b.took(n, nil)
}

// smallRead is the size, in bytes, below which a read goes through the buffer.
const smallRead = 4 << 10

func (b *body) took(n int, err error) error {
	b.left -= int64(n)
	if err == nil && b.left == 0 {
		return io.EOF
	}
	return err
}

func (b *body) takeDecoded(p []byte) (int, error) {
	x := b.s.x
	for len(b.decoded) == 0 && !b.decoder.Done() {
		content, n, err := b.decoder.Decode(x.in[x.r:x.w])
		if err != nil {
			return 0, err
		}
		x.r += n
		b.decoded = content
		if b.beyond(len(content), b.decoder.Left()) {
			return 0, message.ErrBodyTooLarge
		}
		if len(content) == 0 && !b.decoder.Done() {
			if err := b.fill(); err != nil {
				return 0, err
			}
		}
	}
	n := copy(p, b.decoded)
	b.decoded = b.decoded[n:]
	if len(b.decoded) == 0 && b.decoder.Done() {
		return n, io.EOF
	}
	return n, nil
}

// beyond reports whether n more bytes and those that their chunk announces are
// more than the listener takes. The sum of them may be no int64.
func (b *body) beyond(n int, announced int64) bool {
	return !b.draining && b.limit > 0 && announced > b.limit-b.received.Load()-int64(n)
}

// fill reads into the buffer.
func (b *body) fill() error {
	x := b.s.x
	if b.filled && x.r == x.w {
		x.enlarge()
	}
	room := x.space()
	n, err := b.receive(room)
	x.w += n
	b.filled = n == len(room)
	return err
}

// receive reads from the connection. The end of the connection is not the end
// of a body.
func (b *body) receive(p []byte) (int, error) {
	s := b.s
	for {
		by := b.drainBy
		if !b.draining {
			by = s.by(sock.Now())
		}
		s.c.Socket.ReadBy(by)
		n, err := s.c.Net.Read(p)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, io.EOF):
			return 0, io.ErrUnexpectedEOF
		case !errors.Is(err, sock.ErrInterrupted):
			return 0, err
		}
		s.c.Socket.Resume()
		if b.stopped.Load() && !b.draining {
			return 0, ErrBodyClosed
		}
	}
}

// Close makes every later Read fail, and a running one end.
func (b *body) Close() error {
	b.stopped.Store(true)
	if b.mu.TryLock() {
		b.mu.Unlock()
		return nil
	}
	b.socket.Interrupt() // whoever reads, now or next, finds out whether it is meant
	return nil
}
