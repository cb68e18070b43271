// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

var _ io.WriterTo = (*tunnel)(nil)

// WriteTo implements io.WriterTo. While nothing comes it holds no buffer.
func (t *tunnel) WriteTo(w io.Writer) (int64, error) {
	r := relay{t: t, to: w}
	if len(t.early) > 0 {
		early := t.early
		t.early = nil
		r.pass(early)
	}
	for r.failed == nil {
		var err error
		if t.s.plain {
			err = t.s.c.Socket.Loop(&r)
		} else {
			err = r.next()
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return r.moved, nil
		case errors.Is(err, sock.ErrInterrupted):
			t.s.c.Socket.Resume()
		case !isTimeout(err) || !t.again(&t.readBy):
			return r.moved, err
		}
	}
	return r.moved, r.failed
}

// A relay passes on what comes out of a tunnel.
type relay struct {
	t      *tunnel
	to     io.Writer
	buffer *sock.Small // nil while nothing has come
	moved  int64
	failed error // of the writer
}

var _ sock.Reader = (*relay)(nil)

// Space implements [sock.Reader].
func (r *relay) Space() []byte {
	if r.buffer == nil {
		r.buffer = sock.GetSmall()
	}
	return r.buffer[:]
}

// Got implements [sock.Reader].
func (r *relay) Got(n int) bool {
	r.t.touch()
	return r.pass(r.buffer[:n])
}

// Idle implements [sock.Reader].
func (r *relay) Idle() {
	if r.buffer != nil {
		sock.PutSmall(r.buffer)
		r.buffer = nil
	}
	r.t.s.c.Socket.ReadBy(r.t.readsBy())
}

func (r *relay) pass(p []byte) bool {
	n, err := r.to.Write(p)
	r.moved += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	r.failed = err
	return err == nil
}

// next passes on what a read of TLS returns, for which it waits with a buffer
// of one byte.
func (r *relay) next() error {
	r.Idle()
	s := r.t.s
	if n, err := s.c.Net.Read(s.first[:]); n == 0 {
		return err // or it comes again: TLS 1.2 tells the end together with bytes
	}
	p := r.Space()
	p[0] = s.first[0]
	n := 1
	s.c.Socket.Interrupt() // what TLS has decrypted can be read still
	more, _ := s.c.Net.Read(p[1:])
	s.c.Socket.Resume()
	n += more
	r.Got(n)
	return nil
}
