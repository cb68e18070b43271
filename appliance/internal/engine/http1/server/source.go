// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

var _ sock.Source = (*body)(nil)

// Left implements [sock.Source]: 0 if the body is chunked or comes over TLS.
func (b *body) Left() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil || !b.s.plain || b.chunked || b.stopped.Load() || b.err != nil {
		return 0
	}
	return b.left
}

// SpliceTo implements [sock.Source].
func (b *body) SpliceTo(dst *sock.Conn, writeBy func() sock.Instant) (moved int64, read, write error) {
	if b.ended.Load() {
		return 0, nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return 0, b.err, nil
	case b.s == nil || b.stopped.Load():
		return 0, ErrBodyClosed, nil
	}
	if err := b.invite(); err != nil {
		return 0, b.fail(err), nil
	}
	x := b.s.x
	if here := x.in[x.r:min(int64(x.w), int64(x.r)+b.left)]; len(here) > 0 {
		dst.WriteBy(writeBy())
		n, err := dst.Write(here)
		x.r += n
		b.moved(&moved, int64(n))
		if err != nil {
			return moved, nil, err
		}
	}
	for b.left > 0 {
		n, err, failed := sock.Splice(dst, b.socket, b.left, b.readBy, writeBy)
		b.moved(&moved, n)
		switch {
		case failed != nil:
			_ = b.fail(errInPipe) // for whoever reads next
			return moved, nil, failed
		case errors.Is(err, sock.ErrInterrupted):
			b.socket.Resume()
			if b.stopped.Load() {
				return moved, ErrBodyClosed, nil
			}
		case err != nil:
			return moved, b.fail(err), nil
		}
	}
	b.ended.Store(true)
	return moved, nil, nil
}

func (b *body) moved(sum *int64, n int64) {
	*sum += n
	b.left -= n
	b.received.Add(n)
}

func (b *body) readBy() sock.Instant { return b.s.by(sock.Now()) }
