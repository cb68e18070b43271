// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

var (
	_ plugin.Transport = (*exchange)(nil)
	_ message.Interim  = (*exchange)(nil)
)

// A forwarding is what an exchange with an upstream has: its place there, and its
// tries so far.
type forwarding struct {
	pool      *upstream.Pool
	policy    *retry.Policy
	selection upstream.Selection
	visit     limit.Visit
	replay    *retry.Replay           // of the request's body; nil: it is not kept
	body      io.ReadCloser           // that the current try has of it
	tries     int                     // that were begun
	retries   int                     // that began after another one had failed
	failed    []*upstream.Target      // that were asked in vain
	target    *upstream.Target        // that is serving the request now
	cancel    context.CancelCauseFunc // of the try that it serves; nil: it has no context of its own
}

// RoundTrip asks a target of the route's upstream. It is the innermost
// plugin.Transport, and the exchange is always its own. After a failure it asks
// again as the upstream's settings say; without any, another target if the first
// has certainly not acted on the request.
func (x *exchange) RoundTrip(*plugin.Exchange) error {
	x.leave()
	x.pool = x.snapshot.Pool(x.route)
	x.policy = x.pool.Retries()
	x.selection = upstream.Selection{Request: x.Request, Client: x.Client}
	if x.Consumer != nil {
		x.selection.Consumer = x.Consumer.ID
	}
	target, err := x.admit()
	if err == nil {
		x.bindTime()
		x.policy.Begin(x.Start)
		if x.policy.Keeps(x.Request) {
			x.replay = x.policy.Keep(x.Request)
			x.rewind()
		}
		err = x.forward(target)
	}
	if err != nil {
		x.leave()
	}
	return err
}

// bindTime bounds the exchange by the upstream's request_timeout.
func (x *exchange) bindTime() {
	total := x.pool.RequestTimeout()
	if total == 0 {
		return
	}
	if by := time.Now().Add(total); x.Request.Deadline.IsZero() || by.Before(x.Request.Deadline) {
		x.Request.Deadline = by
	}
}

// forward sends the request until what came is the client's: to target first.
func (x *exchange) forward(target *upstream.Target) error {
	hedge := x.policy.Hedge(x.Request)
	for {
		var err error
		if hedge > 0 {
			err = x.race(target, hedge)
		} else {
			err = x.try(target)
		}
		if x.tries == 1 && x.visit.Inside() && errors.Is(err, upstream.ErrAllBusy) { // another request was quicker
			x.tries, x.failed = 0, x.failed[:0]
			if target, err = x.turn(); err != nil {
				return err
			}
			if x.late() { // for which no target is to blame
				return plugin.ErrTimeout
			}
			continue
		}
		verdict := x.judge(err)
		if verdict != retry.Keep {
			next, delay := x.next(verdict)
			if next != nil {
				x.policy.Retried(err, &x.response)
				x.dismiss()
				if err := retry.Pause(x.Context(), delay); err != nil {
					return err
				}
				x.rewind()
				x.retries++
				target = next
				continue
			}
		}
		if err != nil {
			return err
		}
		return x.accept(&x.response)
	}
}

// rewind has the request's body begin again, if it is kept.
func (x *exchange) rewind() {
	if x.replay != nil {
		x.body = x.replay.Body()
		x.Request.Body = x.body
	}
}

// try sends the request once.
func (x *exchange) try(target *upstream.Target) (err error) {
	x.tries++
	x.Target = target.Address()
	x.passTime()
	if limit := x.policy.PerTryTimeout(); limit > 0 {
		t := newTry(x.Context(), limit)
		err = t.end(target, &x.response, target.RoundTrip(t, x.Request, &x.response, x))
		x.cancel = t.cancel
	} else {
		err = target.RoundTrip(x.Context(), x.Request, &x.response, x)
	}
	if err != nil {
		x.failed = append(x.failed, target)
		x.leaveTarget()
		return err
	}
	x.target = target
	return nil
}

// judge says what is to be done after a try.
func (x *exchange) judge(err error) retry.Verdict {
	if err == nil {
		if x.response.Tunnel != nil {
			return retry.Keep
		}
		return x.policy.AfterResponse(x.Request, &x.response, x.isWhole())
	}
	if x.ClientContext().Err() != nil || x.late() {
		return retry.Keep
	}
	return x.policy.AfterError(x.Request, err, x.isWhole())
}

// isWhole reports whether the request can be sent from its start whatever has
// been read of its body.
func (x *exchange) isWhole() bool {
	if x.replay != nil {
		return x.replay.Whole()
	}
	return x.Request.Body == nil || x.Request.ContentLength == 0
}

// next chooses the target of the next try and how long to wait before, or nil
// if there is to be none: there have been enough, the time would be up, or the
// budget is spent. Another target is better than the same one again, and that is
// only asked if there are settings for retries.
func (x *exchange) next(verdict retry.Verdict) (*upstream.Target, time.Duration) {
	if x.tries >= x.policy.Attempts() {
		return nil, 0
	}
	exclude := x.failed
	if x.target != nil {
		exclude = append(exclude, x.target)
	}
	target, err := x.pool.Pick(&x.selection, exclude)
	if err != nil {
		if !x.policy.Configured() {
			return nil, 0
		}
		verdict = retry.Again
		if target, err = x.pool.Pick(&x.selection, nil); err != nil {
			return nil, 0
		}
	}
	now, delay := time.Now(), time.Duration(0)
	if verdict == retry.Again {
		delay = x.policy.Delay(x.retries + 1)
	}
	if by := x.Request.Deadline; !by.IsZero() && !now.Add(delay).Before(by) || !x.policy.Afford(now) {
		return nil, 0
	}
	return target, delay
}

// dismiss gives back a response that is not the client's, if there is one. Its
// connection can be used again if all of it has come.
func (x *exchange) dismiss() {
	if x.target == nil {
		return
	}
	x.failed = append(x.failed, x.target)
	discard(&x.response)
	x.leaveTarget()
	x.response.Reset()
}

// discard closes what a response has open.
func discard(r *message.Response) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if r.Tunnel != nil {
		_ = r.Tunnel.Close()
	}
}

// leaveTarget tells the target that its exchange has ended.
func (x *exchange) leaveTarget() {
	if x.target != nil {
		x.target.End()
		x.target = nil
	}
	if x.cancel != nil {
		x.cancel(nil)
		x.cancel = nil
	}
}

// leave ends what the exchange has with its upstream, if it has something.
func (x *exchange) leave() {
	if x.pool == nil {
		return
	}
	x.leaveTarget()
	if x.replay != nil {
		if x.Request.Body == x.body { // nobody has put another in its place
			x.Request.Body = x.replay.Source()
		}
		x.replay.Close()
	}
	x.visit.Leave()
	clear(x.failed[:cap(x.failed)])
	x.forwarding = forwarding{failed: x.failed[:0]}
}

// accept makes a target's response the exchange's.
func (x *exchange) accept(response *message.Response) error {
	if response.Tunnel == nil {
		removeHopByHop(&response.Header)
		if cookie := x.pool.Cookie(&x.selection, x.target); cookie != "" {
			response.Header.Add("Set-Cookie", cookie)
		}
		x.Response = response
		return nil
	}
	asked, got := x.Request.Upgrade(), response.Header.Get("upgrade")
	if asked == "" || !message.EqualName(asked, got) {
		_ = response.Tunnel.Close() // nothing of it is wanted
		return fmt.Errorf("target %s: switched to the protocol %q, and the client asked for %q", x.Target, got, asked)
	}
	removeHopByHop(&response.Header)
	response.Header.Add("Connection", "Upgrade")
	response.Header.Add("Upgrade", got)
	x.Response = response
	return nil
}

// Inform passes an interim response of the target on.
func (x *exchange) Inform(status int, header *message.Header) error {
	removeHopByHop(header)
	return x.stream.Inform(status, header)
}

// admit waits for the exchange's turn and chooses its target.
func (x *exchange) admit() (*upstream.Target, error) {
	gate := x.pool.Gate()
	if gate == nil {
		return x.pool.Pick(&x.selection, nil)
	}
	if err := x.visit.Enter(x.Context(), gate); err != nil {
		return nil, err
	}
	return x.turn()
}

// turn waits until a target has a connection for the exchange, and returns it.
func (x *exchange) turn() (*upstream.Target, error) {
	for {
		if !x.visit.Look() {
			target, err := x.pool.Pick(&x.selection, nil)
			if !errors.Is(err, upstream.ErrAllBusy) {
				return target, err
			}
		}
		if err := x.visit.Wait(x.Context()); err != nil {
			return nil, err
		}
	}
}
