// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
)

// upstreamFigures returns what the node's upstreams do, for the metrics.
type upstreamFigures struct {
	served func() map[string]*upstream.Pool

	mu      sync.Mutex
	ledgers map[string]*ledger // of the upstreams that were served when somebody last asked
}

// A ledger is what is counted of one upstream over its changes.
type ledger struct {
	upstream.Ledger
	failures rising // of discovery
}

// A rising count adds up one that may begin anew.
type rising struct{ last, past int64 }

// at returns the sum when the count is n.
func (r *rising) at(n int64) int64 {
	if n < r.last {
		r.past += r.last
	}
	r.last = n
	return r.past + n
}

func newUpstreamFigures(served func() map[string]*upstream.Pool) *upstreamFigures {
	return &upstreamFigures{served: served, ledgers: make(map[string]*ledger)}
}

// read returns the figures as they are now, and forgets upstreams that are gone.
func (u *upstreamFigures) read() map[string]observe.UpstreamFigures {
	u.mu.Lock()
	defer u.mu.Unlock()
	pools := u.served()
	all := make(map[string]observe.UpstreamFigures, len(pools))
	ledgers := make(map[string]*ledger, len(pools))
	for id, p := range pools {
		if ledgers[id] = u.ledgers[id]; ledgers[id] == nil {
			ledgers[id] = &ledger{}
		}
		all[id] = u.figures(p, ledgers[id])
	}
	u.ledgers = ledgers
	return all
}

func (u *upstreamFigures) figures(p *upstream.Pool, l *ledger) observe.UpstreamFigures {
	now, so := p.Figures(), l.Counts(p)
	f := observe.UpstreamFigures{
		Targets: make(map[string]int), InFlight: now.InFlight, Connections: now.Connections,
		Ejects: now.Ejects, Ejections: so.Ejections,
		Retries: make(map[string]int64), Denied: so.Retries.Denied, HedgesWon: so.Retries.HedgesWon, HedgesLost: so.Retries.HedgesLost,
		Limits: now.Limits, Pending: now.Pending, Overloaded: so.Refused.Overloaded, Late: so.Refused.Late,
	}
	for _, state := range upstream.States() {
		f.Targets[state.String()] = now.Targets[state]
	}
	for _, reason := range retry.Reasons() {
		f.Retries[reason.String()] = so.Retries.Retries[reason]
	}
	if d := now.Discovery; d != nil {
		f.Discovery = &observe.DiscoveryFigures{Targets: now.Discovered, Failures: l.failures.at(d.Failed), Age: age(d.Answered)}
	}
	return f
}

// healthFigures returns what tells what active checks do, for the metrics.
func healthFigures(stats func() health.Stats) func() observe.HealthFigures {
	var mu sync.Mutex
	var succeeded int64
	return func() observe.HealthFigures {
		mu.Lock()
		defer mu.Unlock()
		s := stats()
		// A check that ends meanwhile may be among the failures alone.
		succeeded = max(succeeded, s.Probes-s.Failures)
		return observe.HealthFigures{Succeeded: succeeded, Failed: s.Failures, Running: s.Running, Waiting: s.Waiting}
	}
}

// age returns how long ago something was, negative if it never was.
func age(at time.Time) time.Duration {
	if at.IsZero() {
		return -1
	}
	return max(0, time.Since(at))
}
