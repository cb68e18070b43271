// SPDX-License-Identifier: Apache-2.0

// Package session holds what the connections of one listening socket share,
// whatever protocol they speak: options, the list of who is there, counters,
// and the way in which a connection ends.
package session

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Host is what the connections of one listening socket share.
type Host struct {
	options atomic.Pointer[Options]
	tunnels atomic.Int64
	panics  atomic.Int64
	refused [600]atomic.Int64 // requests that no handler saw, by the status of their answer

	mu       sync.Mutex
	conns    map[*Conn]struct{}
	draining bool
	empty    chan struct{} // closed when the last connection ends; nil until Wait waits
	past     int64         // requests of connections that have ended
	accepted int64
	full     int64 // connections refused since there were as many as there may be
}

// NewHost returns a host without connections.
func NewHost(options Options) *Host {
	h := &Host{conns: make(map[*Conn]struct{})}
	h.options.Store(options.complete())
	return h
}

// Options returns the current options, which never change.
func (h *Host) Options() *Options { return h.options.Load() }

// Update changes the options.
func (h *Host) Update(options Options) { h.options.Store(options.complete()) }

// A Protocol is how a connection is asked to end. Its methods are called by
// others than the connection's own goroutines, at any time, and do not wait.
type Protocol interface {
	// Retire has the connection end when what is in flight has ended: at once if
	// there is nothing.
	Retire()

	// Abort cuts the connection off.
	Abort()
}

// A Conn is one client's connection, before a protocol takes it.
type Conn struct {
	Host   *Host
	Net    net.Conn             // what is read and written: Socket, or TLS over it
	Socket *sock.Conn           // the TCP connection
	TLS    *tls.ConnectionState // nil on plaintext connections
	Remote netip.AddrPort
	Local  netip.AddrPort

	Requests  atomic.Int64 // so far; the protocol counts
	Exchanges atomic.Int64 // now; the protocol counts
	GoesOn    bool         // the exchange outlives its handler: whoever sets it counts its end

	remoteIP string   // text of Remote
	protocol Protocol // guarded by Host.mu
	retired  atomic.Bool
	aborted  atomic.Bool
}

// Add puts a new connection on the list, or returns false if the host is
// draining or has as many as it may have.
func (h *Host) Add(c *Conn) bool {
	c.remoteIP = c.Remote.Addr().WithZone("").String()
	limit := h.Options().MaxConnections
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accepted++
	if h.draining {
		return false
	}
	if limit > 0 && len(h.conns) >= limit {
		h.full++
		return false
	}
	h.conns[c] = struct{}{}
	return true
}

// Speak says which protocol a connection speaks from now on. If the connection
// is to end already, the protocol learns of it now.
func (c *Conn) Speak(p Protocol) {
	c.Host.mu.Lock()
	c.protocol = p
	c.Host.mu.Unlock()
	if c.aborted.Load() {
		p.Abort()
	} else if c.retired.Load() {
		p.Retire()
	}
}

// Retired reports whether the connection is to end when what is in flight has.
func (c *Conn) Retired() bool { return c.retired.Load() }

// Aborted reports whether the connection has been cut off.
func (c *Conn) Aborted() bool { return c.aborted.Load() }

// End closes a connection and takes it off the list. Whoever serves it calls it
// once.
func (c *Conn) End() {
	_ = c.Net.Close() // nothing is left to be said
	c.Host.Remove(c)
}

// Remove takes a connection that has ended off the list.
func (h *Host) Remove(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.conns, c)
	h.past += c.Requests.Load()
	if len(h.conns) == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// Retire asks all connections to end with what they have in flight. Those that
// come later are not asked.
func (h *Host) Retire() {
	for _, c := range h.list() {
		c.retire()
	}
}

func (h *Host) list() []*Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	conns := make([]*Conn, 0, len(h.conns))
	for c := range h.conns {
		conns = append(conns, c)
	}
	return conns
}

func (c *Conn) retire() {
	c.retired.Store(true)
	if p := c.speaks(); p != nil {
		p.Retire()
	} else {
		c.Socket.Interrupt() // it has not said anything yet
	}
}

func (c *Conn) abort() {
	c.aborted.Store(true)
	if p := c.speaks(); p != nil {
		p.Abort()
	} else {
		c.Socket.Abort()
	}
}

func (c *Conn) speaks() Protocol {
	c.Host.mu.Lock()
	defer c.Host.mu.Unlock()
	return c.protocol
}

// Drain takes no more connections and asks those there are to end. When ctx
// ends first, what is left is cut off, and the error is that of ctx.
func (h *Host) Drain(ctx context.Context) error {
	h.mu.Lock()
	h.draining = true
	empty := make(chan struct{})
	if len(h.conns) == 0 {
		close(empty)
	} else {
		h.empty = empty
	}
	h.mu.Unlock()
	h.Retire()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	for _, c := range h.list() {
		c.abort()
	}
	return context.Cause(ctx)
}

// Handle has a request served and counts it. It reports whether the handler
// panicked, which is logged: the exchange is then to end as a failure.
func (c *Conn) Handle(ctx context.Context, request *message.Request, stream message.Stream) (panicked bool) {
	options := c.Host.Options()
	request.Listener, request.RemoteIP = options.ID, c.remoteIP
	c.Requests.Add(1)
	c.Exchanges.Add(1)
	defer func() {
		if !c.GoesOn {
			c.Exchanges.Add(-1)
		}
		p := recover()
		if p == nil {
			return
		}
		panicked = true
		c.Host.panics.Add(1)
		options.Log.Error("a handler panicked", "panic", fmt.Sprint(p), "method", request.Method,
			"host", request.Host, "path", request.Path, "stack", string(debug.Stack()))
	}()
	options.Handler.Serve(ctx, request, stream)
	return false
}

// BeginTunnel counts an upgraded connection, or returns false if there are as
// many as there may be.
func (h *Host) BeginTunnel() bool {
	limit := int64(h.Options().MaxTunnels)
	if n := h.tunnels.Add(1); limit > 0 && n > limit {
		h.tunnels.Add(-1)
		return false
	}
	return true
}

// Refuse counts a request that is answered without a handler.
func (h *Host) Refuse(status int) { h.refused[min(max(status, 0), len(h.refused)-1)].Add(1) }

// EndTunnel takes one off the count.
func (h *Host) EndTunnel() { h.tunnels.Add(-1) }

// Stats are a host's figures.
type Stats struct {
	Accepted    int64 // connections accepted so far
	Connections int64 // open now
	Requests    int64 // requests so far
	Exchanges   int64 // requests being served now, tunnels included
	Tunnels     int64 // upgraded connections and streams open now
	Panics      int64 // handlers that panicked so far
	Full        int64 // connections closed at once since there were as many as there may be

	Refused map[int]int64 // requests that no handler saw, by the status of their answer; nil if there were none
}

// Stats returns the figures as they are now.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Stats{Accepted: h.accepted, Connections: int64(len(h.conns)), Requests: h.past, Tunnels: h.tunnels.Load(), Panics: h.panics.Load(), Full: h.full}
	for c := range h.conns {
		s.Requests += c.Requests.Load()
		s.Exchanges += c.Exchanges.Load()
	}
	for status := range h.refused {
		if n := h.refused[status].Load(); n > 0 {
			if s.Refused == nil {
				s.Refused = make(map[int]int64)
			}
			s.Refused[status] = n
		}
	}
	return s
}
