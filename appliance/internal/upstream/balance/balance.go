// SPDX-License-Identifier: Apache-2.0

// Package balance chooses which target of a set takes a request.
//
// A [Balancer] is built for a set that never changes: when weights, health or
// the list of targets change, another one is built. What must outlive it, the
// [Load] of each target, belongs to the caller. A pick takes no lock, allocates
// nothing and takes constant time, except where the algorithms say otherwise.
//
// An algorithm is one file and one line in the table of them.
package balance

import (
	"math"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A Target is what algorithms know of a target of a set.
type Target struct {
	Key    string  // "host:port": consistent hashing places the target by it
	Weight float64 // relative to the others, more than 0; slow start makes it fractional
	Load   *Load   // of the target, shared by all sets that it is in; nil if nobody counts
}

// A Question is what a pick depends on.
type Question struct {
	Hash   uint64           // of the value that consistent hashing goes by
	Hashed bool             // there is such a value; otherwise it picks at random, by weight
	Skip   func(i int) bool // targets that are out of the question, by index; nil: none
}

// skips reports whether target i is out of the question.
func (q *Question) skips(i int) bool { return q.Skip != nil && q.Skip(i) }

// A Balancer chooses from a set that never changes. Many goroutines use it at
// once.
type Balancer interface {
	// Pick returns an index into the set, or -1 if no target is left.
	Pick(q Question) int
}

// algorithms are named as in the API. A builder gets a set of its own in which
// at least one weight is more than 0 and none is out of the range of cleaned.
var algorithms = map[string]func(set []Target) Balancer{
	api.RoundRobin:     newRoundRobin,
	api.LeastRequest:   newLeastRequest,
	api.EWMA:           newEWMA,
	api.ConsistentHash: newConsistentHash,
	api.Random:         newRandom,
}

// New builds a balancer. An unknown algorithm is round robin. A target whose
// weight is not more than 0 is never picked.
func New(algorithm string, set []Target) Balancer {
	set, usable := cleaned(set)
	if !usable {
		return none{}
	}
	build := algorithms[algorithm]
	if build == nil {
		build = newRoundRobin
	}
	return build(set)
}

// none is a balancer without a target to pick.
type none struct{}

func (none) Pick(Question) int { return -1 }

// Weights beyond these bounds, which no API lets through, count as the bounds,
// so that sums and quotients stay finite.
const minWeight, maxWeight = 1e-100, 1e100

// cleaned returns a copy of the set in which every weight is 0 or within
// bounds and every target has a load, and whether there is a weight at all.
func cleaned(set []Target) (clean []Target, usable bool) {
	clean = make([]Target, len(set))
	for i, t := range set {
		if t.Weight > 0 { // which NaN is not
			t.Weight = math.Min(math.Max(t.Weight, minWeight), maxWeight)
			usable = true
		} else {
			t.Weight = 0
		}
		if t.Load == nil {
			t.Load = new(Load)
		}
		clean[i] = t
	}
	return clean, usable
}
