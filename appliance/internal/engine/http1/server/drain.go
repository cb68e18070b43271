// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"io"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// detach ends all reading by others, now and later. The connection's goroutine
// calls it when the handler has returned.
func (b *body) detach(s *conn) {
	if b == nil {
		return
	}
	b.stopped.Store(true)
	if !b.mu.TryLock() {
		s.c.Socket.Interrupt()
		b.mu.Lock()
		s.c.Socket.Resume()
	}
	b.s = nil
	b.mu.Unlock()
}

// unfinished reports whether the client is still to send a part of the body,
// or has sent it and nobody has read it.
func (b *body) unfinished() bool { return b != nil && !b.ended.Load() }

// withheld reports whether the client waits to be told to send the body, and
// has not been.
func (b *body) withheld(s *conn) bool {
	return s.x.head.ExpectContinue && !b.invited.Load()
}

// How much of a request is read after its response, in bytes, and for how
// long, so that the connection can be used again.
const (
	maxDrain  = 256 << 10
	drainTime = 5 * time.Second
)

// discard reads what is left of a body, if that is not too much and comes in
// time.
func (b *body) discard(s *conn) bool {
	x := s.x
	if b.failed.Load() || b.withheld(s) || !b.chunked && b.left > maxDrain+int64(s.buffered()) {
		return false
	}
	if !b.chunked && b.left <= int64(s.buffered()) {
		x.r += int(b.left)
		return true
	}
	limit := drainTime
	if idle := x.options.IdleTimeout; idle > 0 {
		limit = min(limit, idle)
	}
	b.s, b.draining, b.drainBy = s, true, sock.Now().After(limit)
	defer func() { b.s = nil }()
	buffer := sock.GetSmall()
	defer sock.PutSmall(buffer)
	for left := maxDrain; left > 0; {
		n, err := b.take(buffer[:])
		left -= n
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return false
		}
	}
	return false
}
