// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxSpread is the time over which the first probes of targets that come
// together are spread, if their interval is no shorter.
const maxSpread = time.Second

// A check is the probing of one address with the same settings. Between two
// probes it is nothing but a timer.
type check struct {
	checker     *Checker
	address     string // of the target, before the port of the settings
	key         string
	thresholds  thresholds
	every       time.Duration
	whileFailed time.Duration // the same while the target is not healthy
	timeout     time.Duration

	prober  prober
	life    context.Context // ends with the check
	cancel  context.CancelFunc
	healthy atomic.Bool
	next    *check // in line, guarded by the line

	mu      sync.Mutex
	state   state
	timer   *time.Timer // of the next probe
	ended   bool
	watches []*Watch
}

func newCheck(c *Checker, address string, s Spec) *check {
	one := &check{
		checker: c, address: address, key: s.Key,
		thresholds: thresholds{healthy: s.Check.HealthyThreshold, unhealthy: s.Check.UnhealthyThreshold},
		every:      s.Check.Interval.Std(), whileFailed: s.Check.UnhealthyInterval.Std(), timeout: s.Check.Timeout.Std(),
		state: state{healthy: s.Check.InitiallyHealthy, since: time.Now()},
	}
	if one.whileFailed == 0 {
		one.whileFailed = one.every
	}
	one.life, one.cancel = context.WithCancel(context.Background())
	one.healthy.Store(one.state.healthy)
	var err error
	if one.prober, err = c.newProber(address, s, one.dialer()); err != nil {
		one.prober = refused{err}
	}
	return one
}

// inherit takes the state over that the target has by other settings.
func (c *check) inherit(from *check) {
	from.mu.Lock()
	old := from.state
	from.mu.Unlock()
	if old.checked {
		c.state = old.under()
		c.healthy.Store(c.state.healthy)
	}
}

// begin has the first probe made, at some time within the spread.
func (c *check) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer = time.AfterFunc(rand.N(min(c.every, maxSpread)), c.due)
}

// end ends the probing for good.
func (c *check) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.ended = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.cancel()
	c.prober.close()
}

// dialer makes connections as long as the check lasts.
func (c *check) dialer() dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := c.life.Err(); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(c.life, cancel)()
		return c.checker.options.Dial(ctx, network, address)
	}
}

// due is called when it is time for a probe.
func (c *check) due() { c.checker.line.enter(c) }

// run makes one probe and tells its result. The caller is the only one.
func (c *check) run() {
	begun := time.Now()
	if c.life.Err() != nil {
		return
	}
	err := c.prober.probe(c.life, begun.Add(c.timeout))
	now := time.Now()

	c.mu.Lock()
	if c.ended { // what the probe says is that it was given up
		c.mu.Unlock()
		return
	}
	changed := c.state.result(err, now, c.thresholds)
	c.healthy.Store(c.state.healthy)
	var tell []*Watch
	if changed {
		tell = append(tell, c.watches...)
	}
	c.mu.Unlock()

	c.checker.probes.Add(1)
	if err != nil {
		c.checker.failures.Add(1)
	}
	if changed {
		c.log(err)
	}
	for _, w := range tell {
		w.tell()
	}
	c.again(begun)
}

// tell tells the holder of a watch of a change, unless it has been released.
func (w *Watch) tell() {
	c := w.check.checker
	c.mu.Lock()
	released := w.released
	c.mu.Unlock()
	if !released && w.changed != nil {
		w.changed()
	}
}

func (c *check) log(err error) {
	if err != nil {
		c.checker.options.Log.Warn("a target is unhealthy: its check failed", "target", c.address, "error", err.Error())
		return
	}
	c.checker.options.Log.Info("a target is healthy: its check succeeded", "target", c.address)
}

// again has the next probe made, an interval after the last one began.
func (c *check) again(begun time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	interval := c.every
	if !c.state.healthy {
		interval = c.whileFailed
	}
	c.timer.Reset(max(0, time.Until(begun.Add(jitter(interval)))))
}

// jitter returns the interval, up to 10% more or less.
func jitter(interval time.Duration) time.Duration {
	most := interval / 10
	return interval - most + rand.N(2*most+1)
}
