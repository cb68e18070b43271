// SPDX-License-Identifier: Apache-2.0

package ratelimit

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A counter counts requests in a window that slides, which it approximates by
// two fixed ones: it takes the requests of the window before to have been
// spread evenly, and counts as many of them as the sliding window still
// covers, rounded up.
//
// Window n has slot n%2, which holds n in its upper and the requests in its
// lower bits. All of a slot changes at once, so concurrent requests are
// counted exactly and nobody waits for anybody.
type counter struct{ slots [2]atomic.Uint64 }

const (
	countBits = 24 // more than the 10,000,000 that a Config allows
	countMask = 1<<countBits - 1
)

// A verdict is what comes of counting a request.
type verdict struct {
	passes    bool
	remaining int           // requests that could pass right now
	reset     time.Duration // until the next one can pass; until the fixed window ends for a request that passes
}

// take counts a request at a time since the start, if it is within the limit.
func (c *counter) take(at time.Duration, limit int, window time.Duration) verdict {
	for {
		n, left := uint64(at/window), window-at%window
		slot := &c.slots[n%2]
		mine, other := slot.Load(), c.slots[(n+1)%2].Load()
		if newest := max(mine>>countBits, other>>countBits); newest > n {
			at = time.Duration(newest) * window // others are in a later window already
			continue
		}
		previous, current := 0, 0
		if other>>countBits+1 == n {
			previous = int(other & countMask)
		}
		if mine>>countBits == n {
			current = int(mine & countMask)
		}
		used := scaleUp(previous, left, window) + current
		if used >= limit {
			return verdict{reset: wait(previous, current, limit, left, window)}
		}
		if slot.CompareAndSwap(mine, n<<countBits|uint64(current+1)) {
			return verdict{passes: true, remaining: limit - used - 1, reset: left}
		}
	}
}

// wait returns how long until a request can pass if none does before.
func wait(previous, current, limit int, left, window time.Duration) time.Duration {
	if room := limit - 1 - current; room >= 0 {
		return left - scaleDown(room, previous, window)
	}
	return left + window - scaleDown(limit-1, current, window)
}

// scaleUp returns count*part/whole, rounded up, without overflow.
func scaleUp(count int, part, whole time.Duration) int {
	high, low := bits.Mul64(uint64(count), uint64(part))
	quotient, remainder := bits.Div64(high, low, uint64(whole))
	if remainder > 0 {
		quotient++
	}
	return int(quotient)
}

// scaleDown returns window*count/of, rounded down: how much of the window may
// still be covered so that no more than count of its requests are. count is
// less than of.
func scaleDown(count, of int, window time.Duration) time.Duration {
	high, low := bits.Mul64(uint64(window), uint64(count))
	quotient, _ := bits.Div64(high, low, uint64(of))
	return time.Duration(quotient)
}
