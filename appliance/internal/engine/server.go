// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Server serves one listening socket. Its address is fixed; everything else
// follows [Server.Update].
type Server struct {
	listener net.Listener
	settings atomic.Pointer[settings]
	tls      *tls.Config // base of all handshakes: holds the session ticket keys
	counts   counts

	accepting chan struct{} // closed when the accept loop has ended

	mu          sync.Mutex
	closed      bool
	current     *generation
	generations map[*generation]struct{} // those that have connections, and the current one
	tunnels     map[*tunnel]struct{}
	noTunnels   chan struct{} // closed when the last tunnel ends; nil until Shutdown waits
}

// settings are options made ready for use by every request.
type settings struct {
	Options
	log *slog.Logger
}

// Listen opens a TCP socket ("host:port"; port 0 takes a free one) and serves it.
func Listen(address string, options Options) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listener %q: %w", options.ID, err)
	}
	return NewServer(listener, options), nil
}

// NewServer serves a socket, which it then owns, until [Server.Shutdown].
func NewServer(listener net.Listener, options Options) *Server {
	s := &Server{
		listener:    listener,
		accepting:   make(chan struct{}),
		generations: make(map[*generation]struct{}),
		tunnels:     make(map[*tunnel]struct{}),
	}
	s.tls = &tls.Config{GetConfigForClient: s.configForClient}
	_ = s.Update(options) // fails on a closed server only
	go s.accept()
	return s
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Update changes the options. Handler and certificates apply from the next
// request and handshake on. The rest applies to new connections; the old ones
// are asked to close with their next response, so that no request is lost.
func (s *Server) Update(options Options) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrServerClosed
	}
	s.settings.Store(&settings{options, logOf(&options)})
	old := s.current
	if old != nil && old.wiring == wiringOf(&options) {
		return nil
	}
	s.current = newGeneration(s, wiringOf(&options))
	s.generations[s.current] = struct{}{}
	if old != nil && old.retire() {
		delete(s.generations, old)
	}
	return nil
}

// accept hands connections to the current generation until the socket closes.
func (s *Server) accept() {
	defer close(s.accepting)
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, most likely: what is open may end soon.
			s.settings.Load().log.Error("cannot accept connections", "error", err)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		s.counts.accepted.Add(1)
		s.deliver(conn)
	}
}

func (s *Server) deliver(conn net.Conn) {
	for {
		s.mu.Lock()
		g, closed := s.current, s.closed
		g.open.Add(1) // from now on the generation is not forgotten
		s.mu.Unlock()
		if closed {
			g.release()
			conn.Close()
			return
		}
		if g.wiring.secure {
			if g.deliver(tls.Server(conn, s.tls)) {
				return
			}
		} else if g.deliver(conn) {
			return
		}
	}
}

// configForClient asks the options for the configuration of a handshake.
func (s *Server) configForClient(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	options := s.settings.Load()
	if options.TLS == nil {
		return nil, errors.New("the listener has become plaintext")
	}
	config, err := options.TLS(hello)
	if err != nil {
		return nil, err
	}
	if config == nil {
		return nil, fmt.Errorf("listener %q has no certificate for %q", options.ID, hello.ServerName)
	}
	config = config.Clone()
	config.NextProtos = []string{"http/1.1"}
	if options.HTTP2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config, nil
}

// forget drops a generation that has no connection left.
func (s *Server) forget(g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g != s.current {
		delete(s.generations, g)
	}
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

	err := s.StopAccepting()

	s.mu.Lock()
	s.current.retire()
	var ending sync.WaitGroup
	for g := range s.generations {
		ending.Go(func() { g.shutdown(ctx) })
	}
	s.mu.Unlock()
	ending.Wait()

	s.endTunnels(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
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
