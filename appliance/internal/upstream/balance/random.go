// SPDX-License-Identifier: Apache-2.0

package balance

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// random picks by weight alone.
//
// It is the alias method of A. J. Walker (1977), built as by M. D. Vose
// (1991): the weights are cut and laid into as many columns of equal size as
// there are targets, such that no column holds parts of more than two. A
// random number chooses the column, and its lower digits the part.
//
// The other algorithms draw from it, too.
type random struct {
	columns []column
	weights []float64
}

// A column belongs to the target of the same index up to a height, and to
// another one above it.
type column struct {
	height uint64 // of 2^64
	other  uint32
}

func newRandom(set []Target) Balancer { return newSampler(set) }

func newSampler(set []Target) *random {
	r := &random{columns: make([]column, len(set)), weights: make([]float64, len(set))}
	sum, heaviest := 0.0, 0
	for i, t := range set {
		r.weights[i] = t.Weight
		sum += t.Weight
		if t.Weight > set[heaviest].Weight {
			heaviest = i
		}
	}
	parts := make([]float64, len(set)) // in columns
	low, high := make([]uint32, 0, len(set)), make([]uint32, 0, len(set))
	for i, w := range r.weights {
		parts[i] = w / sum * float64(len(set))
		if parts[i] < 1 {
			low = append(low, uint32(i))
		} else {
			high = append(high, uint32(i))
		}
	}
	for len(low) > 0 && len(high) > 0 {
		l, h := low[len(low)-1], high[len(high)-1]
		low = low[:len(low)-1]
		r.columns[l] = column{uint64(parts[l] * (1 << 64)), h}
		if parts[h] -= 1 - parts[l]; parts[h] < 1 {
			high = high[:len(high)-1]
			low = append(low, h)
		}
	}
	// What is left fills its column but for rounding errors.
	for _, i := range append(low, high...) {
		r.columns[i] = column{math.MaxUint64, i}
		if r.weights[i] == 0 {
			r.columns[i] = column{0, uint32(heaviest)}
		}
	}
	return r
}

// Pick implements [Balancer].
func (r *random) Pick(q Question) int { return r.draw(&q) }

// one returns a target by weight.
func (r *random) one() int {
	i, lower := bits.Mul64(rand.Uint64(), uint64(len(r.columns)))
	if c := &r.columns[i]; lower >= c.height {
		return int(c.other)
	}
	return int(i)
}

// attempts is how often a target is drawn again that is out of the question
// before all targets are gone through.
const attempts = 8

// draw returns one of the targets that are left by weight, or -1.
func (r *random) draw(q *Question) int {
	for range attempts {
		if i := r.one(); !q.skips(i) {
			return i
		}
	}
	// Most are out of the question. Every target that is left replaces the
	// choice so far with the probability of its weight in those up to it, so
	// that each is asked for once, whose answers may change at any time.
	chosen, sum := -1, 0.0
	for i, w := range r.weights {
		if w > 0 && !q.Skip(i) {
			if sum += w; rand.Float64()*sum < w {
				chosen = i
			}
		}
	}
	return chosen
}

// another returns a target by weight that is left and not the given one, or
// the given one if no other turns up soon.
func (r *random) another(than int, q *Question) int {
	if len(r.columns) == 2 {
		if other := 1 - than; r.weights[other] > 0 && !q.skips(other) {
			return other
		}
		return than
	}
	for range attempts {
		if i := r.one(); i != than && !q.skips(i) {
			return i
		}
	}
	return than
}
