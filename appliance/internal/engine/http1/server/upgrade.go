// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Upgrade implements [message.Stream] (RFC 9110, section 7.8). The connection
// belongs to the caller, who closes it, also if the handler has returned; from
// then on the exchange's context does not tell whether the client is there. It
// ends when it has carried nothing either way for TunnelIdleTimeout.
//
// If the listener has as many tunnels as it may, the client is answered with
// 503 and the error is [ErrTunnels].
func (s *conn) Upgrade(header *message.Header) (net.Conn, error) {
	if s.stage != unanswered {
		return nil, ErrResponded
	}
	x := s.x
	if x.request.Upgrade() == "" {
		return nil, ErrNoUpgrade
	}
	if !s.c.Host.BeginTunnel() {
		s.fail(503)
		return nil, ErrTunnels
	}
	b, err := syntax.AppendInterim(x.out[:0], 101, header)
	if err == nil {
		_, err = s.put(b)
	}
	if err != nil {
		s.c.Host.EndTunnel()
		s.stage = broken
		return nil, &message.ClientError{Op: "write", Err: err}
	}
	s.stage = upgraded
	s.tunnelled.Store(true)
	t := &tunnel{s: s, early: slices.Clone(x.in[x.r:x.w])}
	t.idle = x.options.TunnelIdleTimeout
	x.abandon()
	t.touch()
	s.c.GoesOn = true // to the end of the tunnel
	s.tunnel = t
	return t, nil
}

// A tunnel is a client's connection after 101 Switching Protocols.
type tunnel struct {
	s     *conn
	early []byte        // came with the request
	idle  time.Duration // 0: for ever
	last  atomic.Int64  // when it last carried something, a sock.Instant
	once  sync.Once
	left  atomic.Bool // one of the two has let go: whoever holds it, and the goroutine that served the connection

	readBy, writeBy atomic.Int64 // set by the holder, a sock.Instant each

	watching sync.Mutex
	watch    *time.Timer // of OnIdle, until Close
}

var _ net.Conn = (*tunnel)(nil)

func (t *tunnel) touch() { t.last.Store(int64(sock.Now())) }

// idleBy returns when the tunnel has been idle for too long.
func (t *tunnel) idleBy() sock.Instant { return sock.Instant(t.last.Load()).After(t.idle) }

// readsBy returns when a read ends.
func (t *tunnel) readsBy() sock.Instant { return t.idleBy().Earlier(sock.Instant(t.readBy.Load())) }

// again reports whether a read or write that ended at its deadline is to be
// tried again: the deadline has moved, because the other direction carried
// something.
func (t *tunnel) again(holder *atomic.Int64) bool {
	by := t.idleBy().Earlier(sock.Instant(holder.Load()))
	return by == 0 || by > sock.Now()
}

// Read implements net.Conn.
func (t *tunnel) Read(p []byte) (int, error) {
	if len(t.early) > 0 {
		n := copy(p, t.early)
		t.early = t.early[n:]
		return n, nil
	}
	socket := t.s.c.Socket
	for {
		socket.ReadBy(t.readsBy())
		n, err := t.s.c.Net.Read(p)
		if n > 0 {
			t.touch()
			return n, nil
		}
		switch {
		case errors.Is(err, sock.ErrInterrupted): // tunnels outlive retirement
			socket.Resume()
		case !isTimeout(err) || !t.again(&t.readBy):
			return n, err
		}
	}
}

// Write implements net.Conn.
func (t *tunnel) Write(p []byte) (n int, err error) {
	socket := t.s.c.Socket
	for n < len(p) {
		part := p[n:]
		if !t.s.plain {
			part = part[:min(len(part), maxSecureWrite)]
		}
		t.touch()
		socket.WriteBy(t.idleBy().Earlier(sock.Instant(t.writeBy.Load())))
		did, err := t.s.c.Net.Write(part)
		n += did
		if err != nil && (!t.s.plain || !isTimeout(err) || did == 0 && !t.again(&t.writeBy)) {
			return n, err
		}
	}
	t.touch()
	return n, nil
}

// CloseWrite tells the client that nothing more comes.
func (t *tunnel) CloseWrite() error {
	if half, ok := t.s.c.Net.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil || t.s.plain {
			return err
		}
	}
	return nil
}

// Close ends reads and writes, at once and from any goroutine. The connection
// is closed by those who serve it.
func (t *tunnel) Close() error {
	t.once.Do(func() {
		t.s.c.Socket.Abort()
		t.s.c.Host.EndTunnel()
		t.watching.Lock()
		if t.watch != nil {
			t.watch.Stop()
			t.watch = nil
		}
		t.watching.Unlock()
		if !t.left.CompareAndSwap(false, true) {
			go t.s.close() // which waits for reads that are just ending
		}
	})
	return nil
}

// Abort makes every read and write fail, now and later, and from any goroutine:
// other than a deadline it cannot be overtaken by one that a running write sets.
// The tunnel is still to be closed.
func (t *tunnel) Abort() { t.s.c.Socket.Abort() }

// OnIdle has f called when the tunnel has carried nothing for too long, at most
// once and not after Close. It is for those who may be waiting for somebody else
// then, and not for a read or write of the tunnel.
func (t *tunnel) OnIdle(f func()) {
	if t.idle <= 0 {
		return
	}
	t.watching.Lock()
	defer t.watching.Unlock()
	t.watch = time.AfterFunc(t.idle, func() {
		t.watching.Lock()
		left, open := t.idleBy()-sock.Now(), t.watch != nil
		if left > 0 && open {
			t.watch.Reset(time.Duration(left))
		}
		t.watching.Unlock()
		if left <= 0 && open {
			f()
		}
	})
}

// LocalAddr implements net.Conn.
func (t *tunnel) LocalAddr() net.Addr { return t.s.c.Net.LocalAddr() }

// RemoteAddr implements net.Conn.
func (t *tunnel) RemoteAddr() net.Addr { return t.s.c.Net.RemoteAddr() }

// SetDeadline implements net.Conn.
func (t *tunnel) SetDeadline(d time.Time) error {
	return errors.Join(t.SetReadDeadline(d), t.SetWriteDeadline(d))
}

// SetReadDeadline implements net.Conn.
func (t *tunnel) SetReadDeadline(d time.Time) error {
	t.readBy.Store(int64(sock.At(d)))
	t.s.c.Socket.ReadBy(t.idleBy().Earlier(sock.At(d)))
	return nil
}

// SetWriteDeadline implements net.Conn.
func (t *tunnel) SetWriteDeadline(d time.Time) error {
	t.writeBy.Store(int64(sock.At(d)))
	t.s.c.Socket.WriteBy(t.idleBy().Earlier(sock.At(d)))
	return nil
}
