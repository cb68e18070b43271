// SPDX-License-Identifier: Apache-2.0

package limit

import "sync/atomic"

// A line is those who wait, the first first. The gate's lock guards all of it
// but for the length, which anybody may read.
type line struct {
	first, last *waiter
	length      atomic.Int64
}

// A waiter is one of a line.
type waiter struct {
	turn           chan struct{} // closed when it is its turn
	called         bool
	previous, next *waiter
}

// add puts a waiter at the end, or at the front if it has been there already.
func (l *line) add(w *waiter, front bool) {
	switch {
	case l.first == nil:
		l.first, l.last = w, w
	case front:
		w.next, l.first.previous = l.first, w
		l.first = w
	default:
		w.previous, l.last.next = l.last, w
		l.last = w
	}
}

// remove takes a waiter out.
func (l *line) remove(w *waiter) {
	if w.previous == nil {
		l.first = w.next
	} else {
		w.previous.next = w.next
	}
	if w.next == nil {
		l.last = w.previous
	} else {
		w.next.previous = w.previous
	}
	w.previous, w.next = nil, nil
	l.length.Add(-1)
}

// call tells the first that it is its turn, and reports whether there was one.
func (l *line) call() bool {
	w := l.first
	if w == nil {
		return false
	}
	l.remove(w)
	w.called = true
	close(w.turn)
	return true
}
