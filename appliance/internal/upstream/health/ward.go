// SPDX-License-Identifier: Apache-2.0

package health

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A ward has the records of an upstream's targets, of which some are ejected.
// The detectors that follow each other share it.
type ward struct {
	active atomic.Pointer[criteria] // of the newest detector that is open; nil: none is
	timing atomic.Bool              // a window has begun
	full   atomic.Bool              // no other target may be ejected now

	mu        sync.Mutex
	open      []*Detector // the newest last
	records   map[string]*Record
	ejected   int // of the records
	ejections int64
	window    *time.Timer
	closed    bool
}

// join opens a detector, unless the last one has been closed.
func (w *ward) join(d *Detector) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.open = append(w.open, d)
	w.active.Store(&d.criteria)
	w.measure()
	return true
}

func (w *ward) leave(d *Detector) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.open, d)
	if i < 0 {
		return
	}
	w.open = slices.Delete(w.open, i, i+1)
	if last := len(w.open) - 1; last >= 0 {
		w.active.Store(&w.open[last].criteria)
		w.measure()
		return
	}
	w.closed = true
	w.active.Store(nil)
	if w.window != nil {
		w.window.Stop()
	}
	for _, r := range w.records {
		if r.timer != nil {
			r.timer.Stop()
		}
	}
}

// measure finds out whether another target may be ejected. The caller holds mu.
func (w *ward) measure() {
	c := w.active.Load()
	w.full.Store(c == nil || w.ejected >= c.limit(len(w.records)))
}

func (w *ward) record(key string) *Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.records[key]
	if r == nil {
		r = &Record{ward: w, key: key}
		w.records[key] = r
		w.measure()
	}
	return r
}

func (w *ward) keep(keys []string) {
	kept := make(map[string]struct{}, len(keys))
	for _, key := range keys {
		kept[key] = struct{}{}
	}
	w.mu.Lock()
	for key, r := range w.records {
		if _, ok := kept[key]; ok {
			continue
		}
		delete(w.records, key)
		if r.out.Load() {
			w.ejected--
			r.timer.Stop()
		}
	}
	tell := w.discharge()
	w.measure()
	w.mu.Unlock()
	call(tell)
}

// discharge ends ejections until there are no more than there may be. The
// caller holds mu and calls what is returned.
func (w *ward) discharge() []func() {
	c := w.active.Load()
	if c == nil || w.ejected <= c.limit(len(w.records)) {
		return nil
	}
	var out []*Record
	for _, r := range w.records {
		if r.out.Load() {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Record) int { return a.until.Compare(b.until) })
	for _, r := range out[:w.ejected-c.limit(len(w.records))] {
		r.timer.Stop()
		w.readmit(r)
	}
	return w.listeners()
}

// ejectOne ejects a target of which so many requests in a row have failed.
func (w *ward) ejectOne(r *Record, failures uint32) {
	w.mu.Lock()
	var tell []func()
	if w.eject(r, inARow(failures)) {
		tell = w.listeners()
	}
	w.mu.Unlock()
	call(tell)
}

// eject ejects a target, if it is one that can be ejected. The caller holds mu.
func (w *ward) eject(r *Record, reason string) bool {
	c := w.active.Load()
	if c == nil || w.records[r.key] != r || r.out.Load() || w.ejected >= c.limit(len(w.records)) {
		return false
	}
	now := time.Now()
	r.length = c.next(r.length, now.Sub(r.back))
	r.since, r.until, r.reason = now, now.Add(r.length), reason
	r.times++
	r.out.Store(true)
	w.ejected++
	w.ejections++
	r.timer = time.AfterFunc(r.length, func() { w.over(r) })
	w.measure()
	return true
}

// over ends an ejection whose time is over.
func (w *ward) over(r *Record) {
	w.mu.Lock()
	if w.closed || w.records[r.key] != r || !r.out.Load() || time.Now().Before(r.until) {
		w.mu.Unlock()
		return
	}
	w.readmit(r)
	w.measure()
	tell := w.listeners()
	w.mu.Unlock()
	call(tell)
}

// readmit takes a target back as if nothing had been counted. The caller holds
// mu.
func (w *ward) readmit(r *Record) {
	r.fresh()
	r.back = time.Now()
	r.out.Store(false)
	w.ejected--
}

// listeners returns whom to tell of a change. The caller holds mu, and calls
// them when it does not.
func (w *ward) listeners() []func() {
	var all []func()
	for _, d := range w.open {
		if d.changed != nil {
			all = append(all, d.changed)
		}
	}
	return all
}

func call(all []func()) {
	for _, f := range all {
		f()
	}
}
