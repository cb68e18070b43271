// SPDX-License-Identifier: Apache-2.0

package health

import (
	"sync"
	"time"
)

// patience is how long a probe may run before another one goes ahead in its
// place: from then on it costs memory and no processor.
const patience = time.Second

// A line bounds how many probes run at a time. Those that have to wait do it
// in the order in which they came, and without a goroutine.
type line struct {
	mu          sync.Mutex
	free        int // probes that may begin now
	running     int
	waiting     int
	first, last *check // in line
	closed      bool
	ended       sync.WaitGroup // of those that run
}

// enter runs a check's probe now, or puts it in line. The goroutine is the
// check's own; with a place to give on, it runs the probes of those in line.
func (l *line) enter(c *check) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	if l.free == 0 {
		l.wait(c)
		l.mu.Unlock()
		return
	}
	l.free--
	l.started()
	l.mu.Unlock()
	l.work(c)
}

// work runs the probe of a check that has a place, and then those of others in
// the same place, until nobody is in line.
func (l *line) work(c *check) {
	for c != nil {
		impatient := time.AfterFunc(patience, func() { l.work(l.yield()) })
		c.run()
		l.over()
		if !impatient.Stop() {
			return // the place is somebody else's
		}
		c = l.yield()
	}
}

// yield gives a place to the first in line, who is returned, or back.
func (l *line) yield() *check {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.first != nil && !l.closed {
		c := l.first
		l.first, c.next = c.next, nil
		if l.first == nil {
			l.last = nil
		}
		l.waiting--
		if c.life.Err() == nil {
			l.started()
			return c
		}
	}
	l.free++
	return nil
}

// wait puts a check at the end of the line. The caller holds mu.
func (l *line) wait(c *check) {
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
	l.waiting++
}

// started counts a probe. The caller holds mu and has seen that the line is not
// closed.
func (l *line) started() {
	l.running++
	l.ended.Add(1)
}

func (l *line) over() {
	l.mu.Lock()
	l.running--
	l.mu.Unlock()
	l.ended.Done()
}

func (l *line) count() (running, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, l.waiting
}

// close has no other probe begin, and waits for those that run.
func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	l.first, l.last, l.waiting = nil, nil, 0
	l.mu.Unlock()
	l.ended.Wait()
}
