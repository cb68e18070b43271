// SPDX-License-Identifier: Apache-2.0

package balance_test

import (
	"math"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

// S1-02: a cycle gives every target exactly its weight, by many pickers at
// once, too.
func TestRoundRobinExactOverACycle(t *testing.T) {
	weights := []float64{50, 10, 10, 90, 0} // 16 places
	b := balance.New(api.RoundRobin, weighted(weights...))
	var mu sync.Mutex
	counts := make([]int, len(weights))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			mine := make([]int, len(weights))
			for range 16 * 10 {
				mine[b.Pick(balance.Question{})]++
			}
			mu.Lock()
			defer mu.Unlock()
			for i, n := range mine {
				counts[i] += n
			}
		})
	}
	all.Wait()
	for i, n := range counts {
		if n != int(weights[i])*8 {
			t.Errorf("target %d of weight %g was picked %d times in 80 cycles", i, weights[i], n)
		}
	}
}

// S1-02: turns are spread: nowhere is a target many turns off its share.
func TestRoundRobinSmooth(t *testing.T) {
	for name, weights := range distributions {
		b, sum := balance.New(api.RoundRobin, weighted(weights...)), 0.0
		for _, w := range weights {
			sum += w
		}
		got := make([]float64, len(weights))
		off := 0.0
		for at := range 3000 {
			got[b.Pick(balance.Question{})]++
			for i, w := range weights {
				off = max(off, math.Abs(got[i]-w/sum*float64(at+1)))
			}
		}
		if off > 5 {
			t.Errorf("%s: a target is %.1f turns off", name, off)
		}
	}
	for range 20 { // equal targets take turns
		b := balance.New(api.RoundRobin, weighted(2.5, 2.5))
		previous := b.Pick(balance.Question{})
		for range 10 {
			next := b.Pick(balance.Question{})
			if next == previous {
				t.Fatal("the same of two equal targets twice in a row")
			}
			previous = next
		}
	}
}

// S1-02: sets that are rebuilt after every few picks do not favour their first
// targets: each gets its share of the first pick.
func TestRoundRobinBeginsAnywhere(t *testing.T) {
	for _, weights := range [][]float64{{1, 1, 1, 1}, {1, 2, 3.5}, {95, 5}} {
		set := weighted(weights...)
		counts := make([]float64, len(set))
		for range 20_000 {
			b := balance.New(api.RoundRobin, set)
			for range 3 {
				counts[b.Pick(balance.Question{})] += 1.0 / 60_000
			}
		}
		compare(t, set, counts, nil, 0.015)
	}
}

// S1-02: turns of a target that is skipped go to the others as smoothly.
func TestRoundRobinSkipSmooth(t *testing.T) {
	b := balance.New(api.RoundRobin, weighted(1, 2, 6))
	counts := make([]int, 3)
	for range 9000 {
		counts[b.Pick(balance.Question{Skip: func(i int) bool { return i == 2 }})]++
	}
	if counts[0] < 2900 || counts[0] > 3100 || counts[2] != 0 {
		t.Errorf("without the third: %v of 9000, want 3000 and 6000", counts)
	}
}
