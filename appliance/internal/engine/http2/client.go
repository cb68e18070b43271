// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// ErrNoConnectProtocol says that a target does not take extended CONNECT
// requests (RFC 8441, section 3), so that nothing can be upgraded over HTTP/2.
var ErrNoConnectProtocol = errors.New("the target does not offer SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441)")

// ClientOptions are fixed for a [Client]'s life.
type ClientOptions struct {
	Target string // host:port, for errors, and for :authority where a request has no host

	// Dial makes a connection until by: what is read and written, and the TCP
	// connection underneath. An error is a [message.TransportError] of
	// PhaseConnect or PhaseTLS. Requests that come meanwhile wait for it, so ctx
	// is not that of any of them.
	Dial func(ctx context.Context, by sock.Instant) (net.Conn, *sock.Conn, error)

	ResponseTimeout time.Duration // from the end of the request to the head of the response; 0: none
	StallTimeout    time.Duration // for a target that neither sends nor takes a byte in the middle of a message; 0: none
	IdleTimeout     time.Duration // for an unused connection; 0: none
	Secure          bool          // the scheme is https where a request has none

	PingAfter   time.Duration // silence, while streams are open, after which a connection is asked; 0: 30 s
	PingTimeout time.Duration // for its answer; 0: 15 s

	MaxConnections int // open at a time; requests beyond what they take wait; 0: 256
}

// A Client sends requests to one target, many at a time over few connections
// (RFC 9113). All of its methods are safe for concurrent use.
type Client struct {
	options ClientOptions

	conns   atomic.Pointer[[]*pooled] // those that take streams; copied when it changes, under mu
	waiting atomic.Int64              // waiters in line
	learned atomic.Int64              // streams that a connection of the target took lately

	mu      sync.Mutex
	dialing int       // connections under way
	dialled int64     // connections that were begun so far: the number of the last one
	line    []*waiter // in the order in which they came
	all     map[*pooled]struct{}
	closed  atomic.Bool
}

var _ message.RoundTripper = (*Client)(nil)

// NewClient returns a client. It makes no connection until it has to.
func NewClient(options ClientOptions) *Client {
	if options.PingAfter == 0 {
		options.PingAfter = 30 * time.Second
	}
	if options.PingTimeout == 0 {
		options.PingTimeout = 15 * time.Second
	}
	if options.MaxConnections == 0 {
		options.MaxConnections = 256
	}
	c := &Client{options: options, all: make(map[*pooled]struct{})}
	c.conns.Store(new([]*pooled))
	c.learned.Store(assumedStreams)
	return c
}

// maxAttempts is how often a request is sent that targets have not acted on.
const maxAttempts = 3

// RoundTrip implements [message.RoundTripper]. A request that the target has
// not acted on, since it refused the stream or went away, is sent again over
// another connection; so is, once, an idempotent one that a connection lost
// which had carried requests before: over one that was begun after that, since
// others may have died with it. A small body that has all come is kept for
// that. If the request can be sent again after an error, its body is what it
// was, though perhaps another object. A request that asks for an upgrade becomes
// an extended CONNECT (RFC 8441), whose success is shown as 101.
func (c *Client) RoundTrip(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	s := sendings.Get().(*sending)
	s.client, s.request = c, request
	defer s.free()
	failed := s.prepare()
	for attempt := 1; failed == nil; attempt++ {
		var x *call
		if x, failed = c.begin(ctx, s, response); failed != nil {
			break
		}
		if failed = x.await(interim); failed == nil {
			return nil
		}
		response.Reset()
		if !failed.MayRetry || attempt == maxAttempts {
			break
		}
		if !x.unprocessed() {
			if s.after > 0 {
				break
			}
			s.after = x.p.lost()
		}
		failed = nil
	}
	failed.Target = c.options.Target
	if failed.MayRetry {
		s.restore()
	}
	return failed
}

// begin opens a stream for the request.
func (c *Client) begin(ctx context.Context, s *sending, response *message.Response) (*call, *message.TransportError) {
	for range maxRefusals {
		if err := causeOf(ctx); err != nil {
			return nil, message.GaveUp(err)
		}
		p, failed := c.acquire(ctx, s)
		if failed != nil {
			return nil, failed
		}
		x := calls.Get().(*call)
		x.client, x.p, x.ctx, x.sending, x.response = c, p, ctx, s, response
		err := x.open()
		if err == nil {
			return x, nil
		}
		if p.c.ended() {
			p.shun()
		}
		p.release()
		switch {
		case errors.Is(err, errNoResponse):
			return nil, &message.TransportError{Phase: message.PhaseTimeout, Err: err, MayRetry: true}
		case !errors.Is(err, errNotOpen):
			return nil, &message.TransportError{Phase: message.PhaseRequest, Err: err}
		}
	}
	return nil, &message.TransportError{Phase: message.PhaseConnect, Err: errNotOpen, MayRetry: true}
}

// maxRefusals is how many connections may end between their choice and the
// opening of a stream.
const maxRefusals = 16

var errNotOpen = errors.New("the target's connections end before they take a request")

// Adopt takes over a connection on which HTTP/2 has been agreed on and nothing
// has been sent. The next request waits for it, if it has to.
func (c *Client) Adopt(conn net.Conn, socket *sock.Conn) {
	c.mu.Lock()
	c.dialing++
	c.dialled++
	number := c.dialled
	c.mu.Unlock()
	go c.serve(number, conn, socket)
}

// Open returns how many connections there are that take requests.
func (c *Client) Open() int {
	n := 0
	for _, p := range *c.conns.Load() {
		if !p.retired.Load() {
			n++
		}
	}
	return n
}

// CloseIdle closes the connections that have no streams.
func (c *Client) CloseIdle() {
	for _, p := range *c.conns.Load() {
		if p.active.Load() == 0 {
			p.retire()
		}
	}
}

// Close has every connection end when its last stream does. Requests that come
// later are served all the same, over connections that end with them.
func (c *Client) Close() {
	c.closed.Store(true)
	for _, p := range *c.conns.Load() {
		p.retire()
	}
}
