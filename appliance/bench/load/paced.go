// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Paced sends requests at a fixed rate a second, whether or not earlier ones
// have been answered, and returns how long each of them took, sorted. The
// time of a request that had to wait for a free connection runs from when it
// was due, so that a stall counts for everybody it delays.
func (q *Requests) Paced(ctx context.Context, address string, rate int, d time.Duration) ([]time.Duration, error) {
	p := &pace{requests: q, idle: make([]*paced, 0, q.Connections)}
	p.all = make([]*paced, q.Connections)
	defer p.close()
	for i := range p.all {
		c, err := q.dial(address)
		if err != nil {
			return nil, err
		}
		p.all[i] = &paced{reader: newReader(c, 32<<10), due: make(chan time.Time, 1)}
		p.idle = append(p.idle, p.all[i])
	}
	for _, c := range p.all {
		p.readers.Go(func() { p.read(c) })
	}
	if err := p.run(ctx, rate, d, p.send); err != nil {
		return nil, err
	}
	return p.result()
}

// A pace is the state of one Paced.
type pace struct {
	requests *Requests
	all      []*paced
	readers  sync.WaitGroup

	mu      sync.Mutex
	idle    []*paced
	backlog []time.Time // when requests were due that no connection was free for
	took    []time.Duration
	pending int
	err     error
}

// A paced connection has one request at a time.
type paced struct {
	*reader
	due chan time.Time // of the request that was sent
}

// run sends from a thread of its own: the timers of the runtime are not fine
// enough to pace by.
func (p *pace) run(ctx context.Context, rate int, d time.Duration, send func(due time.Time)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // only makes the pace finer
	begin, interval := time.Now(), time.Second/time.Duration(rate)
	for i := range int(d / interval) {
		due := begin.Add(time.Duration(i) * interval)
		for wait := time.Until(due); wait > 0; wait = time.Until(due) {
			t := unix.NsecToTimespec(int64(wait))
			_ = unix.Nanosleep(&t, nil) // a signal ends it early, such as those of the runtime
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		send(due)
	}
	return nil
}

func (p *pace) send(due time.Time) {
	p.mu.Lock()
	p.pending++
	n := len(p.idle)
	if n == 0 {
		p.backlog = append(p.backlog, due)
		p.mu.Unlock()
		return
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	p.mu.Unlock()
	p.write(c, due)
}

func (p *pace) write(c *paced, due time.Time) {
	c.due <- due
	if _, err := c.conn.Write(p.requests.Head); err != nil {
		p.fail(fmt.Errorf("send a request: %w", err))
		c.conn.Close()
	}
}

// read takes the answers of one connection until it is closed.
func (p *pace) read(c *paced) {
	for {
		if err := p.requests.check(c.reader); err != nil {
			p.fail(err)
			c.conn.Close()
			return
		}
		end := time.Now()
		took := end.Sub(<-c.due)
		p.mu.Lock()
		p.took = append(p.took, took)
		p.pending--
		if len(p.backlog) == 0 {
			p.idle = append(p.idle, c)
			p.mu.Unlock()
			continue
		}
		due := p.backlog[0]
		p.backlog = p.backlog[1:]
		p.mu.Unlock()
		p.write(c, due)
	}
}

// done counts an answer.
func (p *pace) done(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, took)
	p.pending--
}

func (p *pace) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// result waits for what is still on its way.
func (p *pace) result() ([]time.Duration, error) {
	for limit := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		pending, err := p.pending, p.err
		p.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if pending == 0 {
			break
		}
		if time.Now().After(limit) {
			return nil, fmt.Errorf("%d requests had no answer after %s", pending, patience)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.took) == 0 {
		return nil, errors.New("no request was sent: the time is too short for the rate")
	}
	took := slices.Clone(p.took)
	slices.Sort(took)
	return took, nil
}

func (p *pace) close() {
	for _, c := range p.all {
		if c != nil {
			c.conn.Close()
		}
	}
	p.readers.Wait()
}
