// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
)

// Limits of HTTP/2 connections from clients.
const (
	maxStreams       = 1000    // at a time on one connection
	connectionWindow = 2 << 20 // bytes in flight from a client on one connection
	streamWindow     = 1 << 20 // bytes in flight from a client on one stream
	maxFrame         = 16384   // bytes of a frame; a connection keeps a buffer of it (RFC 9113, section 4.2: the least)
)

// A generation is the connections that were accepted under one wiring.
type generation struct {
	server  *Server
	wiring  wiring
	http    *http.Server
	conns   chan net.Conn
	done    chan struct{} // closed by retire
	doomed  sync.Map      // net.Conn: those whose next bytes are no request
	retired atomic.Bool
	open    atomic.Int64 // connections, those being delivered included
}

func newGeneration(s *Server, w wiring) *generation {
	g := &generation{server: s, wiring: w, conns: make(chan net.Conn), done: make(chan struct{})}
	g.http = &http.Server{
		Handler:           g,
		ReadHeaderTimeout: w.headerTimeout,
		IdleTimeout:       w.idleTimeout,
		MaxHeaderBytes:    w.maxHeaderBytes,
		Protocols:         new(http.Protocols),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          maxStreams,
			MaxReceiveBufferPerConnection: connectionWindow,
			MaxReceiveBufferPerStream:     streamWindow,
			MaxReadFrameSize:              maxFrame,
		},
		ConnContext:                  withPeer,
		ConnState:                    g.connState,
		ErrorLog:                     log.New(complaints{s}, "", 0),
		DisableGeneralOptionsHandler: true,
	}
	g.http.Protocols.SetHTTP1(true)
	g.http.Protocols.SetHTTP2(w.http2)
	g.http.Protocols.SetUnencryptedHTTP2(w.http2)
	go func() { _ = g.http.Serve(queue{g}) }() // ends with retire, as its listener does
	return g
}

// deliver reports whether the generation took the connection, which is
// counted as open already.
func (g *generation) deliver(conn net.Conn) bool {
	select {
	case g.conns <- conn:
		return true
	case <-g.done:
		g.release()
		return false
	}
}

// retire ends acceptance and reports whether there is no connection.
func (g *generation) retire() bool {
	if !g.retired.Swap(true) {
		close(g.done)
	}
	return g.open.Load() == 0
}

func (g *generation) release() {
	if g.open.Add(-1) == 0 && g.retired.Load() {
		g.server.forget(g)
	}
}

func (g *generation) connState(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.server.counts.connections.Add(1)
	case http.StateIdle:
		if _, doomed := g.doomed.Load(conn); doomed {
			conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		g.doomed.Delete(conn)
		g.server.counts.connections.Add(-1)
		g.release()
	}
}

// doom has a connection closed when its response is written. net/http would
// take the rest of a body that it could not read to its end for a request.
func (g *generation) doom(conn net.Conn) { g.doomed.Store(conn, nil) }

// shutdown waits for the exchanges in flight and cuts them off when ctx ends.
func (g *generation) shutdown(ctx context.Context) {
	if err := g.http.Shutdown(ctx); err != nil {
		_ = g.http.Close()
	}
}

// A queue is the listener of a generation: connections that the server
// accepted.
type queue struct{ g *generation }

func (q queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.g.conns:
		return conn, nil
	case <-q.g.done:
		return nil, net.ErrClosed
	}
}

func (q queue) Close() error   { return nil }
func (q queue) Addr() net.Addr { return q.g.server.Addr() }

// A peer is what every request of a connection shares.
type peer struct {
	remote, local netip.AddrPort
	conn          net.Conn
}

type peerKey struct{}

func withPeer(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, &peer{addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr()), conn})
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// complaints takes what net/http logs about clients, such as failed handshakes.
type complaints struct{ s *Server }

func (c complaints) Write(line []byte) (int, error) {
	c.s.settings.Load().log.LogAttrs(context.Background(), slog.LevelDebug, "connection failed",
		slog.String("error", strings.TrimSpace(string(line))))
	return len(line), nil
}
