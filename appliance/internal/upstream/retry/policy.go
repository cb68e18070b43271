// SPDX-License-Identifier: Apache-2.0

// Package retry says whether and when a request is sent again: after which
// failures, where that is safe, how many times, and how often of all requests.
// It keeps bodies so that they can be.
package retry

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// How requests are retried of whose retries nothing is said.
const (
	defaultAttempts = 3
	defaultMaxBody  = 64 << 10
)

// A Policy is the retries of one upstream. It does not change.
type Policy struct {
	configured                bool
	connect, reset, timeout   bool
	unsafe                    bool
	attempts                  int
	statuses                  [10]uint64 // bits, from status 0
	grpc                      uint32     // bits
	maxBody                   int64
	perTry, backoff, maxDelay time.Duration
	hedge                     time.Duration
	budget                    budget
	counters                  *counters
}

// New returns the policy of an upstream. Without settings, a request is sent to
// up to three targets that have certainly not seen it. previous, which may be
// nil, is the one before, whose account of requests and retries goes on, and what
// it has counted.
func New(settings *api.Retries, previous *Policy) *Policy {
	p := &Policy{attempts: defaultAttempts}
	if previous != nil {
		p.budget.account, p.counters = previous.budget.account, previous.counters
	} else {
		p.counters = &counters{}
	}
	if settings == nil {
		return p
	}
	p.configured = true
	p.attempts = settings.Attempts
	p.connect = slices.Contains(settings.On, api.RetryConnect)
	p.reset = slices.Contains(settings.On, api.RetryReset)
	p.timeout = slices.Contains(settings.On, api.RetryTimeout)
	p.unsafe = settings.Unsafe != nil && *settings.Unsafe
	for _, r := range settings.Statuses {
		first, last := r.Bounds()
		for status := max(first, 0); status <= min(last, len(p.statuses)*64-1); status++ {
			p.statuses[status/64] |= 1 << (status % 64)
		}
	}
	for _, name := range settings.GRPCStatuses {
		p.grpc |= 1 << grpcCodes[name]
	}
	p.maxBody = settings.MaxBodyBytes
	if p.maxBody == 0 {
		p.maxBody = defaultMaxBody
	}
	p.perTry = settings.PerTryTimeout.Std()
	p.backoff, p.maxDelay = settings.Backoff.Std(), settings.MaxBackoff.Std()
	if settings.Hedge != nil {
		p.hedge = settings.Hedge.After.Std()
	}
	p.budget.percent, p.budget.perSecond = settings.Budget, settings.BudgetPerSecond
	if p.budget.account == nil {
		p.budget.account = newAccount()
	}
	return p
}

// grpcCodes are the numbers of gRPC's statuses.
var grpcCodes = map[string]int{
	"CANCELLED": 1, "UNKNOWN": 2, "DEADLINE_EXCEEDED": 4, "RESOURCE_EXHAUSTED": 8,
	"ABORTED": 10, "INTERNAL": 13, "UNAVAILABLE": 14, "DATA_LOSS": 15,
}

// Configured reports whether the upstream has settings for retries.
func (p *Policy) Configured() bool { return p.configured }

// Attempts returns how often a request is sent at most, the first time included.
func (p *Policy) Attempts() int { return p.attempts }

// PerTryTimeout returns how long one try may take to the head of its response;
// 0: as long as it wants.
func (p *Policy) PerTryTimeout() time.Duration { return p.perTry }

// Begin takes a request into the account of the budget.
func (p *Policy) Begin(now time.Time) {
	if p.configured {
		p.budget.deposit(now)
	}
}

// Afford reports whether the budget has a retry left, and takes it.
func (p *Policy) Afford(now time.Time) bool {
	if !p.configured || p.budget.withdraw(now) {
		return true
	}
	p.counters.denied.Add(1)
	return false
}

// Delay returns how long to wait before the nth retry, the first of which is 1:
// a time between 0 and the backoff, which doubles each time (full jitter).
func (p *Policy) Delay(n int) time.Duration {
	most := p.backoff
	for ; n > 1 && most < p.maxDelay; n-- {
		most *= 2
	}
	if most = min(most, p.maxDelay); most <= 0 {
		return 0
	}
	return rand.N(most)
}

// Pause waits. The error is why ctx has ended.
func Pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hedge returns after how long without a response the request is sent to a
// second target; 0: it is not. That is only done with requests without a body
// whose method is safe (RFC 9110, section 9.2.1).
func (p *Policy) Hedge(r *message.Request) time.Duration {
	if p.hedge == 0 || r.Body != nil && r.ContentLength != 0 || r.Protocol != "" || r.Upgrade() != "" {
		return 0
	}
	switch r.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return p.hedge
	}
	return 0
}

// Keeps reports whether the request's body is worth keeping: it is not longer
// than may be kept, and the request may be sent again when some of it has been
// read. A request whose target has certainly not seen it is as it was.
func (p *Policy) Keeps(r *message.Request) bool {
	return p.configured && p.attempts > 1 && r.Body != nil && r.ContentLength != 0 && r.ContentLength <= p.maxBody && r.Protocol == "" && p.safe(r)
}

// Keep returns a replay of the request's body.
func (p *Policy) Keep(r *message.Request) *Replay {
	return NewReplay(r.Body, p.maxBody, 0 < r.ContentLength && r.ContentLength <= smallBody && !r.Header.Has("expect"))
}
