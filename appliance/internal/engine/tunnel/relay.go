// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A relay passes on what comes out of a tunnel.
type relay struct {
	source *Source
	to     io.Writer
	buffer *sock.Small // nil while nothing has come
	first  [1]byte     // of what comes next over TLS
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
	r.source.touch()
	return r.pass(r.buffer[:n])
}

// Idle implements [sock.Reader].
func (r *relay) Idle() {
	r.release()
	r.source.wait()
}

func (r *relay) release() {
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

// next passes on what a read of TLS returns, for which it waits with a buffer
// of one byte.
func (r *relay) next() error {
	r.Idle()
	s := r.source
	if n, err := s.Secure.Read(r.first[:]); n == 0 {
		return err // or it comes again: TLS 1.2 tells the end together with bytes
	}
	p := r.Space()
	p[0] = r.first[0]
	s.Socket.Interrupt() // what TLS has decrypted can be read still
	n, _ := s.Secure.Read(p[1:])
	s.Socket.Resume()
	r.Got(1 + n)
	return nil
}
