// SPDX-License-Identifier: Apache-2.0

//go:build !race

package http2_test

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// S0-14: what a unary call needs is used again. The race detector's build
// forgets some of it on purpose.
func TestUnaryCallsAllocateNothing(t *testing.T) {
	const calls, most = 4000, 2
	g := between(t, &listening{address: countingTarget(t)})
	run := func() uint64 {
		var left atomic.Int64
		left.Store(calls)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := countingClient(g.address, 10, &left); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	run()
	if n := run(); n > most*calls {
		t.Errorf("%d calls made %d allocations", calls, n)
	}
}
