// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A budget bounds the retries of an upstream to a share of its requests, and a
// number a second in any case.
type budget struct {
	percent, perSecond int
	account            *account
}

// window is over how many seconds requests and retries are counted: so much of
// what has been saved can be spent at once.
const window = 10

// slots is how many seconds have a counter: a power of two above window.
const slots = 16

// An account counts an upstream's requests and retries. It outlives changes of
// the budget.
type account struct {
	began  time.Time
	shards []shard // a power of two of them

	mu      sync.Mutex
	spent   [slots]counted // retries by the share
	floor   float64        // retries that are left of those in any case
	floorAt time.Time
}

// A shard counts a part of the requests, so that processors do not compete for
// one counter: for each second its number and, below, how many there were.
type shard struct {
	requests [slots]atomic.Uint64
	_        [64]byte
}

type counted struct {
	second uint32
	n      int64
}

const maxShards = 64

func newAccount() *account {
	n := min(runtime.GOMAXPROCS(0), maxShards)
	return &account{began: time.Now().Add(-slots * time.Second), shards: make([]shard, 1<<bits.Len(uint(n-1)))}
}

// second returns the number of the current second, which is never 0.
func (a *account) second(now time.Time) uint32 { return uint32(max(1, now.Sub(a.began)/time.Second)) }

// deposit counts a request. It costs a random number and an atomic addition.
func (b *budget) deposit(now time.Time) {
	a := b.account
	second := a.second(now)
	c := &a.shards[rand.Uint32()&uint32(len(a.shards)-1)].requests[second%slots]
	for {
		v := c.Load()
		switch at := uint32(v >> 32); {
		case at == second:
			c.Add(1) // to the next second's, if that has begun meanwhile
			return
		case at > second:
			return // of a request that has taken long to get here
		case c.CompareAndSwap(v, uint64(second)<<32|1):
			return
		}
	}
}

// withdraw takes a retry, if there is one.
func (b *budget) withdraw(now time.Time) bool {
	a := b.account
	a.mu.Lock()
	defer a.mu.Unlock()
	if b.fromFloor(now) {
		return true
	}
	second := a.second(now)
	requests, spent := int64(0), int64(0)
	for i := range a.shards {
		for j := range a.shards[i].requests {
			v := a.shards[i].requests[j].Load()
			if recent(uint32(v>>32), second) {
				requests += int64(uint32(v))
			}
		}
	}
	for i := range a.spent {
		if recent(a.spent[i].second, second) {
			spent += a.spent[i].n
		}
	}
	if (spent+1)*100 > requests*int64(b.percent) {
		return false
	}
	s := &a.spent[second%slots]
	if s.second != second {
		*s = counted{second: second}
	}
	s.n++
	return true
}

// recent reports whether a second is in the window that ends with another.
func recent(second, now uint32) bool { return second+window > now && second <= now+1 }

// fromFloor takes a retry of those that are allowed in any case: at most as many
// at a time as in a second.
func (b *budget) fromFloor(now time.Time) bool {
	a, most := b.account, float64(b.perSecond)
	if a.floorAt.IsZero() {
		a.floor, a.floorAt = most, now
	} else if since := now.Sub(a.floorAt).Seconds(); since > 0 { // callers may come out of order
		a.floor, a.floorAt = a.floor+since*most, now
	}
	a.floor = min(a.floor, most)
	if a.floor < 1 {
		return false
	}
	a.floor--
	return true
}
