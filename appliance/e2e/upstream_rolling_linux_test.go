// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// Of the checks in tests of rolling updates.
const (
	probeInterval = 2 * time.Second
	// moment is how long after its removal something that was under way may
	// still reach a target.
	moment = 2 * time.Second
	// A check of a sick target takes all of the timeout: one whose state was
	// lost would be taken for healthy for as long.
	rollingChecks = `,"idle_timeout":"300ms","health":{"active":{"path":"/healthz","interval":"2s","timeout":"2s","healthy_threshold":1}}`
)

// A rollout replaces the targets of upstreams while traffic goes through them.
type rollout struct {
	*gatewaytest.Gateway
	*fleet
	load      *load
	upstreams [][]string // addresses of each
	next      int        // fresh address
	began     map[string]time.Time
	removed   map[string]time.Time
}

// newRollout serves so many upstreams of so many targets each, every one on a
// path of its own, and puts clients to work.
func newRollout(t *testing.T, upstreams, each int) *rollout {
	r := &rollout{
		Gateway: gatewaytest.Start(t, nil), fleet: newFleet(t), upstreams: make([][]string, upstreams),
		began: make(map[string]time.Time), removed: make(map[string]time.Time),
	}
	address := gatewaytest.FreeAddress(t)
	r.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	for u := range r.upstreams {
		for range each {
			r.upstreams[u] = append(r.upstreams[u], r.fresh())
		}
	}
	for u, ips := range r.upstreams {
		for i, ip := range ips {
			// The older half of the targets goes first; of the other, one in twenty is sick.
			r.member(ip).hangs.Store(i >= each/2 && (u*each+i)%20 == 0)
		}
		r.write(t, u)
		r.Put(t, "route", fmt.Sprint("r", u), fmt.Sprintf(`{"paths":["/%d/*"],"upstream":"u%d"}`, u, u))
	}
	r.load = newLoad(t)
	path := func() string { return fmt.Sprintf("/%d/x", rand.IntN(upstreams)) }
	for range 2 {
		r.load.asking("HTTP/1.1", "POST", address, path)
		r.load.asking("HTTP/1.1", "GET", address, path)
		r.load.asking("h2c", "POST", address, path)
	}
	return r
}

func (r *rollout) fresh() string {
	r.next++
	ip := loopback(10+r.next/60_000, r.next%60_000)
	r.began[ip] = time.Now()
	return ip
}

// write has the gateway serve an upstream as it is.
func (r *rollout) write(t *testing.T, u int) {
	t.Helper()
	r.Put(t, "upstream", fmt.Sprint("u", u), upstreamOf(r.targets(r.upstreams[u]...), rollingChecks))
}

// replace puts new targets in the place of the oldest n of an upstream.
func (r *rollout) replace(t *testing.T, u, n int) {
	t.Helper()
	gone := slices.Clone(r.upstreams[u][:n])
	r.upstreams[u] = slices.Clone(r.upstreams[u][n:])
	for range n {
		r.upstreams[u] = append(r.upstreams[u], r.fresh())
	}
	r.write(t, u)
	for _, ip := range gone {
		r.removed[ip] = time.Now()
	}
	r.load.check(t)
}

// hanging returns the targets that are sick.
func (r *rollout) hanging() (ips []string) {
	for _, upstream := range r.upstreams {
		for _, ip := range upstream {
			if r.member(ip).hangs.Load() {
				ips = append(ips, ip)
			}
		}
	}
	return ips
}

// foundOut waits until checks have told who is sick: every target would get one
// request, and they get none.
func (r *rollout) foundOut(t *testing.T, sick []string) {
	t.Helper()
	eventually(t, "check every target", func() bool {
		for ip := range r.began {
			if r.member(ip).judged.Load() == 0 {
				return false
			}
		}
		return true
	})
	enough := int64(len(r.began))
	for deadline := time.Now().Add(patience); ; {
		before, from := r.asked(sick...), r.served.Load()
		eventually(t, "serve", func() bool { return r.served.Load() > from+enough })
		if r.asked(sick...) == before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("sick targets go on getting requests")
		}
	}
}

// roll replaces all targets, step by step, and judges what they have seen.
func (r *rollout) roll(t *testing.T, step func(i int), steps int) {
	t.Helper()
	begin := time.Now()
	sick := r.hanging()
	if len(sick) == 0 {
		t.Fatal("nobody is sick")
	}
	r.foundOut(t, sick)
	found := time.Since(begin)
	before, served := r.asked(sick...), r.served.Load()
	begin = time.Now()
	for i := range steps {
		step(i)
	}
	took := time.Since(begin)
	r.load.flows(t)
	// Who was removed last must not be checked one interval later either.
	for last := time.Now().Add(probeInterval*11/10 + moment); time.Now().Before(last); time.Sleep(10 * time.Millisecond) {
		r.load.check(t)
	}
	if n := r.asked(sick...) - before; n != 0 {
		t.Errorf("S3-118: sick targets got %d requests: their state was lost", n)
	}
	late, lateProbes, probes, idle := 0, 0, int64(0), 0
	for ip, at := range r.removed {
		m := r.member(ip)
		if m.lastProbe.Load() > at.Add(moment).UnixNano() {
			lateProbes++
		}
		if m.lastAsked.Load() > at.Add(moment).UnixNano() {
			late++
		}
		probes += m.probes.Load()
		if most := int64(at.Add(moment).Sub(r.began[ip])/(probeInterval*9/10)) + 2; m.probes.Load() > most {
			t.Errorf("%s was checked %d times, at most %d are due", ip, m.probes.Load(), most)
		}
	}
	if late+lateProbes > 0 {
		t.Errorf("S3-119: of %d removed targets %d were checked and %d asked later than %s after", len(r.removed), lateProbes, late, moment)
	}
	eventually(t, "close connections to removed targets", func() bool {
		for ip := range r.removed {
			if r.member(ip).open.Load() > 0 {
				return false
			}
		}
		return true
	})
	for _, upstream := range r.upstreams {
		for _, ip := range upstream {
			if r.removed[ip].IsZero() && r.member(ip).probes.Load() == 0 {
				idle++
			}
		}
	}
	if idle > 0 {
		t.Errorf("%d new targets were never checked", idle)
	}
	r.load.stop()
	r.load.check(t)
	t.Logf("%d sick targets found in %s; %d targets replaced in %d steps in %s, %d requests meanwhile; %d checks of those removed",
		len(sick), found.Round(time.Millisecond), len(r.removed), steps, took.Round(time.Millisecond), r.served.Load()-served, probes)
}

// S3-116 to S3-120: all of 2,000 targets are replaced, twenty at a time, under
// load: no request fails, what is known of those that stay is kept, and those
// that have gone are neither asked nor checked.
func TestUpstreamRollsTwoThousandTargets(t *testing.T) {
	targets, batch := 2000, 20
	if testing.Short() {
		targets = 400
	}
	r := newRollout(t, 1, targets)
	r.roll(t, func(int) { r.replace(t, 0, batch) }, targets/batch)
}

// The same with 5,000 targets in 200 upstreams, of which four change in a step.
func TestUpstreamRollsTwoHundredUpstreams(t *testing.T) {
	upstreams, each, batch, together := 200, 25, 5, 4
	if testing.Short() {
		upstreams = 20
	}
	r := newRollout(t, upstreams, each)
	r.roll(t, func(i int) {
		for k := range together {
			r.replace(t, (i*together+k)%upstreams, batch)
		}
	}, upstreams*each/(batch*together))
}
