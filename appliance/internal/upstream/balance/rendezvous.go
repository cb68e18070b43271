// SPDX-License-Identifier: Apache-2.0

package balance

import (
	"math"
	"math/bits"
)

// rendezvous is weighted rendezvous hashing, by highest random weight (D.
// Thaler and C. Ravishankar, IEEE/ACM ToN 6(1), 1998; with weights: J. Resch,
// New Hashing Algorithms for Data Storage, SNIA 2015). The hash and each target
// make a number u between 0 and 1, and the target whose -ln(u) / weight is the
// least takes the hash. These are exponentially distributed times with the
// weights as rates, the first of which is a target's with the probability of
// its share; and none of them depends on the other targets.
type rendezvous struct {
	targets []rendezvousTarget
	equal   bool // all weights are
}

type rendezvousTarget struct {
	seed     uint64
	interval float64 // mean of its times: 1 / weight
}

func newRendezvous(set []Target, seeds []seed) rendezvous {
	r := rendezvous{make([]rendezvousTarget, len(set)), true}
	for _, s := range seeds {
		weight := set[s.target].Weight
		r.targets[s.target] = rendezvousTarget{s.number, 1 / weight}
		r.equal = r.equal && weight == set[0].Weight
	}
	return r
}

// pick returns the target that takes the hash, or -1.
func (r *rendezvous) pick(hash uint64, q *Question) int {
	turned := bits.RotateLeft64(hash, 32) ^ golden
	chosen := -1
	if r.equal { // the greatest u
		greatest := uint64(0)
		for i := range r.targets {
			if x := fold(hash^r.targets[i].seed, turned); (x > greatest || chosen < 0) && !q.skips(i) {
				chosen, greatest = i, x
			}
		}
		return chosen
	}
	least := math.Inf(1)
	for i := range r.targets {
		t := &r.targets[i]
		u := (float64(fold(hash^t.seed, turned)>>11) + 0.5) / (1 << 53)
		// Few logarithms are needed: -ln(u) is more than 2 (1 - u) / (1 + u).
		if 2*(1-u)*t.interval >= least*(1+u) {
			continue
		}
		if time := -math.Log(u) * t.interval; time < least && !q.skips(i) {
			chosen, least = i, time
		}
	}
	return chosen
}
