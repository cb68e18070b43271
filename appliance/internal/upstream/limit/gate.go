// SPDX-License-Identifier: Apache-2.0

// Package limit bounds how many requests an upstream serves at a time. Those
// beyond wait for their turn, as far as they may, in the order in which they
// came.
package limit

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// defaultPendingTimeout is how long a request may wait if nothing is said.
const defaultPendingTimeout = time.Second

// A Gate counts the requests of an upstream. Those that find room take no lock.
type Gate struct {
	limits atomic.Pointer[limits]

	_      [64]byte
	inside atomic.Int64  // requests
	left   atomic.Uint64 // requests so far, and reasons to look again; counted only if connections are limited
	_      [48]byte

	mu       sync.Mutex
	entrants line // wait for room
	turns    line // are inside, and wait for a connection

	overloaded, late atomic.Int64 // requests that were sent away so far
}

// limits are as [api.Limits] has them; 0 is none.
type limits struct {
	requests, pending int64
	connections       bool
	patience          time.Duration
}

// New returns the gate that keeps limits, nil if there are none. previous, which
// may be nil, is the one before: it is the same gate with other limits, which
// apply from now on, also to those who wait. It knows who is inside.
func New(settings *api.Limits, previous *Gate) *Gate {
	g := previous
	if settings == nil {
		if g != nil {
			ended := *g.limits.Load()
			ended.requests = 0 // and who waits for a connection of the old ones may go on
			g.change(ended)
		}
		return nil
	}
	if g == nil {
		g = &Gate{}
	}
	l := limits{
		requests: int64(settings.MaxRequests), pending: int64(settings.MaxPending),
		connections: settings.MaxConnections > 0, patience: settings.PendingTimeout.Std(),
	}
	if l.patience == 0 {
		l.patience = defaultPendingTimeout
	}
	g.change(l)
	return g
}

// change makes limits apply. Those who wait for a connection look again.
func (g *Gate) change(l limits) {
	g.limits.Store(&l)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit()
	for g.turns.call() {
	}
}

// LookAgain has those who wait for a connection look for one again: there may be
// one that nobody has left.
func (g *Gate) LookAgain() {
	g.left.Add(1) // for those who have looked and do not wait yet
	if g.turns.length.Load() == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.turns.call() {
	}
}

// Inside returns how many requests the upstream is serving.
func (g *Gate) Inside() int64 { return g.inside.Load() }

// Pending returns how many requests wait.
func (g *Gate) Pending() int64 { return g.entrants.length.Load() + g.turns.length.Load() }

// Counts are the requests that a gate has sent away.
type Counts struct {
	Overloaded int64 // with [ErrOverloaded]
	Late       int64 // with [ErrPendingTimeout]
}

// Plus returns the sum of two counts.
func (c Counts) Plus(o Counts) Counts { return Counts{c.Overloaded + o.Overloaded, c.Late + o.Late} }

// Counts returns what the gate has counted so far.
func (g *Gate) Counts() Counts { return Counts{g.overloaded.Load(), g.late.Load()} }

// enter takes a place, if there is one.
func (g *Gate) enter() bool {
	most := g.limits.Load().requests
	for {
		n := g.inside.Load()
		if most > 0 && n >= most {
			return false
		}
		if g.inside.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave gives a place back. Whoever begins to wait at the same time either is
// seen here, or sees the place: each first tells and then looks.
func (g *Gate) leave() {
	g.inside.Add(-1)
	if g.limits.Load().connections {
		g.left.Add(1)
	}
	if g.Pending() == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit()
	g.turns.call()
}

// admit lets those enter for whom there is room. g.mu is held.
func (g *Gate) admit() {
	for g.entrants.first != nil && g.enter() {
		g.entrants.call()
	}
}
