// SPDX-License-Identifier: Apache-2.0

package http2

import "sync"

// A task is work for a goroutine of its own.
type task interface{ run() }

// workers run tasks on goroutines that are used again: the stack of a fresh
// one has to grow each time.
type workers struct {
	mu     sync.Mutex
	parked []chan task
	users  int
}

// maxParked is how many goroutines of one shard wait for work at most.
const maxParked = 64

// shards spread the connections, so that they do not share a lock.
var shards [8]workers

// use says that a connection begins to use the workers.
func (w *workers) use() {
	w.mu.Lock()
	w.users++
	w.mu.Unlock()
}

// leave says that a connection has ended. With the last one, those that wait
// end.
func (w *workers) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.users--; w.users == 0 {
		for _, p := range w.parked {
			close(p)
		}
		w.parked = nil
	}
}

// do has tasks run.
func (w *workers) do(tasks ...task) {
	var room [16]chan task
	for len(tasks) > 0 {
		w.mu.Lock()
		n := min(len(w.parked), len(tasks), len(room))
		left := len(w.parked) - n
		woken := room[:copy(room[:n], w.parked[left:])]
		clear(w.parked[left:])
		w.parked = w.parked[:left]
		w.mu.Unlock()
		for i, p := range woken {
			p <- tasks[i]
		}
		tasks = tasks[n:]
		if n < len(room) {
			break
		}
	}
	for _, t := range tasks {
		go w.work(t)
	}
}

func (w *workers) work(t task) {
	wake := make(chan task, 1)
	for {
		t.run()
		t = nil
		w.mu.Lock()
		if w.users == 0 || len(w.parked) >= maxParked {
			w.mu.Unlock()
			return
		}
		w.parked = append(w.parked, wake)
		w.mu.Unlock()
		var ok bool
		if t, ok = <-wake; !ok {
			return
		}
	}
}
