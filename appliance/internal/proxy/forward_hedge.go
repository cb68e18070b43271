// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A race is up to two tries of one request at a time. They run on goroutines of
// their own and may outlive the exchange for as long as their transports take to
// notice that they are canceled: so they have nothing of it but copies.
type race struct {
	done chan *runner // those that have come to an end, as long as it is not over

	mu      sync.Mutex
	interim message.Interim
	over    bool // nobody waits any more
}

// A runner is one try.
type runner struct {
	race     *race
	target   *upstream.Target
	try      *try
	request  message.Request
	response message.Response
	err      error
}

// race sends the request to first, and to another target when no answer has come
// after a while. The first answer that can be used is the exchange's; without
// one, it is the last that could not, or the last error.
func (x *exchange) race(first *upstream.Target, after time.Duration) error {
	ctx := x.Context()
	r := &race{done: make(chan *runner, 2), interim: x}
	running := []*runner{x.run(ctx, r, first)}
	var second *upstream.Target
	won := false
	defer func() {
		r.end(running)
		if second != nil {
			x.policy.Hedged(won)
		}
	}()
	timer := time.NewTimer(after)
	defer timer.Stop()
	var last *runner
	for {
		select {
		case <-timer.C:
			if second = x.hedge(first); second != nil {
				running = append(running, x.run(ctx, r, second))
			}
		case <-ctx.Done():
			discardOf(last)
			return &message.TransportError{Phase: message.PhaseCanceled, Target: x.Target, Err: context.Cause(ctx)}
		case one := <-r.done:
			running = without(running, one)
			usable := one.err == nil && (one.response.Tunnel != nil || x.policy.AfterResponse(x.Request, &one.response, true) == retry.Keep)
			if one.err != nil {
				x.failed = append(x.failed, one.target)
			}
			if usable || one.err == nil || last == nil || last.err != nil {
				discardOf(last)
				last = one
			}
			if usable || len(running) == 0 {
				won = usable && last.target == second
				return x.adopt(last)
			}
		}
	}
}

// run begins a try.
func (x *exchange) run(ctx context.Context, r *race, target *upstream.Target) *runner {
	x.tries++
	x.Target = target.Address()
	one := &runner{race: r, target: target, try: newTry(ctx, x.policy.PerTryTimeout()), request: *x.Request}
	one.request.Header = x.Request.Header.Clone()
	one.request.Body, one.request.Trailer = nil, nil
	go one.run()
	return one
}

// hedge chooses the second target, nil if there is none to be.
func (x *exchange) hedge(first *upstream.Target) *upstream.Target {
	if x.tries >= x.policy.Attempts() {
		return nil
	}
	second, err := x.pool.Pick(&x.selection, append(x.failed, first))
	if err != nil || !x.policy.Afford(time.Now()) {
		return nil
	}
	return second
}

// adopt makes the response of a try, or its error, the exchange's.
func (x *exchange) adopt(one *runner) error {
	x.Target = one.target.Address()
	if one.err != nil {
		return one.err
	}
	x.response, x.target, x.cancel = one.response, one.target, one.try.cancel
	return nil
}

// end ends a race: those that still run are canceled, and what they have or get
// is discarded.
func (r *race) end(running []*runner) {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	for _, one := range running {
		one.try.cancel(nil)
	}
	for {
		select {
		case one := <-r.done:
			discardOf(one)
		default:
			return
		}
	}
}

// discardOf gives back what a try has, if there is one and it has a response.
func discardOf(one *runner) {
	if one != nil && one.err == nil {
		discard(&one.response)
		one.target.End()
		one.try.cancel(nil)
	}
}

func (one *runner) run() {
	one.err = one.roundTrip()
	r := one.race
	r.mu.Lock()
	over := r.over
	if !over {
		r.done <- one // has room for all
	}
	r.mu.Unlock()
	if over {
		discardOf(one)
	}
}

func (one *runner) roundTrip() (err error) {
	defer func() {
		if p := recover(); p != nil {
			one.try.cancel(nil)
			err = &panicError{p, strings.TrimSpace(string(debug.Stack()))}
		}
	}()
	return one.try.end(one.target, &one.response, one.target.RoundTrip(one.try, &one.request, &one.response, one))
}

// Inform implements [message.Interim]. The exchange's goroutine waits meanwhile.
func (one *runner) Inform(status int, header *message.Header) error {
	r := one.race
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil
	}
	return r.interim.Inform(status, header)
}

func without(list []*runner, one *runner) []*runner {
	for i := range list {
		if list[i] == one {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}
