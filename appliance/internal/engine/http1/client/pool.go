// SPDX-License-Identifier: Apache-2.0

package client

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

const (
	shards = 8

	// Bounds of how often unused connections are looked at.
	minSweep = 5 * time.Millisecond
	maxSweep = 5 * time.Second
)

// A pool is the unused connections to a target. It has parts with a lock
// each, and what one part has not is looked for in the others. In each part the
// connection that was used last is taken first, so that those beyond the need
// grow old and are closed.
type pool struct {
	max     int64
	timeout time.Duration
	every   time.Duration // between two sweeps

	closed   atomic.Bool
	count    atomic.Int64 // connections in all parts, and those about to be put there
	sweeping atomic.Bool
	parts    [shards]part
}

// A part has its own cache line, or two.
type part struct {
	mu    sync.Mutex
	conns []*conn // the one that was used last at the end
	some  atomic.Bool
	_     [80]byte
}

func (p *pool) init(most int, timeout time.Duration) {
	p.max, p.timeout, p.every = int64(most), timeout, maxSweep
	if timeout > 0 {
		p.every = min(max(timeout/4, minSweep), maxSweep)
	}
}

// take returns an unused connection that can be used, or nil. Each is looked
// at, for what a target says that was not asked must never be the answer to
// somebody's request.
func (p *pool) take() *conn {
	for p.count.Load() > 0 {
		c := p.pop()
		if c == nil {
			return nil
		}
		if c.quiet() {
			return c
		}
		c.close()
	}
	return nil
}

func (p *pool) pop() *conn {
	first := rand.Uint32()
	for i := range uint32(shards) {
		part := &p.parts[(first+i)%shards]
		if !part.some.Load() {
			continue
		}
		part.mu.Lock()
		if last := len(part.conns) - 1; last >= 0 {
			c := part.conns[last]
			part.conns[last] = nil
			part.conns = part.conns[:last]
			part.some.Store(last > 0)
			part.mu.Unlock()
			p.count.Add(-1)
			return c
		}
		part.mu.Unlock()
	}
	return nil
}

// put takes a connection back, or closes it if there are enough.
func (p *pool) put(c *conn) {
	if p.count.Add(1) > p.max {
		p.count.Add(-1)
		c.close()
		return
	}
	c.since = 0
	part := &p.parts[rand.Uint32()%shards]
	part.mu.Lock()
	if p.closed.Load() { // under the lock: drop comes after it
		part.mu.Unlock()
		p.count.Add(-1)
		c.close()
		return
	}
	part.conns = append(part.conns, c)
	part.some.Store(true)
	part.mu.Unlock()
	p.watch()
}

// expired reports whether a connection has been unused for too long since the
// first look at it, which spares everybody else the clock.
func (p *pool) expired(c *conn, now sock.Instant) bool {
	if c.since == 0 {
		c.since = now
	}
	return p.timeout > 0 && now >= c.since.After(p.timeout)
}

// watch has the unused connections looked at as long as there are some.
func (p *pool) watch() {
	if !p.sweeping.Load() && p.sweeping.CompareAndSwap(false, true) {
		time.AfterFunc(p.every, p.sweep)
	}
}

// sweep looks at the unused connections, again and again while there are some.
func (p *pool) sweep() {
	p.look()
	if p.count.Load() > 0 {
		time.AfterFunc(p.every, p.sweep)
		return
	}
	p.sweeping.Store(false)
	if p.count.Load() > 0 { // one came meanwhile
		p.watch()
	}
}

// look closes the connections that have been unused for too long and those
// that the target has closed.
func (p *pool) look() {
	now := sock.Now()
	for i := range p.parts {
		p.remove(&p.parts[i], func(c *conn) bool { return p.expired(c, now) || !c.quiet() })
	}
}

// drop closes all unused connections.
func (p *pool) drop() {
	for i := range p.parts {
		p.remove(&p.parts[i], func(*conn) bool { return true })
	}
}

// remove closes the connections of a part that are to go.
func (p *pool) remove(part *part, goes func(*conn) bool) {
	if !part.some.Load() && !p.closed.Load() {
		return
	}
	var gone []*conn
	part.mu.Lock()
	keep := part.conns[:0]
	for _, c := range part.conns {
		if goes(c) {
			gone = append(gone, c)
		} else {
			keep = append(keep, c)
		}
	}
	clear(part.conns[len(keep):])
	part.conns = keep
	part.some.Store(len(keep) > 0)
	part.mu.Unlock()
	p.count.Add(-int64(len(gone)))
	for _, c := range gone {
		c.close()
	}
}
