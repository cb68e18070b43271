// SPDX-License-Identifier: Apache-2.0

package balance

// ewma draws two targets by weight and takes the one that costs less: its
// average latency times one more than the requests that it has in flight for
// its weight; of equals, the one drawn first. See [Load] for the average, and
// [leastRequest] for why two are drawn. Where nothing can be said of a
// target's latency, requests are not poured into it:
//
//   - A target that has had no exchange yet is taken at once, and one whose
//     first answer has not come yet is left alone, unless both are such.
//   - One that has had exchanges and never an answer counts as as fast as the
//     other one.
//   - So does one whose average is older than its decay and by now better
//     than the other's, as long as something is in flight there.
type ewma struct {
	sampler *random
	targets []ewmaTarget
}

type ewmaTarget struct {
	load    *Load
	request float64 // what one in flight counts: mean weight / weight
}

func newEWMA(set []Target) Balancer {
	b := &ewma{newSampler(set), make([]ewmaTarget, len(set))}
	sum, n := 0.0, 0.0
	for _, t := range set {
		if t.Weight > 0 {
			sum, n = sum+t.Weight, n+1
		}
	}
	for i, t := range set {
		b.targets[i] = ewmaTarget{t.Load, sum / n / t.Weight}
	}
	return b
}

// Pick implements [Balancer].
func (b *ewma) Pick(q Question) int {
	first := b.sampler.draw(&q)
	if first < 0 {
		return -1
	}
	second := b.sampler.another(first, &q)
	if second != first {
		now := clock()
		one, two := b.targets[first].condition(now), b.targets[second].condition(now)
		if two.cheaper(&one) {
			return second
		}
	}
	return first
}

// A condition is what a target is in at a moment.
type condition struct {
	standing standing
	neutral  bool    // it counts as not faster than the other one
	latency  float64 // nanoseconds, at least 1
	inFlight float64 // for its weight
}

// A standing is what is known of a target, the more favourable the smaller.
type standing int

const (
	untried standing = iota // it has had no exchange
	tried
	waiting // for its first answer
)

func (t *ewmaTarget) condition(now uint32) condition {
	n := t.load.InFlight()
	latency, since := t.load.latency(now)
	c := condition{tried, false, max(latency, 1), float64(n) * t.request}
	switch unknown := t.load.average.Load() == 0; {
	case unknown && n > 0:
		c.standing = waiting
	case unknown && !t.load.tried.Load():
		c.standing = untried
	default:
		c.neutral = unknown || n > 0 && float64(since) > decayMillis
	}
	return c
}

// cheaper reports whether c costs less than other.
func (c *condition) cheaper(other *condition) bool {
	if c.standing != other.standing {
		return c.standing < other.standing
	}
	mine, others := c.latency, other.latency
	switch {
	case c.standing != tried || c.neutral && other.neutral:
		mine, others = 1, 1
	case c.neutral:
		mine = max(mine, others)
	case other.neutral:
		others = max(mine, others)
	}
	return mine*(1+c.inFlight) < others*(1+other.inFlight)
}
