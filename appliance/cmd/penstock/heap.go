// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// heapFloor returns memory that counts as live though nobody touches it, so
// that it takes no room. The collector runs when the heap has doubled: with a
// small configuration that would be after every few MiB of requests, and each
// run costs the buffers that connections share.
func heapFloor() []byte { return make([]byte, 32<<20) }

// Memory is given back when so little has been allocated in a period, in
// bytes, and at least so much is free; not more often than the pause says.
const (
	restPeriod = 500 * time.Millisecond
	restPause  = 3 * time.Second
	restAllocs = 1 << 20
	restFree   = 4 << 20
)

// giveBack returns free memory to the system when traffic has calmed down, and
// once each time: what a burst of requests has needed, ten thousand connections
// that idle do not.
func giveBack(ctx context.Context) {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	tick := time.NewTicker(restPeriod)
	defer tick.Stop()
	var before uint64
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		metrics.Read(samples)
		allocated := samples[0].Value.Uint64()
		if allocated-before < restAllocs && samples[1].Value.Uint64() > restFree && time.Since(last) > restPause {
			debug.FreeOSMemory()
			last = time.Now()
		}
		before = allocated
	}
}
