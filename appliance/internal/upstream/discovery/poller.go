// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// An outcome is what a round of questions has brought.
type outcome struct {
	answered bool            // at least in part
	found    []record        // each address once
	dropped  int             // records that are too many
	unknown  map[string]bool // parts that found no answer
	ttl      lifetime        // of what was found
	server   string
	err      error // why there are unknown parts, or no answer
}

// A poller is a source that asks again and again.
//
// An answer is good for its lifetime within [minTTL, maxTTL], of which up to a
// tenth is left to chance, so that many sources do not ask at the same time.
// When a member is about to leave, the question is asked before its time:
// only a fresh answer removes it. Without an answer the list stays as it is
// for as long as it takes, and questions are asked at intervals that double
// from minTTL to maxTTL.
type poller struct {
	lookup         func(context.Context) outcome
	minTTL, maxTTL time.Duration // minTTL > 0, maxTTL >= minTTL
	keep           time.Duration
	zone           string
	log            *slog.Logger
	report         func(Status)
}

// Run implements [Source].
func (p *poller) Run(ctx context.Context, publish func([]api.Target)) {
	m := newMembers(p.keep)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var s Status
	known := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		o := p.lookup(ctx)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		var leaves time.Time
		if o.answered {
			var changed bool
			changed, leaves = m.update(now, o.found, o.unknown)
			// Nothing found is known only if everything was answered.
			if changed || !known && len(o.unknown) == 0 {
				known = true
				publish(m.targets(p.zone))
			}
		}
		delay := p.after(&s, o, now, leaves)
		s.Targets, s.Kept = len(m.list), m.kept()
		p.report(s)
		timer.Reset(delay)
	}
}

// after brings the status up to date with an outcome, tells the log what is
// new in it, and returns when to ask again.
func (p *poller) after(s *Status, o outcome, now, leaves time.Time) time.Duration {
	if o.answered {
		if o.dropped > 0 && s.Dropped == 0 {
			p.log.Warn("an answer has too many targets; those beyond the bound are left out", "targets", len(o.found), "left_out", o.dropped)
		}
		s.Answered, s.Server, s.TTL, s.Dropped = now, o.server, o.ttl.Duration, o.dropped
	}
	if o.err != nil {
		if s.Failures++; s.Failures == 1 {
			p.log.Warn("targets cannot be looked up; those known stay, if there are any", "error", o.err)
		}
	} else if s.Failures > 0 {
		p.log.Info("targets can be looked up again", "failures", s.Failures)
		s.Failures = 0
	}
	s.Err = o.err
	delay := p.maxTTL
	if o.answered {
		delay = p.spread(min(max(o.ttl.Duration, p.minTTL), p.maxTTL))
	}
	if s.Failures > 0 {
		delay = min(delay, p.spread(p.backoff(s.Failures)))
	}
	if !leaves.IsZero() {
		delay = min(delay, max(leaves.Sub(now), p.minTTL))
	}
	s.Next = now.Add(delay)
	return delay
}

// backoff returns the time to wait after n failures in a row, 1 or more.
func (p *poller) backoff(n int) time.Duration {
	d := p.minTTL
	for ; n > 1 && d < p.maxTTL; n-- {
		d *= 2
	}
	return min(d, p.maxTTL)
}

// spread leaves a tenth of d to chance, within the bounds.
func (p *poller) spread(d time.Duration) time.Duration {
	low := max(p.minTTL, d-d/10)
	high := min(p.maxTTL, low+d/10)
	return low + rand.N(high-low+1)
}
