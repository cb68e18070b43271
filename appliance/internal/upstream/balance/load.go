// SPDX-License-Identifier: Apache-2.0

package balance

import (
	"math"
	"sync/atomic"
	"time"
)

// decay is the time in which an average without new samples falls to 1/e.
const decay = 10 * time.Second

// A Load tells what is going on at a target. It is safe for concurrent use and
// has no lock. Its zero value is a target that nothing is known of.
//
// The latency is the "peak EWMA" of Finagle, Twitter's RPC library: an average
// that decays by time rather than by samples, rises to a peak at once and
// comes down slowly. With a sample x that comes d after the last one that
// counted, and w = exp(-d / 10 s):
//
//	average = x                        if x >= average
//	average = average*w + x*(1-w)      otherwise
//
// Read at d after the last sample that counted, it is average*w: a target that
// was slow and has been left alone since is tried again in the end.
//
// Time is counted in milliseconds: of several samples in the same one, the
// first counts, and every peak does. That costs no accuracy, because the
// weight of a sample is the time since the last, and keeps the many that end
// in the same millisecond from contending for the average.
type Load struct {
	inFlight atomic.Int64
	average  atomic.Uint64 // a float32 of nanoseconds, above 32 bits of the clock; 0: unknown
	tried    atomic.Bool   // an exchange has begun
	_        [44]byte      // up to a cache line, so that neighbours do not contend
}

// Begin says that an exchange begins.
func (l *Load) Begin() {
	l.inFlight.Add(1)
	if !l.tried.Load() {
		l.tried.Store(true)
	}
}

// BeginWithin is Begin, unless so many exchanges have begun already and not ended:
// then it reports false, and none has begun.
func (l *Load) BeginWithin(most int64) bool {
	for {
		n := l.inFlight.Load()
		if n >= most {
			return false
		}
		if l.inFlight.CompareAndSwap(n, n+1) {
			break
		}
	}
	if !l.tried.Load() {
		l.tried.Store(true)
	}
	return true
}

// End says that an exchange has ended, whether Took was called for it or not.
func (l *Load) End() { l.inFlight.Add(-1) }

// Took says that the head of a response came so long after its exchange began.
func (l *Load) Took(latency time.Duration) {
	sample, now := float32(max(latency, 1)), clock()
	for {
		old := l.average.Load()
		average, since := unpack(old, now)
		switch {
		case sample >= average:
			average = sample
		case since == 0:
			return
		default:
			w := float32(faded(since))
			average = average*w + sample*(1-w)
		}
		if l.average.CompareAndSwap(old, uint64(math.Float32bits(average))<<32|uint64(now)) {
			return
		}
	}
}

// InFlight returns how many exchanges have begun and not ended.
func (l *Load) InFlight() int64 { return l.inFlight.Load() }

// Latency returns the average as it is now, 0 if it is unknown or so old that
// nothing is left of it.
func (l *Load) Latency() time.Duration {
	latency, _ := l.latency(clock())
	return time.Duration(latency)
}

// latency returns the average at a time in nanoseconds and how many
// milliseconds ago the last sample counted.
func (l *Load) latency(now uint32) (float64, uint32) {
	average, since := unpack(l.average.Load(), now)
	if average == 0 || since == 0 {
		return float64(average), since
	}
	return float64(average) * faded(since), since
}

// unpack returns the average as it was at its last sample, and how many
// milliseconds have passed since.
func unpack(packed uint64, now uint32) (average float32, since uint32) {
	since = now - uint32(packed)
	if since > math.MaxInt32 { // the sample is of a moment after now was read
		since = 0
	}
	return math.Float32frombits(uint32(packed >> 32)), since
}

const decayMillis = float64(decay / time.Millisecond)

// faded returns exp(-d / 10 s) for d in milliseconds. For busy targets d is
// small, and four terms of the series are right to one in a million.
func faded(since uint32) float64 {
	x := float64(since) / decayMillis
	if x < 1.0/16 {
		return 1 - x*(1-x/2*(1-x/3))
	}
	return math.Exp(-x)
}

var epoch = time.Now()

// clock returns the milliseconds since some moment, modulo 2^32. Differences
// of up to 24 days are right; a longer silence is taken for a shorter one.
func clock() uint32 { return uint32(time.Since(epoch).Milliseconds()) }
