// SPDX-License-Identifier: Apache-2.0

package ratelimit

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxKeys bounds how many counters one runtime keeps: about 8 MiB of them.
const maxKeys = 1 << 16

// counters holds a counter for each key, in two generations. A key that is
// used moves to the young one. Once that is full, or has lasted for the life
// of a counter, it becomes the old one and the old one is dropped: with it go
// the counters that nobody has used for so long, which have expired. Only a
// flood of new keys makes a generation end early, and then those go first
// that have been quiet for longest.
//
// Finding a counter takes no lock. Requests that race with the end of a
// generation may be counted in a counter that is about to go; that happens
// once a life at most, to the requests of that instant.
type counters struct {
	life    time.Duration // how long an unused counter still matters
	current atomic.Pointer[generations]
}

type generations struct {
	began      time.Duration
	young, old *sync.Map // uint64 -> *counter
	size       atomic.Int64
}

func newCounters(life time.Duration) *counters {
	c := &counters{life: life}
	c.current.Store(&generations{young: new(sync.Map), old: new(sync.Map)})
	return c
}

// of returns the counter of a key at a time since the start.
func (c *counters) of(key uint64, at time.Duration) *counter {
	g := c.current.Load()
	if v, ok := g.young.Load(key); ok {
		return v.(*counter)
	}
	if g.size.Load() >= maxKeys/2 || at-g.began >= c.life {
		next := &generations{began: at, young: new(sync.Map), old: g.young}
		if c.current.CompareAndSwap(g, next) {
			g = next
		} else {
			g = c.current.Load()
		}
	}
	v, ok := g.old.Load(key)
	if !ok {
		v = new(counter)
	}
	v, found := g.young.LoadOrStore(key, v)
	if !found {
		g.size.Add(1)
	}
	return v.(*counter)
}
