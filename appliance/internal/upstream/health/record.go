// SPDX-License-Identifier: Apache-2.0

package health

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A Record is what a detector knows of one target.
type Record struct {
	ward     *ward
	out      atomic.Bool   // ejected; changed under the ward's mu
	failures atomic.Uint32 // in a row
	counts   atomic.Uint64 // of the window: requests, and from bit 32 on those that failed
	took     atomic.Int64  // of the window: nanoseconds of the requests that did not fail

	// All below is guarded by the ward's mu.
	key    string
	length time.Duration // of the last ejection; 0: there was none
	since  time.Time     // of the last ejection
	until  time.Time     // when it is over
	back   time.Time     // when it was over
	timer  *time.Timer   // ends it
	times  int
	reason string
}

const oneFailed = 1 << 32

// Report tells the result of a request: whether it failed, and how long it took
// to the head of its response. It takes no lock, unless the target is to be
// ejected or the request is the first one of the upstream after a window
// without any. What is reported of an ejected target is ignored.
func (r *Record) Report(failed bool, took time.Duration) {
	w := r.ward
	c := w.active.Load()
	if c == nil || r.out.Load() {
		return
	}
	if c.windows {
		n := uint64(1)
		if failed {
			n += oneFailed
		} else if c.factor != 0 {
			r.took.Add(int64(took))
		}
		r.counts.Add(n)
		if !w.timing.Load() {
			w.startWindow()
		}
	}
	if !failed {
		if r.failures.Load() != 0 { // a write would take the line from the other processors
			r.failures.Store(0)
		}
		return
	}
	if n := r.failures.Add(1); c.consecutive != 0 && n >= c.consecutive {
		r.failures.Store(0)
		if !w.full.Load() {
			w.ejectOne(r, n)
		}
	}
}

// Ejected reports whether the target is to get no requests. It is one atomic
// load.
func (r *Record) Ejected() bool { return r.out.Load() }

// A RecordStatus is what is known of a target from its requests, for people.
type RecordStatus struct {
	Ejected bool
	Since   time.Time // of the last ejection; zero: there was none
	Until   time.Time // when it is over, or was
	Times   int       // that it has been ejected
	Reason  string    // for the last ejection
}

// Status returns what is known of the target.
func (r *Record) Status() RecordStatus {
	r.ward.mu.Lock()
	defer r.ward.mu.Unlock()
	s := RecordStatus{Ejected: r.out.Load(), Since: r.since, Until: r.until, Times: r.times, Reason: r.reason}
	if !s.Ejected && s.Times > 0 {
		s.Until = r.back
	}
	return s
}

// fresh forgets what has been counted.
func (r *Record) fresh() {
	r.failures.Store(0)
	r.counts.Store(0)
	r.took.Store(0)
}

// inARow is the reason of an ejection for consecutive failures.
func inARow(n uint32) string {
	if n == 1 {
		return "a request failed"
	}
	return fmt.Sprintf("%d requests in a row failed", n)
}
