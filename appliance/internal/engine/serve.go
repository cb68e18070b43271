// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/server"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// serve finds out what a connection speaks, and has it served.
func (s *Server) serve(c *session.Conn) {
	options := s.host.Options()
	if options.TLS != nil {
		s.serveTLS(c, options)
		return
	}
	if !options.HTTP2 {
		server.Serve(c, nil)
		return
	}
	early, err := sniff(c.Socket, firstBytes(options))
	switch {
	case err != nil && len(early) == 0:
		c.End()
	case bytes.HasPrefix(early, []byte(clientPreface)):
		http2.Serve(c, early)
		c.End()
	default: // what has come may be a part of a request, and even an end may follow one
		server.Serve(c, early)
	}
}

// sniff returns the first bytes of a connection: enough to tell.
func sniff(socket *sock.Conn, by sock.Instant) ([]byte, error) {
	socket.ReadBy(by)
	p := preface{}
	for {
		err := socket.Loop(&p)
		switch {
		case errors.Is(err, sock.ErrResting):
		case errors.Is(err, sock.ErrInterrupted) && socket.Pending():
			socket.Resume() // what came before the retirement is served
		default:
			return p.take(), err
		}
	}
}

// firstBytes returns until when a new connection may be silent.
func firstBytes(o *Options) sock.Instant {
	now := sock.Now()
	return now.After(o.HeaderTimeout).Earlier(now.After(o.IdleTimeout))
}

// serveTLS makes the handshake, in which ALPN chooses the protocol (RFC 7301).
func (s *Server) serveTLS(c *session.Conn, options *Options) {
	secure := tls.Server(c.Socket, s.tls)
	c.Net = secure
	by := firstBytes(options)
	c.Socket.ReadBy(by)
	c.Socket.WriteBy(by)
	if err := secure.Handshake(); err != nil {
		options.Log.Debug("a TLS handshake failed", "remote", c.Remote, "error", err)
		c.End()
		return
	}
	c.Socket.WriteBy(0)
	state := secure.ConnectionState()
	c.TLS = &state
	if state.NegotiatedProtocol == "h2" {
		http2.Serve(c, nil)
		c.End()
	} else {
		server.Serve(c, nil)
	}
}

// configForClient asks the options for the configuration of a handshake.
func (s *Server) configForClient(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	options := s.host.Options()
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

// clientPreface begins every HTTP/2 connection of a client (RFC 9113, section
// 3.4). No request of HTTP/1 begins like it.
const clientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A preface reads the first bytes of a connection: until they are the preface
// of HTTP/2, or can no longer become it.
type preface struct {
	buffer *sock.Small
	n      int
}

func (p *preface) Space() []byte {
	if p.buffer == nil {
		p.buffer = sock.GetSmall()
	}
	return p.buffer[p.n:]
}

func (p *preface) Got(n int) bool {
	p.n += n
	return p.n < len(clientPreface) && string(p.buffer[:p.n]) == clientPreface[:p.n]
}

func (p *preface) Idle() {
	if p.n == 0 && p.buffer != nil {
		sock.PutSmall(p.buffer)
		p.buffer = nil
	}
}

// take returns a copy of the bytes.
func (p *preface) take() []byte {
	if p.buffer == nil {
		return nil
	}
	early := bytes.Clone(p.buffer[:p.n])
	sock.PutSmall(p.buffer)
	return early
}
