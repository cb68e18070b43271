// SPDX-License-Identifier: Apache-2.0

package ratelimit

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Whoever waits as long as a refusal says may pass, and not a nanosecond earlier.
func TestWaitIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		limit := 1 + random.IntN(50)
		window := 10*time.Millisecond + time.Duration(random.Int64N(int64(time.Minute)))
		c, at := new(counter), time.Duration(0)
		v := c.take(at, limit, window)
		for i := 0; v.passes; i++ {
			at += time.Duration(random.Int64N(int64(window) / int64(limit+i)))
			v = c.take(at, limit, window)
		}
		if v.reset <= 0 {
			t.Fatalf("limit %d, window %v: refused, to wait for %v", limit, window, v.reset)
		}
		if c.take(at+v.reset-1, limit, window).passes {
			t.Fatalf("limit %d, window %v: passes before it has waited for %v", limit, window, v.reset)
		}
		if !c.take(at+v.reset, limit, window).passes {
			t.Fatalf("limit %d, window %v: refused after it has waited for %v", limit, window, v.reset)
		}
	}
}

// Steady traffic beyond the rate is held to it, within one percent.
func TestSteadyRate(t *testing.T) {
	const limit, window, windows = 100, time.Second, 1000
	c, passed := new(counter), 0
	for at := time.Duration(0); at < windows*window; at += window / (limit * 3) {
		if c.take(at, limit, window).passes {
			passed++
		}
	}
	if want := limit * windows; passed < want*99/100 || passed > want*101/100 {
		t.Errorf("%d requests passed in %d windows; want %d", passed, windows, want)
	}
}

// A goroutine that read the clock before others moved on does no harm.
func TestLateRequest(t *testing.T) {
	const limit, window = 5, time.Second
	c := new(counter)
	for range limit {
		c.take(7*window, limit, window)
	}
	for _, at := range []time.Duration{7*window - 1, 6 * window, 0} {
		if c.take(at, limit, window).passes {
			t.Errorf("a request that says it is %v passes beyond the limit", at)
		}
	}
}

// The largest settings do not overflow.
func TestLargest(t *testing.T) {
	const limit, window = 10_000_000, 24 * time.Hour
	c := new(counter)
	c.slots[0].Store(limit)
	v := c.take(window+window/2, limit, window)
	if !v.passes || v.remaining != limit/2-1 {
		t.Errorf("%+v", v)
	}
	century := 100 * 365 * 24 * time.Hour
	if !c.take(century, limit, 10*time.Millisecond).passes || c.take(century, 1, 10*time.Millisecond).passes {
		t.Error("windows lose count after a century")
	}
}

// A flood of keys takes no more memory than the bound, and does not free who is at the limit and keeps calling.
func TestFlood(t *testing.T) {
	const workers, each = 8, 50_000
	c := newCounters(time.Second)
	const limited = uint64(1)
	c.of(limited, 0).take(0, 1, time.Second)
	var done sync.WaitGroup
	for w := range uint64(workers) {
		done.Go(func() {
			for i := range uint64(each) {
				c.of(w<<32|i|1<<48, 0).take(0, 1, time.Second)
				if i%100 == 0 && c.of(limited, 0).take(0, 1, time.Second).passes {
					t.Error("the flood freed a key that keeps calling")
				}
			}
		})
	}
	done.Wait()
	if n := c.len(); n > maxKeys+workers {
		t.Errorf("%d counters after a flood; the bound is %d", n, maxKeys)
	}
}

// Counters that nobody uses for their life are dropped, others are kept.
func TestExpiry(t *testing.T) {
	const life = 2 * time.Second
	c := newCounters(life)
	kept := c.of(1, 0)
	for i := range uint64(1000) {
		c.of(1000+i, 0)
	}
	for at := life / 2; at <= 3*life; at += life / 2 {
		if c.of(1, at) != kept {
			t.Fatalf("at %v a counter in use is gone", at)
		}
		c.of(uint64(at), at)
	}
	if n := c.len(); n > 10 {
		t.Errorf("%d counters are kept", n)
	}
}

func (c *counters) len() (n int) {
	g := c.current.Load()
	count := func(any, any) bool { n++; return true }
	g.young.Range(count)
	g.old.Range(count)
	return n
}
