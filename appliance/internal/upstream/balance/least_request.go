// SPDX-License-Identifier: Apache-2.0

package balance

// leastRequest draws two targets by weight and takes the one with fewer
// requests in flight for its weight; of equals, the one drawn first. So shares
// are the weights as long as the load is even, and a target that falls behind
// gets less.
//
// Two choices keep the longest queue exponentially shorter than one choice
// does, and, unlike the least of all, do not send everybody to the same idle
// target: M. Mitzenmacher, The Power of Two Choices in Randomized Load
// Balancing, IEEE TPDS 12(10), 2001.
type leastRequest struct {
	sampler *random
	targets []leastRequestTarget
}

type leastRequestTarget struct {
	load    *Load
	request float64 // what one in flight counts: 1 / weight
}

func newLeastRequest(set []Target) Balancer {
	b := &leastRequest{newSampler(set), make([]leastRequestTarget, len(set))}
	for i, t := range set {
		b.targets[i] = leastRequestTarget{t.Load, 1 / t.Weight}
	}
	return b
}

// Pick implements [Balancer].
func (b *leastRequest) Pick(q Question) int {
	first := b.sampler.draw(&q)
	if first < 0 {
		return -1
	}
	second := b.sampler.another(first, &q)
	if b.targets[second].inFlight() < b.targets[first].inFlight() {
		return second
	}
	return first
}

func (t *leastRequestTarget) inFlight() float64 {
	return float64(t.load.InFlight()) * t.request
}
