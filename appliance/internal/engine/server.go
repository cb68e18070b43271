// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A Server serves one listening socket. Its address is fixed; everything else
// follows [Server.Update].
type Server struct {
	listener  net.Listener
	host      *session.Host
	tls       *tls.Config   // base of all handshakes: holds the session ticket keys
	accepting chan struct{} // closed when the accept loop has ended

	mu     sync.Mutex
	closed bool
}

// Listen opens a TCP socket ("host:port"; port 0 takes a free one) and serves it.
func Listen(address string, options Options) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listener %q: %w", options.ID, err)
	}
	return NewServer(listener, options), nil
}

// NewServer serves a TCP socket, which it then owns, until [Server.Shutdown].
func NewServer(listener net.Listener, options Options) *Server {
	s := &Server{listener: listener, host: session.NewHost(options), accepting: make(chan struct{})}
	s.tls = &tls.Config{GetConfigForClient: s.configForClient}
	go s.accept()
	return s
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Stats returns the figures as they are now.
func (s *Server) Stats() Stats { return s.host.Stats() }

// Update changes the options, which apply from the next request and handshake
// on. When the protocols change, connections that were made before are asked
// to end with what they have in flight, so that no request is lost.
func (s *Server) Update(options Options) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrServerClosed
	}
	old := s.host.Options()
	s.host.Update(options)
	if old.HTTP2 != options.HTTP2 || (old.TLS != nil) != (options.TLS != nil) {
		s.host.Retire()
	}
	return nil
}

// accept takes connections until the socket closes.
func (s *Server) accept() {
	defer close(s.accepting)
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, most likely: what is open may end soon.
			s.host.Options().Log.Error("cannot accept connections", "error", err)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if c := s.connection(conn); c != nil {
			go s.serve(c)
		} else {
			conn.Close()
		}
	}
}

// connection takes a connection over, or returns nil if it is not wanted.
func (s *Server) connection(conn net.Conn) *session.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		s.host.Options().Log.Error("the socket is not one of TCP", "address", s.Addr().String())
		return nil
	}
	socket, err := sock.New(tcp)
	if err != nil {
		return nil
	}
	c := &session.Conn{Host: s.host, Net: socket, Socket: socket, Remote: addrPort(tcp.RemoteAddr()), Local: addrPort(tcp.LocalAddr())}
	if !s.host.Add(c) {
		return nil
	}
	return c
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// StopAccepting closes the listening socket, so that its address is free when
// it returns. What came in through it goes on; Shutdown is still to be called.
func (s *Server) StopAccepting() error {
	err := s.listener.Close()
	<-s.accepting
	if errors.Is(err, net.ErrClosed) { // a second call
		return nil
	}
	return err
}

// Shutdown stops accepting and lets what is in flight end: connections
// without a request are closed, HTTP/2 clients get GOAWAY, upgraded
// connections run on. When ctx ends first, what is left is cut off and the
// error is that of ctx. Handlers that were cut off may still be returning.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.closed = true
	s.mu.Unlock()
	return errors.Join(s.StopAccepting(), s.host.Drain(ctx))
}

// Close cuts off everything at once.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
