// SPDX-License-Identifier: Apache-2.0

package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A tally is what has been counted of a target in a window.
type tally struct {
	record           *Record
	requests, failed uint32
	took             time.Duration // of the others, together
	reason           string
}

// startWindow begins a window, unless one has begun.
func (w *ward) startWindow() {
	if !w.timing.CompareAndSwap(false, true) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.active.Load(); c != nil {
		w.window = time.AfterFunc(c.window, w.endWindow)
	}
}

// endWindow judges the targets by what they did in a window. Another window
// begins, unless nothing was reported in this one.
func (w *ward) endWindow() {
	w.mu.Lock()
	c := w.active.Load()
	if c == nil {
		w.mu.Unlock()
		return
	}
	all := w.count()
	var tell []func()
	for _, t := range c.judge(all) {
		if w.eject(t.record, t.reason) {
			tell = w.listeners()
		}
	}
	if len(all) == 0 {
		w.timing.Store(false)
	}
	// What has been reported just before that has seen that a window had begun.
	if len(all) > 0 || w.reported() && w.timing.CompareAndSwap(false, true) {
		w.window = time.AfterFunc(c.window, w.endWindow)
	}
	w.mu.Unlock()
	call(tell)
}

// count returns what was counted of the targets that were asked, and begins
// anew. The caller holds mu.
func (w *ward) count() (all []tally) {
	for _, r := range w.records {
		counts, took := r.counts.Swap(0), r.took.Swap(0)
		if counts != 0 {
			all = append(all, tally{record: r, requests: uint32(counts), failed: uint32(counts >> 32), took: time.Duration(took)})
		}
	}
	return all
}

// reported reports whether something has been counted. The caller holds mu.
func (w *ward) reported() bool {
	for _, r := range w.records {
		if r.counts.Load() != 0 {
			return true
		}
	}
	return false
}

// judge returns those that are to be ejected, with the reason, the worst first.
func (c *criteria) judge(all []tally) []tally {
	all = slices.DeleteFunc(slices.Clone(all), func(t tally) bool { return t.requests < c.minRequests })
	median := c.median(all)
	var bad []tally
	for _, t := range all {
		switch {
		case c.ratio != 0 && uint64(t.failed)*100 >= uint64(c.ratio)*uint64(t.requests):
			t.reason = fmt.Sprintf("%d of %d requests within %s failed", t.failed, t.requests, c.window)
		case median > 0 && t.failed < t.requests && float64(t.mean()) > c.factor*float64(median):
			t.reason = fmt.Sprintf("%s on average within %s, and the median of the targets is %s", rounded(t.mean()), c.window, rounded(median))
		default:
			continue
		}
		bad = append(bad, t)
	}
	slices.SortFunc(bad, func(a, b tally) int {
		return cmp.Or(
			cmp.Compare(uint64(b.failed)*uint64(a.requests), uint64(a.failed)*uint64(b.requests)),
			cmp.Compare(b.mean(), a.mean()),
			cmp.Compare(a.record.key, b.record.key),
		)
	})
	return bad
}

// median returns the median of what the targets took on average, the lower one
// of two: of two targets one can be slower. It is 0 if it is not asked for,
// or there are fewer than two to compare.
func (c *criteria) median(all []tally) time.Duration {
	if c.factor == 0 {
		return 0
	}
	var means []time.Duration
	for _, t := range all {
		if t.failed < t.requests {
			means = append(means, t.mean())
		}
	}
	if len(means) < 2 {
		return 0
	}
	slices.Sort(means)
	return means[(len(means)-1)/2]
}

// mean returns what the requests took on average that did not fail.
func (t *tally) mean() time.Duration {
	if t.failed >= t.requests {
		return 0
	}
	return t.took / time.Duration(t.requests-t.failed)
}

// rounded returns three digits or so of a time.
func rounded(d time.Duration) time.Duration {
	for unit := time.Second; unit > 1; unit /= 10 {
		if d >= 100*unit {
			return d.Round(unit)
		}
	}
	return d
}
