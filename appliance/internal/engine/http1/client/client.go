// SPDX-License-Identifier: Apache-2.0

// Package client sends requests to one target in HTTP/1.1 and keeps its
// connections.
//
// An exchange runs on the goroutine that asks for it. A request without a body
// or with a small one is one write, and its answer, if it is small, one read:
// the connection is free again before the caller sees the response. Only a
// large body, or one of unknown length, is sent by a goroutine of its own, since
// the target may answer before it has taken all of it.
//
// What a target sends without having been asked is never taken for an answer:
// its connection is closed.
package client

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Options are fixed for a [Client]'s life.
type Options struct {
	Target string // host:port, for errors

	// Dial makes a connection until by: what is read and written, and the TCP
	// connection underneath. An error is a [message.TransportError] of
	// PhaseConnect or PhaseTLS.
	Dial func(ctx context.Context, by sock.Instant) (net.Conn, *sock.Conn, error)

	// Plain says that Dial's net.Conn reads and writes what the TCP connection
	// carries, so that the latter can be used in its place. It must be false for
	// TLS. A net.Conn that is the TCP connection needs no telling.
	Plain bool

	ResponseTimeout time.Duration // from the end of the request to the head of the response; 0: none
	StallTimeout    time.Duration // for a target that neither sends nor takes a byte in the middle of a message; 0: none
	IdleTimeout     time.Duration // for an unused connection; 0: none
	MaxIdle         int           // unused connections kept; 0: 2
}

// defaultMaxIdle is how many unused connections are kept if nothing is said.
const defaultMaxIdle = 2

// limits are those of a response's head, and of its trailers.
var limits = syntax.Limits{Bytes: 64 << 10, Fields: 256}

// A Client sends requests to one target.
type Client struct {
	options Options
	pool    pool
}

var _ message.RoundTripper = (*Client)(nil)

// New returns a client. It makes no connection until it has to.
func New(options Options) *Client {
	if options.MaxIdle == 0 {
		options.MaxIdle = defaultMaxIdle
	}
	c := &Client{options: options}
	c.pool.init(options.MaxIdle, options.IdleTimeout)
	return c
}

// RoundTrip implements [message.RoundTripper]. A small body is read before a
// connection is taken. If the request can be sent again after an error, its
// body is what it was, though perhaps another object. Safe requests that a
// connection has lost which had been used before are sent once more over a new
// one.
func (c *Client) RoundTrip(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	return c.roundTrip(nil, ctx, request, response, interim)
}

// RoundTripOn is RoundTrip over a new connection that somebody else has made.
// From now on it belongs to the client.
func (c *Client) RoundTripOn(conn net.Conn, socket *sock.Conn, ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	return c.roundTrip(c.own(conn, socket), ctx, request, response, interim)
}

func (c *Client) roundTrip(on *conn, ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	var s sending
	defer s.free()
	failed := s.prepare(request)
	if failed == nil {
		failed = c.attempts(on, ctx, &s, response, interim)
	} else if on != nil {
		on.close()
	}
	if failed == nil {
		return nil
	}
	response.Reset()
	failed.Target = c.options.Target
	if failed.MayRetry {
		s.restore()
	}
	return failed
}

// attempts sends the request, a second time if the first connection had been
// used before and was of no more use.
func (c *Client) attempts(on *conn, ctx context.Context, s *sending, response *message.Response, interim message.Interim) *message.TransportError {
	if ctx.Err() != nil {
		if on != nil {
			on.close()
		}
		return message.GaveUp(cause(ctx))
	}
	if on == nil {
		on = c.pool.take()
	}
	for {
		if on == nil {
			var failed *message.TransportError
			if on, failed = c.dial(ctx, s.request); failed != nil {
				return failed
			}
		}
		failed := on.exchange(ctx, s, response, interim)
		if failed == nil || !failed.Reused || !failed.MayRetry {
			return failed
		}
		on = nil
		response.Reset()
	}
}

func (c *Client) dial(ctx context.Context, request *message.Request) (*conn, *message.TransportError) {
	dialing, done := whileDialing(ctx)
	made, socket, err := c.options.Dial(dialing, sock.At(request.Deadline))
	done()
	if err == nil {
		return c.own(made, socket), nil
	}
	var failed *message.TransportError
	switch {
	case ctx.Err() != nil:
		return nil, message.GaveUp(cause(ctx))
	case errors.As(err, &failed):
		copied := *failed
		return nil, &copied
	}
	return nil, &message.TransportError{Phase: message.PhaseConnect, Err: err, MayRetry: true}
}

// own makes a connection the client's.
func (c *Client) own(made net.Conn, socket *sock.Conn) *conn {
	on := &conn{client: c, net: made, socket: socket, stream: made}
	if c.options.Plain || made == net.Conn(socket) {
		on.plain, on.stream = true, socket
	}
	on.decoder.Limits = limits
	return on
}

// CloseIdle closes the connections that are not in use now.
func (c *Client) CloseIdle() { c.pool.drop() }

// Close closes the connections that are not in use now, and the others when
// their exchanges end. Exchanges that begin later are served all the same.
func (c *Client) Close() {
	c.pool.closed.Store(true)
	c.pool.drop()
}

// Idle returns how many unused connections there are now.
func (c *Client) Idle() int { return int(c.pool.count.Load()) }
