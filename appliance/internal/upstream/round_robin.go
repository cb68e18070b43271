// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"sync/atomic"
)

// roundRobin is smooth weighted round robin without a lock or a sequence
// table. A cycle has as many places as the weights add up to (divided by what
// they have in common), and every target owns as many neighbouring places as
// its weight. Requests step through the places by a stride that has no factor
// in common with the cycle, so that a cycle visits every place exactly once
// and shares are exact; and the stride is about the golden section of the
// cycle, whose multiples are spread evenly, so that a target's turns are, too.
// Memory is one number a target however large the weights are.
type roundRobin struct {
	turn    atomic.Uint64
	cycle   uint64 // places
	stride  uint64
	targets []*Target // those with a weight
	ends    []uint64  // ends[i] is the place after the last one of targets[i]
}

func newRoundRobin(all []*Target) *roundRobin {
	r := &roundRobin{}
	var common uint64
	for _, t := range all {
		if t.Spec.Share() > 0 {
			r.targets = append(r.targets, t)
			common = gcd(common, uint64(t.Spec.Share()))
		}
	}
	for _, t := range r.targets {
		r.cycle += uint64(t.Spec.Share()) / common
		r.ends = append(r.ends, r.cycle)
	}
	if r.cycle > 0 {
		r.stride = strideOf(r.cycle)
		r.turn.Store(rand.Uint64N(r.cycle)) // many nodes must not begin with the same target
	}
	return r
}

// strideOf returns the number nearest to the golden section of the cycle that
// has no factor in common with it.
func strideOf(cycle uint64) uint64 {
	golden := uint64(math.Round(float64(cycle) / math.Phi))
	for d := uint64(0); ; d++ {
		if s := golden + d; gcd(s, cycle) == 1 {
			return s
		}
		if d < golden && gcd(golden-d, cycle) == 1 {
			return golden - d
		}
	}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Pick implements [Balancer].
func (r *roundRobin) Pick(exclude []*Target) *Target {
	if r.cycle == 0 {
		return nil
	}
	place := r.turn.Add(1) % r.cycle * r.stride % r.cycle
	if len(exclude) > 0 {
		return r.pickOther(place, exclude)
	}
	if len(r.targets) == 1 {
		return r.targets[0]
	}
	return r.targets[sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > place })]
}

// pickOther maps a place to one of those that are left by their weights. It
// takes time in proportion to the number of targets, which retries can afford.
func (r *roundRobin) pickOther(place uint64, exclude []*Target) *Target {
	var left uint64
	r.others(exclude, func(_ *Target, weight uint64) bool {
		left += weight
		return true
	})
	place = uint64(float64(place) / float64(r.cycle) * float64(left))
	var chosen *Target
	r.others(exclude, func(t *Target, weight uint64) bool {
		chosen = t
		if place < weight {
			return false
		}
		place -= weight
		return true
	})
	return chosen
}

func (r *roundRobin) others(exclude []*Target, yield func(*Target, uint64) bool) {
	var start uint64
	for i, t := range r.targets {
		weight := r.ends[i] - start
		start = r.ends[i]
		if !slices.Contains(exclude, t) && !yield(t, weight) {
			return
		}
	}
}
