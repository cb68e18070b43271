// SPDX-License-Identifier: Apache-2.0

package life

import (
	"sync"
	"time"
)

// Interval is how often lines that somebody waits for are looked at.
const Interval = 100 * time.Millisecond

// watching is the lines that somebody waits for. Its goroutine lives only
// while there are any.
var watching watch

type watch struct {
	mu      sync.Mutex
	lines   map[*Line]struct{}
	running bool
}

func (w *watch) add(l *Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lines == nil {
		w.lines = make(map[*Line]struct{})
	}
	w.lines[l] = struct{}{}
	if !w.running {
		w.running = true
		go w.run()
	}
}

func (w *watch) run() {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for range tick.C {
		w.mu.Lock()
		lines := make([]*Line, 0, len(w.lines))
		for l := range w.lines {
			lines = append(lines, l)
		}
		w.mu.Unlock()
		for _, l := range lines {
			l.Gone()
			l.unwatch()
		}
		w.mu.Lock()
		if len(w.lines) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
	}
}

func (w *watch) remove(l *Line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.lines, l)
}

// unwatch lets go of a line that has ended or nobody waits for any more.
func (l *Line) unwatch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() || l.done == nil && l.hook == nil && len(l.after) == 0 {
		l.watch = false
		watching.remove(l) // under the lock, or it could be added again before
	}
}
