// SPDX-License-Identifier: Apache-2.0

package balance_test

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if math.Abs(float64(got-want)) > 0.001*float64(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// S1-39: the average rises to peaks at once, and decays by time.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l balance.Load
		if l.Latency() != 0 {
			t.Errorf("%v before the first answer", l.Latency())
		}
		l.Took(100 * time.Millisecond)
		near(t, "the first answer", l.Latency(), 100*time.Millisecond)
		l.Took(time.Second)
		near(t, "a peak in the same millisecond", l.Latency(), time.Second)
		l.Took(time.Millisecond)
		near(t, "less in the same millisecond", l.Latency(), time.Second)
		time.Sleep(500 * time.Millisecond)
		near(t, "soon after", l.Latency(), time.Duration(math.Exp(-0.05)*1e9))
		time.Sleep(9500 * time.Millisecond)
		e := math.Exp(-1)
		near(t, "after one decay", l.Latency(), time.Duration(e*1e9))
		l.Took(time.Millisecond)
		near(t, "an answer after one decay", l.Latency(), time.Duration(e*1e9+(1-e)*1e6))
		for range 100_000 { // ten answers a millisecond
			l.Took(time.Millisecond)
			time.Sleep(100 * time.Microsecond)
		}
		near(t, "many answers within one decay", l.Latency(), time.Duration(e*(e*1e9+(1-e)*1e6)+(1-e)*1e6))
		time.Sleep(time.Hour)
		if l.Latency() != 0 {
			t.Errorf("%v after an hour", l.Latency())
		}
		l.Took(0)
		l.Took(-1)
		if got := l.Latency(); got < 0 || got > time.Millisecond {
			t.Errorf("answers in no time: %v", got)
		}
	})
}

// Many tell a load at once: none is lost of what must not be.
func TestLoadConcurrent(t *testing.T) {
	var l balance.Load
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for k := range 2000 {
				l.Begin()
				l.Took(time.Duration(g*2000+k) * time.Hour)
				if k%2 == 0 {
					l.End()
				}
			}
		})
	}
	all.Wait()
	if l.InFlight() != 8000 {
		t.Errorf("%d in flight, want 8000", l.InFlight())
	}
	// The peak is not lost; what decays in the time the test takes is little.
	if got, peak := l.Latency(), 15_999*time.Hour; got > peak+peak/1000 || got < peak/8 {
		t.Errorf("%v, want %v", got, peak)
	}
}

// S1-39: least request prefers idle targets and those with more weight for
// their load.
func TestLeastRequest(t *testing.T) {
	set := weighted(1, 1, 1, 1)
	for i := range 3 {
		set[i].Load.Begin()
	}
	// The idle one is taken whenever it is drawn: in half of all cases.
	got := shares(t, set, balance.New(api.LeastRequest, set), 100_000, nil)
	if math.Abs(got[3]-0.5) > 0.01 {
		t.Errorf("the idle one of four got %.3f, want 0.5", got[3])
	}
	set = weighted(1, 1)
	set[0].Load.Begin()
	if got := shares(t, set, balance.New(api.LeastRequest, set), 1000, nil); got[0] > 0 {
		t.Errorf("the idle one of two got %.3f", got[1])
	}
	// S1-02: equal loads for the weight: shares by weight.
	set = weighted(1, 2, 5)
	for i, n := range []int{2, 4, 10} {
		for range n {
			set[i].Load.Begin()
		}
	}
	compare(t, set, shares(t, set, balance.New(api.LeastRequest, set), 100_000, nil), nil, 0.01)
	// Exchanges that stay share themselves out by weight.
	set = weighted(1, 2, 5, 10)
	b := balance.New(api.LeastRequest, set)
	for range 1800 {
		set[b.Pick(balance.Question{})].Load.Begin()
	}
	for _, target := range set {
		if n := float64(target.Load.InFlight()); math.Abs(n-100*target.Weight) > 10+5*target.Weight {
			t.Errorf("%g in flight at weight %g of 18", n, target.Weight)
		}
	}
}

// serve sends requests one after the other, each of which takes its time.
func serve(set []balance.Target, b balance.Balancer, requests int, takes func(i int) time.Duration) []int {
	counts := make([]int, len(set))
	for range requests {
		i := b.Pick(balance.Question{})
		counts[i]++
		set[i].Load.Begin()
		time.Sleep(takes(i))
		set[i].Load.Took(takes(i))
		set[i].Load.End()
	}
	return counts
}

// S1-39: EWMA avoids a target that has become slow, and finds it again when it
// is fast again.
func TestEWMAAvoidsTheSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := weighted(1, 1, 1)
		b := balance.New(api.EWMA, set)
		slow := 200 * time.Millisecond
		takes := func(i int) time.Duration {
			if i == 1 {
				return slow
			}
			return 10 * time.Millisecond
		}
		if counts := serve(set, b, 2000, takes); counts[1] > 20 || counts[1] == 0 {
			t.Errorf("the slow one got %d of 2000, want a few", counts[1])
		}
		slow = 10 * time.Millisecond
		serve(set, b, 10_000, takes) // 100 s
		if counts := serve(set, b, 3000, takes); counts[1] < 500 {
			t.Errorf("fast again, it got %d of 3000", counts[1])
		}
	})
}

// S1-39, S1-02: with equal latencies, idle targets are picked by weight, and
// exchanges that stay share themselves out by weight.
func TestEWMAEqual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := weighted(1, 2, 5)
		for _, target := range set {
			target.Load.Took(time.Millisecond)
		}
		b := balance.New(api.EWMA, set)
		compare(t, set, shares(t, set, b, 100_000, nil), nil, 0.01)
		for range 800 {
			set[b.Pick(balance.Question{})].Load.Begin()
		}
		for _, target := range set {
			if n := float64(target.Load.InFlight()); math.Abs(n-100*target.Weight) > 10+5*target.Weight {
				t.Errorf("%g in flight at weight %g of 8", n, target.Weight)
			}
		}
	})
}

// S1-39: nothing is known of a new target: it is taken at once, and then left
// alone until its first answer. One whose exchanges fail without an answer is
// no magnet, and neither is one whose average is worn out.
func TestEWMANoHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set := weighted(1, 1, 1, 1)
		for _, target := range set[:3] {
			target.Load.Begin()
			target.Load.Took(time.Millisecond)
		}
		b := balance.New(api.EWMA, set)
		if got := shares(t, set, b, 100_000, nil); math.Abs(got[3]-0.5) > 0.01 {
			t.Errorf("new: %.3f, want whenever drawn, 0.5", got[3])
		}
		set[3].Load.Begin()
		if got := shares(t, set, b, 100_000, nil); got[3] > 0.001 {
			t.Errorf("waiting for the first answer: %.3f", got[3])
		}
		set[3].Load.Took(time.Millisecond)
		compare(t, set, shares(t, set, b, 100_000, nil), nil, 0.01)
		set[3].Load.End()

		set[3].Load = new(balance.Load)
		b = balance.New(api.EWMA, set)
		set[3].Load.Begin()
		set[3].Load.End() // failed
		for _, target := range set[:3] {
			target.Load.End()
		}
		compare(t, set, shares(t, set, b, 100_000, nil), nil, 0.01)

		set[3].Load.Took(time.Second)
		time.Sleep(10 * time.Minute)
		for _, target := range set[:3] {
			target.Load.Took(time.Millisecond)
		}
		if got := shares(t, set, b, 100_000, nil); math.Abs(got[3]-0.5) > 0.01 {
			t.Errorf("worn out and idle: %.3f, want 0.5", got[3])
		}
		set[3].Load.Begin()
		if got := shares(t, set, b, 100_000, nil); got[3] > 0.001 {
			t.Errorf("worn out, one in flight and none at the others: %.3f", got[3])
		}
	})
}

// However many begin at once, no more do than may.
func TestBeginWithin(t *testing.T) {
	var load balance.Load
	var begun atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if load.BeginWithin(3) {
					if n := begun.Add(1); n > 3 {
						t.Errorf("%d have begun", n)
					}
					begun.Add(-1)
					load.End()
				}
			}
		})
	}
	all.Wait()
	if load.InFlight() != 0 {
		t.Errorf("%d in flight", load.InFlight())
	}
	for i := range 4 {
		if load.BeginWithin(3) != (i < 3) {
			t.Errorf("%d have begun", load.InFlight())
		}
	}
}
