// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// assumedStreams is how many streams a connection takes until its SETTINGS say
// (RFC 9113, section 6.5.2, recommends no less).
const assumedStreams = 100

// fewStreams is how many streams a connection has before another one is made
// beside it, as long as there are fewer than maxSpread: one connection has one
// reader and one writer at a time, so that it is no faster than one core. With
// 100 streams at a time on two cores, 16 took about 0.6 of the time that 64 or no
// limit did (BenchmarkClientUnary, on a machine busy with other work).
const fewStreams = 16

// maxSpread is how many connections are made for speed alone.
func maxSpread() int { return min(runtime.GOMAXPROCS(0), 4) }

// A waiter is a request that no connection takes now.
type waiter struct {
	ready  chan struct{} // closed when p or failed is set
	after  int64         // only connections with higher numbers will do
	p      *pooled
	failed *message.TransportError
}

// acquire returns a connection on which a stream is reserved. It takes no lock
// unless it has to wait.
func (c *Client) acquire(ctx context.Context, s *sending) (*pooled, *message.TransportError) {
	if p := c.choose(s.after); p != nil {
		return p, nil
	}
	c.mu.Lock()
	c.waiting.Add(1) // first: whoever gives a stream back from here on looks for waiters
	if len(c.all)+c.dialing >= c.options.MaxConnections {
		s.after = 0 // no other one can be made
	}
	if p := c.choose(s.after); p != nil {
		c.waiting.Add(-1)
		c.mu.Unlock()
		return p, nil
	}
	w := &waiter{ready: make(chan struct{}), after: s.after}
	c.line = append(c.line, w)
	c.dialMore()
	c.mu.Unlock()
	return c.wait(ctx, s.request, w)
}

// wait waits in line: at most until the exchange must be over and, if no
// connection is under way, as long as for a response.
func (c *Client) wait(ctx context.Context, request *message.Request, w *waiter) (*pooled, *message.TransportError) {
	var late *time.Timer
	var elapsed <-chan time.Time
	by := sock.At(request.Deadline)
	if next := by.Earlier(sock.Now().After(c.options.ResponseTimeout)); next != 0 {
		late = time.NewTimer(time.Duration(next - sock.Now()))
		defer late.Stop()
		elapsed = late.C
	}
	var failed *message.TransportError
	for failed == nil {
		select {
		case <-w.ready:
			return w.p, w.failed
		case <-ctx.Done():
			failed = message.GaveUp(causeOf(ctx))
		case <-elapsed:
			now := sock.Now()
			if (by == 0 || now < by) && c.underWay() {
				late.Reset(time.Duration(by.Earlier(now.After(c.options.ResponseTimeout)) - now))
				continue
			}
			failed = &message.TransportError{Phase: message.PhaseTimeout, Err: errNoStream, MayRetry: true}
		}
	}
	if !c.leave(w) { // it has just got one
		if w.p != nil {
			w.p.release()
		}
	}
	return nil, failed
}

// underWay reports whether a connection is being made.
func (c *Client) underWay() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dialing > 0
}

var errNoStream error = &timeoutError{"all of the target's connections have as many streams as they take"}

// leave takes a waiter out of the line, unless it is no longer in it.
func (c *Client) leave(w *waiter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.line, w)
	if i < 0 {
		return false
	}
	c.line = slices.Delete(c.line, i, i+1)
	c.waiting.Add(-1)
	return true
}

// choose reserves a stream on the first connection that has few, or else on the
// one that has fewest, and returns that; nil if all have as many as they take.
// after is the number of the last connection that will not do.
func (c *Client) choose(after int64) *pooled {
	conns := *c.conns.Load()
	var best *pooled
	var least int64
	for _, p := range conns {
		if p.number <= after {
			continue
		}
		n := p.active.Load()
		if n < fewStreams && p.reserve(fewStreams) {
			return p
		}
		if n < p.limit.Load() && (best == nil || n < least) {
			best, least = p, n
		}
	}
	if best == nil || !best.reserve(1<<62) {
		return nil
	}
	if len(conns) < maxSpread() {
		c.spread()
	}
	return best
}

// spread has a connection made that nobody waits for, unless one is under way.
func (c *Client) spread() {
	if c.mu.TryLock() {
		if c.dialing == 0 && len(*c.conns.Load()) < min(maxSpread(), c.options.MaxConnections) {
			c.dial()
		}
		c.mu.Unlock()
	}
}

// dialMore has as many connections made as those in line need, if each takes
// what the last ones took. The caller holds mu.
func (c *Client) dialMore() {
	each := c.learned.Load()
	have := len(c.all) + c.dialing
	if each == 0 { // the target takes none for now: more connections are of no use
		each, have = 1<<62, have+c.options.MaxConnections-1
	}
	for need := (int64(len(c.line)) + each - 1) / each; int64(c.dialing) < need && have < c.options.MaxConnections; have++ {
		c.dial()
	}
}

// dial begins to make a connection. The caller holds mu.
func (c *Client) dial() {
	c.dialing++
	c.dialled++
	number := c.dialled
	go func() {
		conn, socket, err := c.options.Dial(context.Background(), 0)
		if err != nil {
			c.undialled(err)
			return
		}
		c.serve(number, conn, socket)
	}()
}

// undialled tells those in line that a connection could not be made: as many
// as it would have taken, all if no other one is under way.
func (c *Client) undialled(err error) {
	var failed *message.TransportError
	if !errors.As(err, &failed) {
		failed = &message.TransportError{Phase: message.PhaseConnect, Err: err, MayRetry: true}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialing--
	n := len(c.line)
	if c.dialing > 0 {
		n = min(n, int(max(1, c.learned.Load())))
	}
	for _, w := range c.line[:n] {
		own := *failed
		w.failed = &own
		close(w.ready)
	}
	c.line = slices.Delete(c.line, 0, n)
	c.waiting.Add(int64(-n))
}

// serve runs a connection to its end.
func (c *Client) serve(number int64, conn net.Conn, socket *sock.Conn) {
	p := newPooled(c, number, conn, socket)
	_ = p.c.run(nil) // its streams know why it ended
	p.gone()
	conn.Close()
}

// publish has a connection take streams.
func (c *Client) publish(p *pooled) {
	c.mu.Lock()
	c.dialing--
	c.all[p] = struct{}{}
	list := append(slices.Clone(*c.conns.Load()), p)
	c.conns.Store(&list)
	c.hand()
	c.mu.Unlock()
	if c.closed.Load() && p.active.Load() == 0 {
		p.retire()
	}
}

// unpublish takes a connection off the list of those that take streams.
func (c *Client) unpublish(p *pooled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := *c.conns.Load()
	if i := slices.Index(old, p); i >= 0 {
		list := slices.Delete(slices.Clone(old), i, i+1)
		c.conns.Store(&list)
	}
}

// forget takes a connection that has ended off the count.
func (c *Client) forget(p *pooled) {
	c.unpublish(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.all, p)
	c.hand()
}

// freed hands streams to those in line, if there are any.
func (c *Client) freed() {
	if c.waiting.Load() == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hand()
}

// hand gives those in line what there is, and has more connections made for the
// rest. The caller holds mu.
func (c *Client) hand() {
	rest := c.line[:0]
	for i, w := range c.line {
		if w.p = c.choose(w.after); w.p != nil {
			close(w.ready)
			continue
		}
		rest = append(rest, w)
		if w.after == 0 { // there is none for those behind it either
			rest = append(rest, c.line[i+1:]...)
			break
		}
	}
	c.waiting.Add(int64(len(rest) - len(c.line)))
	clear(c.line[len(rest):])
	c.line = rest
	c.dialMore()
}
