// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Upgrade implements [message.Stream] for extended CONNECT (RFC 8441): the
// answer is 200, and the stream is the connection.
func (x *exchange) Upgrade(header *message.Header) (net.Conn, error) {
	if x.stage != unanswered {
		return nil, ErrResponded
	}
	if !x.tunnelling() {
		return nil, ErrNoUpgrade
	}
	if !x.server.session.Host.BeginTunnel() {
		_, _ = x.Respond(&message.Response{Status: 503}) // the client is gone if it fails
		return nil, ErrTunnels
	}
	var o outgoing
	x.c.mu.Lock()
	if x.out.err != nil {
		err := x.failed()
		x.c.unlock(&o)
		o.flush(false)
		x.server.session.Host.EndTunnel()
		return nil, err
	}
	x.c.beginHead()
	x.c.field(":status", "200")
	for _, f := range header.Fields() {
		switch name := lowerName(f.Name); {
		case name == "sec-websocket-accept", name == "content-length", !sendable(name, f.Value):
		default:
			x.c.field(name, f.Value)
		}
	}
	x.c.endHead(&x.stream, false)
	x.c.unlock(&o)
	t := &tunnel{x: x}
	x.in.mu.Lock()
	x.in.deadline = &t.reads
	x.in.mu.Unlock()
	x.c.mu.Lock()
	x.out.deadline = &t.writes
	x.c.mu.Unlock()
	x.stage = upgraded
	x.touch()
	x.tunnelled.Store(true)
	o.flush(true)
	return t, nil
}

func (x *exchange) touch() { x.active.Store(int64(sock.Now())) }

// A tunnel is the stream of an extended CONNECT as a connection.
type tunnel struct {
	x             *exchange
	reads, writes deadline // guarded as in and out are
	once          sync.Once
}

// Read implements net.Conn.
func (t *tunnel) Read(p []byte) (int, error) {
	var o outgoing
	n, err := t.x.readIn(p, &o)
	o.flush(false)
	t.x.touch()
	return n, err
}

// Write implements net.Conn.
func (t *tunnel) Write(p []byte) (int, error) {
	var o outgoing
	before := t.sent()
	err := t.x.write(p, &o)
	o.flush(true)
	t.x.touch()
	if err != nil {
		return int(t.sent() - before), err
	}
	return len(p), nil
}

func (t *tunnel) sent() int64 {
	t.x.c.mu.Lock()
	defer t.x.c.mu.Unlock()
	return t.x.out.sent
}

// CloseWrite tells the client that nothing more comes.
func (t *tunnel) CloseWrite() error {
	var o outgoing
	t.x.c.mu.Lock()
	err := t.x.out.err
	t.x.finish(nil)
	t.x.c.unlock(&o)
	o.flush(true)
	return err
}

// Close ends the tunnel: in order if the client has ended its side, or else
// with a reset.
func (t *tunnel) Close() error {
	t.once.Do(func() {
		x := t.x
		_ = t.CloseWrite() // the stream has ended if it fails
		var o outgoing
		if !x.in.closed.Load() {
			x.reset(http2.ErrCodeCancel, net.ErrClosed, &o)
		}
		x.closeIn(net.ErrClosed, &o)
		x.forget(&o)
		o.flush(true)
		x.in.mu.Lock()
		t.reads.stop()
		x.in.mu.Unlock()
		x.c.mu.Lock()
		t.writes.stop()
		x.c.mu.Unlock()
		x.server.session.Host.EndTunnel()
	})
	return nil
}

// LocalAddr implements net.Conn.
func (t *tunnel) LocalAddr() net.Addr { return t.x.c.net.LocalAddr() }

// RemoteAddr implements net.Conn.
func (t *tunnel) RemoteAddr() net.Addr { return t.x.c.net.RemoteAddr() }

// SetDeadline implements net.Conn.
func (t *tunnel) SetDeadline(at time.Time) error {
	_ = t.SetReadDeadline(at) // neither fails
	return t.SetWriteDeadline(at)
}

// SetReadDeadline implements net.Conn.
func (t *tunnel) SetReadDeadline(at time.Time) error {
	in := &t.x.in
	in.mu.Lock()
	defer in.mu.Unlock()
	t.reads.set(at, func() {
		in.mu.Lock()
		in.wake.Broadcast()
		in.mu.Unlock()
	})
	in.wake.Broadcast()
	return nil
}

// SetWriteDeadline implements net.Conn.
func (t *tunnel) SetWriteDeadline(at time.Time) error {
	t.x.c.mu.Lock()
	defer t.x.c.mu.Unlock()
	t.writes.set(at, t.x.wakeOut)
	t.x.out.room.Broadcast()
	return nil
}

var (
	_ net.Conn      = (*tunnel)(nil)
	_ io.ReadCloser = (*requestBody)(nil)
	_ relayable     = (*requestBody)(nil)
)
