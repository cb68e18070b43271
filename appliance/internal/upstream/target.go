// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Target is one server of one pool.
type Target struct {
	Spec     api.Target
	endpoint *endpoint
	load     *balance.Load
	judge    *judge
	record   *health.Record // nil: nobody watches how it answers
	watch    *health.Watch  // nil: nobody asks it
	name     string         // that cookies have for it; "" if there are none
	up       bool           // what Available was when the pool last settled; guarded by its mu
	well     *atomic.Int64  // Unix nanoseconds since when it is available; 0: always, negative: it is not
}

var _ message.RoundTripper = (*Target)(nil)

// Address returns "host:port".
func (t *Target) Address() string { return t.endpoint.address }

// Healthy reports whether active checks find the target well; it is where there
// are none.
func (t *Target) Healthy() bool { return t.watch == nil || t.watch.Healthy() }

// Ejected reports whether the target has failed requests and gets none for a
// while.
func (t *Target) Ejected() bool { return t.record != nil && t.record.Ejected() }

// Available reports whether the target can get requests, if it has a weight.
func (t *Target) Available() bool { return t.Healthy() && !t.Ejected() }

// RoundTrip sends a request to the target. An error wraps a
// [message.TransportError]; without one, the caller tells the end of the
// exchange by End. It wraps [ErrAllBusy] if the target has got as many connections
// in use as it may have since it was picked.
func (t *Target) RoundTrip(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	if t.judge.most == 0 || t.endpoint.transport.Multiplexes() {
		t.load.Begin()
	} else if !t.load.BeginWithin(t.judge.most) {
		return &message.TransportError{Phase: message.PhaseConnect, Target: t.Address(), Err: ErrAllBusy, MayRetry: true}
	}
	goesOn := false
	defer func() {
		if !goesOn { // the request's body may have panicked, too
			t.End()
		}
	}()
	var began time.Time
	if t.judge.watches {
		began = time.Now()
	}
	err := t.endpoint.transport.RoundTrip(ctx, request, response, interim)
	if t.judge.watches {
		t.judge.observe(t, request, response, err, time.Since(began))
	}
	if err != nil {
		return explain(err)
	}
	goesOn = true
	return nil
}

// End says that an exchange has ended for which RoundTrip returned no error.
func (t *Target) End() { t.load.End() }

// InFlight returns how many exchanges the target is serving, through this
// pool and the ones before and after it.
func (t *Target) InFlight() int64 { return t.load.InFlight() }

// Stats returns the target's figures, which outlive the pool as long as the
// target does.
func (t *Target) Stats() engine.TransportStats { return t.endpoint.transport.Stats() }

// coldest is the share of its weight that a target begins with.
const coldest = 0.1

// warmth returns which part of its weight the target has, from coldest to 1.
func (t *Target) warmth(slowStart time.Duration, now time.Time) float64 {
	since := t.well.Load()
	if slowStart == 0 || since <= 0 {
		return 1
	}
	return min(1, max(coldest, float64(now.UnixNano()-since)/float64(slowStart)))
}

// settle notes whether the target is available, and since when. Views go by that:
// what Available says may change while one is made.
func (t *Target) settle(now time.Time) {
	t.up = t.Available()
	switch was := t.well.Load(); {
	case t.up && was < 0:
		t.well.Store(now.UnixNano())
	case !t.up:
		t.well.Store(-1)
	}
}
