// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/tunnel"
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
	t := &upgrade{s: s, idle: x.options.TunnelIdleTimeout}
	t.Source = tunnel.Source{Socket: s.c.Socket, Clock: t}
	if !s.plain {
		t.Secure = s.c.Net
	}
	if s.buffered() > 0 {
		t.Early = bytes.Clone(x.in[x.r:x.w])
	}
	x.abandon()
	t.Touch()
	s.c.GoesOn = true // to the end of the tunnel
	s.tunnel = t
	return t, nil
}

// An upgrade is a client's connection after 101 Switching Protocols.
type upgrade struct {
	tunnel.Source
	s    *conn
	idle time.Duration // 0: for ever
	last atomic.Int64  // when it last carried something, a sock.Instant
	once sync.Once
	left atomic.Bool // one of the two has let go: whoever holds it, and the goroutine that served the connection

	readBy, writeBy atomic.Int64 // set by the holder, a sock.Instant each

	watching sync.Mutex
	watch    *time.Timer // of OnIdle, until Close
}

var (
	_ net.Conn     = (*upgrade)(nil)
	_ io.WriterTo  = (*upgrade)(nil)
	_ tunnel.Clock = (*upgrade)(nil)
)

// Touch implements [tunnel.Clock].
func (t *upgrade) Touch() { t.last.Store(int64(sock.Now())) }

// idleBy returns when the tunnel has been idle for too long.
func (t *upgrade) idleBy() sock.Instant { return sock.Instant(t.last.Load()).After(t.idle) }

// ReadsBy implements [tunnel.Clock].
func (t *upgrade) ReadsBy() sock.Instant { return t.idleBy().Earlier(sock.Instant(t.readBy.Load())) }

// Again implements [tunnel.Clock].
func (t *upgrade) Again() bool { return t.again(&t.readBy) }

// again reports whether a read or write that ended at its deadline is to be
// tried again: the deadline has moved, because the other direction carried
// something.
func (t *upgrade) again(holder *atomic.Int64) bool {
	by := t.idleBy().Earlier(sock.Instant(holder.Load()))
	return by == 0 || by > sock.Now()
}

// Write implements net.Conn.
func (t *upgrade) Write(p []byte) (n int, err error) {
	socket := t.s.c.Socket
	for n < len(p) {
		part := p[n:]
		if !t.s.plain {
			part = part[:min(len(part), maxSecureWrite)]
		}
		t.Touch()
		socket.WriteBy(t.idleBy().Earlier(sock.Instant(t.writeBy.Load())))
		did, err := t.s.c.Net.Write(part)
		n += did
		if err != nil && (!t.s.plain || !isTimeout(err) || did == 0 && !t.again(&t.writeBy)) {
			return n, err
		}
	}
	t.Touch()
	return n, nil
}

// CloseWrite tells the client that nothing more comes.
func (t *upgrade) CloseWrite() error {
	if half, ok := t.s.c.Net.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil || t.s.plain {
			return err
		}
	}
	return nil
}

// Close ends reads and writes, at once and from any goroutine. The connection
// is closed by those who serve it.
func (t *upgrade) Close() error {
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
func (t *upgrade) Abort() { t.s.c.Socket.Abort() }

// OnIdle has f called when the tunnel has carried nothing for too long, at most
// once and not after Close. It is for those who may be waiting for somebody else
// then, and not for a read or write of the tunnel.
func (t *upgrade) OnIdle(f func()) {
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
func (t *upgrade) LocalAddr() net.Addr { return t.s.c.Net.LocalAddr() }

// RemoteAddr implements net.Conn.
func (t *upgrade) RemoteAddr() net.Addr { return t.s.c.Net.RemoteAddr() }

// SetDeadline implements net.Conn.
func (t *upgrade) SetDeadline(d time.Time) error {
	return errors.Join(t.SetReadDeadline(d), t.SetWriteDeadline(d))
}

// SetReadDeadline implements net.Conn.
func (t *upgrade) SetReadDeadline(d time.Time) error {
	t.readBy.Store(int64(sock.At(d)))
	t.s.c.Socket.ReadBy(t.idleBy().Earlier(sock.At(d)))
	return nil
}

// SetWriteDeadline implements net.Conn.
func (t *upgrade) SetWriteDeadline(d time.Time) error {
	t.writeBy.Store(int64(sock.At(d)))
	t.s.c.Socket.WriteBy(t.idleBy().Earlier(sock.At(d)))
	return nil
}
