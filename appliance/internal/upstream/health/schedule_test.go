// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func spec(change func(*api.ActiveCheck)) health.Spec {
	s := health.Spec{Protocol: api.ProtocolHTTP}
	s.Check.SetDefaults()
	if change != nil {
		change(&s.Check)
	}
	s.Key = fmt.Sprintf("%+v", s.Check)
	return s
}

// probes records what probes were made, and answers them.
type probes struct {
	mu     sync.Mutex
	begun  map[string][]time.Time
	failed map[string]bool
	closed map[string]int
}

func (p *probes) ask(_ context.Context, address string, _ time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.begun == nil {
		p.begun = make(map[string][]time.Time)
	}
	p.begun[address] = append(p.begun[address], time.Now())
	if p.failed[address] {
		return errors.New("status 503, and 200-299 is expected")
	}
	return nil
}

func (p *probes) fail(address string, failed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = make(map[string]bool)
	}
	p.failed[address] = failed
}

func (p *probes) close(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed == nil {
		p.closed = make(map[string]int)
	}
	p.closed[address]++
}

func (p *probes) of(address string) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]time.Time(nil), p.begun[address]...)
}

func nothing() {}

// S3-121: the first checks of 2,000 targets that come together are spread over
// a second.
func TestFirstProbesAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		c := health.NewFake(health.Options{}, p.ask, nil)
		defer c.Close()
		begin := time.Now()
		for i := range 2000 {
			c.Watch(fmt.Sprintf("target-%d:80", i), spec(nil), nil, nothing)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		var tenths [10]int
		for i := range 2000 {
			times := p.of(fmt.Sprintf("target-%d:80", i))
			if len(times) != 1 {
				t.Fatalf("target %d was probed %d times within a second", i, len(times))
			}
			tenths[times[0].Sub(begin)/(100*time.Millisecond)]++
		}
		for i, n := range tenths {
			if n < 120 || n > 280 { // 200 are right, and the standard deviation is 13
				t.Errorf("%d probes in tenth %d", n, i)
			}
		}
	})
}

// S1-05: checks come after the interval, 10% more or less, and after that of
// unhealthy targets while the target is one.
func TestIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		c := health.NewFake(health.Options{}, p.ask, nil)
		defer c.Close()
		s := spec(func(c *api.ActiveCheck) { c.UnhealthyInterval = schema.Duration(3 * time.Second) })
		w := c.Watch("a.test:80", s, nil, nothing)
		check := func(interval time.Duration, times []time.Time) {
			t.Helper()
			different := false
			for i := 1; i < len(times); i++ {
				d := times[i].Sub(times[i-1])
				if d < interval-interval/10 || d > interval+interval/10 {
					t.Errorf("%s between two checks, and %s is right", d, interval)
				}
				different = different || i > 1 && d != times[i-1].Sub(times[i-2])
			}
			if len(times) < 90 || !different {
				t.Errorf("%d checks, of different intervals: %v", len(times), different)
			}
		}
		time.Sleep(1000 * time.Second)
		check(10*time.Second, p.of("a.test:80"))
		p.fail("a.test:80", true)
		time.Sleep(60 * time.Second)
		if w.Healthy() {
			t.Error("healthy after failed checks")
		}
		before := len(p.of("a.test:80"))
		time.Sleep(300 * time.Second)
		check(3*time.Second, p.of("a.test:80")[before:])
	})
}

// A check never overlaps with itself, however long it takes.
func TestNoOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most, made atomic.Int64
		c := health.NewFake(health.Options{}, func(ctx context.Context, _ string, deadline time.Time) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			made.Add(1)
			if d := time.Until(deadline); d != 2*time.Second {
				t.Errorf("the probe has %s", d)
			}
			time.Sleep(time.Until(deadline))
			return errors.New("no response within 2s")
		}, nil)
		defer c.Close()
		s := spec(func(c *api.ActiveCheck) {
			c.Interval, c.Timeout = schema.Duration(2*time.Second), schema.Duration(2*time.Second)
		})
		c.Watch("a.test:80", s, nil, nothing)
		time.Sleep(200 * time.Second)
		if most.Load() != 1 || made.Load() < 90 {
			t.Errorf("%d checks, %d at a time", made.Load(), most.Load())
		}
	})
}

// S3-107: a thousand targets that never answer, and may take ten minutes,
// neither run together at once nor keep others from being checked.
func TestBlackHoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		var order []string
		var mu sync.Mutex
		c := health.NewFake(health.Options{MaxProbes: 50}, func(ctx context.Context, address string, deadline time.Time) error {
			p.ask(ctx, address, deadline)
			mu.Lock()
			order = append(order, address)
			mu.Unlock()
			if strings.HasPrefix(address, "hole") {
				<-ctx.Done()
			}
			return nil
		}, nil)
		defer c.Close()
		slow := spec(func(c *api.ActiveCheck) {
			c.Interval, c.Timeout = schema.Duration(time.Hour), schema.Duration(10*time.Minute)
		})
		begin := time.Now()
		for i := range 1000 {
			c.Watch(fmt.Sprintf("hole-%d:80", i), slow, nil, nothing)
		}
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if s := c.Stats(); s.Running > 50 || s.Running+s.Waiting < 990 {
			t.Errorf("in the first second: %+v", s)
		}
		time.Sleep(time.Millisecond)
		c.Watch("well:80", spec(nil), nil, nothing)
		time.Sleep(21 * time.Second) // 50 of them go ahead each second
		if times := p.of("well:80"); len(times) == 0 {
			t.Error("the target behind the others has not been checked")
		} else if d := times[0].Sub(begin); d < 19*time.Second {
			t.Errorf("it was checked after %s: more probes than 50 have begun in some second", d)
		}
		time.Sleep(100 * time.Second)
		if times := p.of("well:80"); len(times) < 9 {
			t.Errorf("it was checked %d times", len(times))
		}
		if s := c.Stats(); s.Running != 1000 || s.Waiting != 0 || s.Targets != 1001 {
			t.Errorf("%+v", s)
		}
	})
}

// Probes wait in the order in which they were due.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var order []string
		c := health.NewFake(health.Options{MaxProbes: 1}, func(_ context.Context, address string, _ time.Time) error {
			mu.Lock()
			order = append(order, address)
			mu.Unlock()
			time.Sleep(500 * time.Millisecond)
			return nil
		}, nil)
		defer c.Close()
		quick := spec(func(c *api.ActiveCheck) { c.Interval = schema.Duration(2 * time.Second) })
		for i := range 3 {
			c.Watch(fmt.Sprint(i, ":80"), quick, nil, nothing)
		}
		time.Sleep(100 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		for i := 3; i+3 <= len(order); i += 3 {
			if order[i] == order[i+1] || order[i] == order[i+2] || order[i+1] == order[i+2] {
				t.Fatalf("somebody was left behind: %v", order[i-3:i+3])
			}
		}
		if len(order) < 100 {
			t.Errorf("%d probes", len(order))
		}
	})
}

// S3-120: after the last release nothing is probed any more; the probe that was
// running is given up and changes nothing.
func TestRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		var called atomic.Int64
		hang := atomic.Bool{}
		c := health.NewFake(health.Options{}, func(ctx context.Context, address string, deadline time.Time) error {
			err := p.ask(ctx, address, deadline)
			if hang.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return err
		}, p.close)
		defer c.Close()
		first := c.Watch("a.test:80", spec(nil), nil, func() { called.Add(1) })
		second := c.Watch("a.test:80", spec(nil), nil, func() { called.Add(1) })
		time.Sleep(60 * time.Second)
		n := len(p.of("a.test:80"))
		first.Release()
		first.Release()
		time.Sleep(60 * time.Second)
		if m := len(p.of("a.test:80")); m < n+5 {
			t.Errorf("%d probes in a minute after the release of one of two", m-n)
		}
		hang.Store(true)
		time.Sleep(11 * time.Second)
		if c.Stats().Running != 1 {
			t.Fatalf("%+v", c.Stats())
		}
		n = len(p.of("a.test:80"))
		second.Release()
		synctest.Wait()
		if s := c.Stats(); s.Running != 0 || s.Targets != 0 || s.Watches != 0 || s.Failures != 0 {
			t.Errorf("after the last release: %+v", s)
		}
		time.Sleep(time.Hour)
		if m := len(p.of("a.test:80")); m != n {
			t.Errorf("%d probes after the last release", m-n)
		}
		if called.Load() != 0 || p.closed["a.test:80"] != 1 || !second.Healthy() {
			t.Errorf("%d calls, closed %d times, healthy: %v", called.Load(), p.closed["a.test:80"], second.Healthy())
		}
	})
}

// S3-117 to S3-119: who takes a target over has the state that it had; who
// comes when nobody has it any more begins anew.
func TestTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		c := health.NewFake(health.Options{}, p.ask, nil)
		defer c.Close()
		p.fail("a.test:80", true)
		old := c.Watch("a.test:80", spec(nil), nil, nothing)
		time.Sleep(15 * time.Second)
		for range 100 { // a rolling update: each generation takes the target over
			w := c.Watch("a.test:80", spec(nil), old, nothing)
			if w.Healthy() || old.Healthy() {
				t.Fatal("the state was lost")
			}
			old.Release()
			old = w
			time.Sleep(100 * time.Millisecond)
		}
		if n := len(p.of("a.test:80")); n > 4 {
			t.Errorf("%d probes in 25 s", n)
		}
		since := old.Status().Since

		// Other settings: the state goes on, and is judged by them.
		other := spec(func(c *api.ActiveCheck) { c.Path, c.HealthyThreshold = "/other", 3 })
		w := c.Watch("a.test:80", other, old, nothing)
		old.Release()
		if s := w.Status(); s.Healthy || s.Since != since || !s.Checked || s.Failures != 0 || s.Error == "" {
			t.Errorf("after a change of the settings: %+v", s)
		}
		p.fail("a.test:80", false)
		time.Sleep(1100 * time.Millisecond)
		if s := w.Status(); s.Healthy || s.Successes != 1 {
			t.Errorf("after one success of three: %+v", s)
		}
		time.Sleep(22 * time.Second)
		if !w.Healthy() {
			t.Errorf("after three successes: %+v", w.Status())
		}

		// A watch that has been released, or is of another address, has nothing to give.
		p.fail("b.test:80", true)
		b := c.Watch("b.test:80", spec(nil), nil, nothing)
		time.Sleep(2 * time.Second)
		if c.Watch("c.test:80", spec(nil), b, nothing); b.Healthy() {
			t.Fatal("healthy")
		}
		if !c.Watch("d.test:80", spec(nil), b, nothing).Healthy() {
			t.Error("a state of another address was taken over")
		}
		b.Release()
		if again := c.Watch("b.test:80", spec(nil), b, nothing); !again.Healthy() || again.Status().Checked {
			t.Error("a state was taken over that was to be forgotten")
		}
	})
}

// Checks of the same target with the same settings are one, and everybody is
// told.
func TestSharing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		var log bytes.Buffer
		c := health.NewFake(health.Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, p.ask, nil)
		defer c.Close()
		var calls [3]atomic.Int64
		var all []*health.Watch
		for i := range calls {
			all = append(all, c.Watch("a.test:80", spec(nil), nil, func() { calls[i].Add(1) }))
		}
		apart := c.Watch("a.test:80", spec(func(c *api.ActiveCheck) { c.Path = "/apart" }), nil, nothing)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(p.of("a.test:80")); n != 2 {
			t.Errorf("%d probes for two different checks", n)
		}
		if s := c.Stats(); s.Targets != 2 || s.Watches != 4 || s.Probes != 2 || s.Failures != 0 {
			t.Errorf("%+v", s)
		}
		apart.Release()
		p.fail("a.test:80", true)
		time.Sleep(time.Minute)
		for i := range calls {
			if all[i].Healthy() || calls[i].Load() != 1 {
				t.Errorf("watch %d: healthy %v, %d calls", i, all[i].Healthy(), calls[i].Load())
			}
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "status 503") || !strings.Contains(got, "a.test:80") {
			t.Errorf("log: %s", got)
		}
		p.fail("a.test:80", false)
		time.Sleep(time.Minute)
		if calls[0].Load() != 2 || !all[0].Healthy() {
			t.Errorf("%d calls, healthy: %v", calls[0].Load(), all[0].Healthy())
		}
		if s := all[0].Status(); s.Error != "" || s.Failures != 0 || s.Successes < 5 || s.LastCheck.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

// What is called may watch and release, and the next check waits for it.
func TestCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		c := health.NewFake(health.Options{}, p.ask, nil)
		defer c.Close()
		p.fail("a.test:80", true)
		var running, most, told atomic.Int64
		var own atomic.Pointer[health.Watch]
		s := spec(func(c *api.ActiveCheck) { c.HealthyThreshold, c.UnhealthyThreshold = 1, 1 })
		w := c.Watch("a.test:80", s, nil, func() {
			w := own.Load()
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			p.fail("a.test:80", w.Healthy())
			time.Sleep(30 * time.Second)
			c.Watch("b.test:80", s, nil, nothing).Release()
			if told.Add(1) == 10 {
				w.Release()
			}
		})
		own.Store(w)
		time.Sleep(time.Hour)
		if most.Load() != 1 || told.Load() != 10 || c.Stats().Targets != 0 {
			t.Errorf("%d calls, %d at a time, %+v", told.Load(), most.Load(), c.Stats())
		}
	})
}

// After Close nothing is probed, whoever watches.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p probes
		c := health.NewFake(health.Options{MaxProbes: 1}, func(ctx context.Context, address string, deadline time.Time) error {
			p.ask(ctx, address, deadline)
			<-ctx.Done()
			return nil
		}, p.close)
		a := c.Watch("a.test:80", spec(nil), nil, nothing)
		c.Watch("b.test:80", spec(nil), nil, nothing)
		time.Sleep(time.Second)
		synctest.Wait()
		n := len(p.of("a.test:80")) + len(p.of("b.test:80"))
		c.Close()
		late := c.Watch("c.test:80", spec(nil), nil, nothing)
		time.Sleep(time.Hour)
		if m := len(p.of("a.test:80")) + len(p.of("b.test:80")) + len(p.of("c.test:80")); m != n || !late.Healthy() {
			t.Errorf("%d probes after Close", m-n)
		}
		a.Release()
		late.Release()
		if s := c.Stats(); s.Targets != 0 || s.Watches != 1 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// S3-116: 5,000 watches of 2,500 targets come and go at the same time, with
// probes that are running, and nothing stays.
func TestManyComeAndGo(t *testing.T) {
	var made, closed, alive atomic.Int64
	c := health.NewFake(health.Options{MaxProbes: 8}, func(ctx context.Context, _ string, _ time.Time) error {
		alive.Add(1)
		defer alive.Add(-1)
		if made.Add(1)%2 == 0 {
			<-ctx.Done()
		}
		return nil
	}, func(string) { closed.Add(1) })
	s := spec(func(c *api.ActiveCheck) {
		c.Interval = schema.Duration(time.Millisecond)
		c.InitiallyHealthy = false
	})
	var all sync.WaitGroup
	for worker := range 10 {
		all.Go(func() {
			var kept []*health.Watch
			for i := range 500 {
				var from *health.Watch
				if len(kept) > 0 {
					from = kept[len(kept)-1]
				}
				w := c.Watch(fmt.Sprintf("target-%d:80", worker/2*500+i), s, from, func() { _ = c.Stats() })
				kept = append(kept, w)
				_, _ = w.Healthy(), w.Status()
				if i%3 == 0 {
					kept[i/2].Release()
				}
			}
			for _, w := range kept {
				w.Release()
			}
		})
	}
	all.Wait()
	if s := c.Stats(); s.Targets != 0 || s.Watches != 0 {
		t.Errorf("%+v", s)
	}
	c.Close()
	if alive.Load() != 0 || made.Load() == 0 {
		t.Errorf("%d probes run after Close, of %d", alive.Load(), made.Load())
	}
}
