// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

var _ io.WriterTo = (*tunnel)(nil)

// WriteTo implements io.WriterTo. Without TLS it holds no buffer while nothing
// comes.
func (t *tunnel) WriteTo(w io.Writer) (int64, error) {
	r := relay{to: w}
	if early := t.conn.room.bytes(); len(early) > 0 {
		ok := r.pass(early)
		t.conn.room.free()
		if !ok {
			return r.moved, r.failed
		}
	}
	defer r.Idle()
	for {
		var err error
		if t.conn.plain {
			err = t.conn.socket.Loop(&r)
		} else {
			err = r.next(t.conn.stream)
		}
		switch {
		case r.failed != nil:
			return r.moved, r.failed
		case err == nil:
		case errors.Is(err, io.EOF):
			return r.moved, nil
		default:
			return r.moved, err
		}
	}
}

// A relay passes on what comes out of a tunnel.
type relay struct {
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
func (r *relay) Got(n int) bool { return r.pass(r.buffer[:n]) }

// Idle implements [sock.Reader].
func (r *relay) Idle() {
	if r.buffer != nil {
		sock.PutSmall(r.buffer)
		r.buffer = nil
	}
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

// next passes on what one read returns.
func (r *relay) next(from io.Reader) error {
	n, err := from.Read(r.Space())
	if n > 0 {
		r.Got(n)
	}
	return err
}
