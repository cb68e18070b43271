// SPDX-License-Identifier: Apache-2.0

package balance

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
)

// roundRobin is smooth weighted round robin without a lock or a sequence
// table. A cycle has as many places as the weights add up to (divided by what
// they have in common), and every target owns as many neighbouring places as
// its weight. Requests step through the places by a stride that has no factor
// in common with the cycle, so that a cycle visits every place exactly once
// and shares are exact; and the stride is about the golden section of the
// cycle, whose multiples are spread evenly, so that a target's turns are, too.
//
// Weights that are not integers are scaled to a cycle of about 2^31 places,
// which makes the error of a share less than one in a thousand for all
// targets with more than one in four million of the requests.
//
// The first turn is a random one: neither a rebuilt set nor another node
// begins with the same targets.
type roundRobin struct {
	cycle  uint64   // places
	stride uint64   // from turn to turn
	ends   []uint64 // ends[i] is the place after the last one of target i
	// guide leads from a place, shifted, to the first target that may own it;
	// it has about two entries a target, so that a step or two lead to the
	// right one.
	guide []uint32
	shift uint

	_    [64]byte // turn is written with every pick, the rest only read
	turn atomic.Uint64
	_    [56]byte
}

// maxCycle leaves room for the product of a place and the stride.
const maxCycle = 1 << 31

func newRoundRobin(set []Target) Balancer {
	r := &roundRobin{ends: make([]uint64, len(set))}
	for i, places := range placesOf(set) {
		r.cycle += places
		r.ends[i] = r.cycle
	}
	for r.cycle>>r.shift > 2*uint64(len(set)) {
		r.shift++
	}
	r.guide = make([]uint32, (r.cycle-1)>>r.shift+1)
	owner := 0
	for g := range r.guide {
		for r.ends[owner] <= uint64(g)<<r.shift {
			owner++
		}
		r.guide[g] = uint32(owner)
	}
	r.stride = strideOf(r.cycle)
	r.turn.Store(rand.Uint64N(r.cycle))
	return r
}

// placesOf returns how many places each target has in a cycle.
func placesOf(set []Target) []uint64 {
	places := make([]uint64, len(set))
	sum, integers, common := 0.0, true, uint64(0)
	for _, t := range set {
		sum += t.Weight
		integers = integers && t.Weight == math.Trunc(t.Weight)
	}
	integers = integers && sum <= maxCycle
	for i, t := range set {
		switch {
		case integers:
			places[i] = uint64(t.Weight)
		case t.Weight > 0:
			places[i] = max(uint64(math.Round(t.Weight/sum*maxCycle)), 1)
		}
		common = gcd(common, places[i])
	}
	for i := range places {
		places[i] /= common
	}
	return places
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

// Pick implements [Balancer]. Where targets are skipped, their turns go to the
// others by weight; in sets of up to 64 targets that takes time in proportion
// to them, in larger ones if most of the weight is skipped.
func (r *roundRobin) Pick(q Question) int {
	place := r.turn.Add(1) % r.cycle * r.stride % r.cycle
	i := r.owner(place)
	if !q.skips(i) {
		return i
	}
	// Where the place is within the target's own is as evenly spread as the
	// turns are, and so are the places that it is mapped to.
	start, places := r.places(i)
	at := (float64(place-start) + rand.Float64()) / float64(places)
	if len(r.ends) > 64 {
		for range attempts {
			if i := r.owner(rand.Uint64N(r.cycle)); !q.Skip(i) {
				return i
			}
		}
	}
	return r.left(at, &q)
}

// owner returns the target that a place belongs to.
func (r *roundRobin) owner(place uint64) int {
	i := int(r.guide[place>>r.shift])
	for r.ends[i] <= place {
		i++
	}
	return i
}

// places returns the first place of a target and how many it has.
func (r *roundRobin) places(i int) (start, n uint64) {
	if i > 0 {
		start = r.ends[i-1]
	}
	return start, r.ends[i] - start
}

// left returns the target at a position, from 0 to less than 1, of the places
// of those that are not skipped, or -1.
func (r *roundRobin) left(at float64, q *Question) int {
	sum := uint64(0)
	for i := range r.ends {
		if _, n := r.places(i); n > 0 && !q.Skip(i) {
			sum += n
		}
	}
	place, chosen := uint64(at*float64(sum)), -1
	for i := range r.ends {
		_, n := r.places(i)
		if n == 0 || q.Skip(i) {
			continue
		}
		chosen = i // even if answers have changed since and the place is beyond all
		if place < n {
			break
		}
		place -= n
	}
	return chosen
}
