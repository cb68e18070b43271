// SPDX-License-Identifier: Apache-2.0

// Package load makes the requests of the benchmark: closed loops that keep a
// number of connections busy, a fixed rate for latency, and connections that
// idle. Every answer is checked; a wrong one is counted as a failure.
package load

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long an answer may take before its connection is cut.
const patience = 20 * time.Second

// pause is how long a worker waits after a failure: a gateway that refuses
// everything must not look fast.
const pause = 10 * time.Millisecond

// A Loop is a load that runs until it is stopped.
type Loop struct {
	workers []worker
	stop    atomic.Bool
	ended   sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// A worker has a cache line of its own, as every request counts.
type worker struct {
	done   atomic.Int64
	failed atomic.Int64
	reason atomic.Pointer[error]
	_      [104]byte
}

// fail counts a failure and keeps the first reason.
func (w *worker) fail(err error) {
	w.failed.Add(1)
	w.reason.CompareAndSwap(nil, &err)
}

// start runs a function for each of n workers. It must return soon after the
// loop has been stopped.
func start(n int, run func(l *Loop, w *worker)) *Loop {
	l := &Loop{workers: make([]worker, n)}
	for i := range l.workers {
		l.ended.Go(func() { run(l, &l.workers[i]) })
	}
	return l
}

func (l *Loop) stopped() bool { return l.stop.Load() }

// Done returns how much has been done so far: requests, calls, or bytes of
// bodies.
func (l *Loop) Done() int64 {
	var sum int64
	for i := range l.workers {
		sum += l.workers[i].done.Load()
	}
	return sum
}

// Failed returns how many requests had no answer or a wrong one, and why the
// first of them failed.
func (l *Loop) Failed() (int64, error) {
	var sum int64
	var first error
	for i := range l.workers {
		sum += l.workers[i].failed.Load()
		if p := l.workers[i].reason.Load(); p != nil && first == nil {
			first = *p
		}
	}
	if sum == 0 {
		return 0, nil
	}
	return sum, fmt.Errorf("%d requests failed; one of them: %w", sum, first)
}

// open counts a connection in, so that Stop can cut it.
func (l *Loop) open(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		l.conns = make(map[net.Conn]struct{})
	}
	l.conns[c] = struct{}{}
}

// close closes a connection that was counted in.
func (l *Loop) close(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	c.Close()
}

// Stop lets every worker finish what it is at, and waits for that. What takes
// longer than patience has failed.
func (l *Loop) Stop() {
	l.stop.Store(true)
	cut := time.AfterFunc(patience, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for c := range l.conns {
			c.Close()
		}
	})
	defer cut.Stop()
	l.ended.Wait()
}

// Work is what can keep connections busy: Requests, Calls or Bodies.
type Work interface {
	// Loop starts it at a proxy's address.
	Loop(address string) *Loop
}

// A Pacer does a fixed number of things a second for a while, whether or not
// earlier ones are over, and returns how long each of them took, sorted.
type Pacer interface {
	Paced(ctx context.Context, address string, rate int, d time.Duration) ([]time.Duration, error)
}
