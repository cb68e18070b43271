// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"context"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A timeoutError says which time ran out.
type timeoutError struct{ what string }

func (e *timeoutError) Error() string { return e.what }
func (e *timeoutError) Timeout() bool { return true }

var (
	errOverdue    error = &timeoutError{"the exchange takes too long"}
	errNoResponse error = &timeoutError{"no response within the time for one"}
	errUnsent     error = &timeoutError{"the target takes no bytes of the request"}
	errSilentBody error = &timeoutError{"the target is silent in the middle of the response"}
)

// A clock is what a call knows of time. The reader of its connection looks at
// it: see [liveness].
type clock struct {
	line      *life.Line    // to be asked whether the client is there; nil: it tells
	probe     sock.Instant  // when it is asked next
	step      time.Duration // until then
	by        sock.Instant  // when the exchange must be over; 0: never
	respondBy sock.Instant  // when the head must have come; 0: not known yet, or never
	seen      int64         // bytes of the response, when progress was made last
	seenAt    sock.Instant
}

// How long after its begin a call is asked whether its client is there, at
// first and at most.
const (
	firstProbe = 100 * time.Millisecond
	lastProbe  = time.Second
)

// watch begins to look after time and context. sent says whether all of the
// request is.
func (x *call) watch(deadline time.Time, sent bool) {
	options := &x.client.options
	now := sock.Now()
	x.by, x.seenAt = sock.At(deadline), now
	next := x.by.Earlier(now.After(options.PingAfter)).Earlier(now.After(options.IdleTimeout)).Earlier(now.After(options.StallTimeout))
	if sent {
		x.respondBy = now.After(options.ResponseTimeout)
		next = next.Earlier(x.respondBy)
	} else {
		next = next.Earlier(now.After(options.ResponseTimeout / 4))
	}
	switch line := life.Of(x.ctx); {
	case line != nil && line.Probed():
		x.line, x.step = line, firstProbe
		x.probe = now.After(x.step)
		next = next.Earlier(x.probe)
	case line != nil:
		if x.hooked = line.Hook((*lineEnd)(x)); x.hooked {
			break
		}
		x.stop = line.AfterFunc(x.canceled) // it has ended, or serves another call at the same time
	case x.ctx.Done() != nil:
		x.stop = context.AfterFunc(x.ctx, x.canceled)
	}
	x.wake.Store(int64(next))
	x.p.wakeBy(next)
}

// A lineEnd is a call as its line knows it.
type lineEnd call

// LineEnded implements [life.Ender].
func (l *lineEnd) LineEnded() { (*call)(l).canceled() }

func (x *call) canceled() { x.abort(&canceledError{causeOf(x.ctx)}) }

// look ends the call if its time is over, and returns when to look again. The
// connection's reader calls it.
func (x *call) look(now sock.Instant, o *outgoing) (next sock.Instant) {
	c, out := x.p.c, &x.s.out
	c.mu.Lock()
	sent, blocked, progress := out.closed, out.pending() > 0, out.progress
	c.mu.Unlock()
	next, why := x.judge(now, sent, blocked, progress)
	if why != nil {
		x.s.reset(http2.ErrCodeCancel, why, o)
		next = 0
	}
	if !x.over.Load() {
		x.wake.Store(int64(next))
	}
	return next
}

func (x *call) judge(now sock.Instant, sent, blocked bool, progress sock.Instant) (next sock.Instant, why error) {
	in, options := &x.s.in, &x.client.options
	in.mu.Lock()
	defer in.mu.Unlock()
	if x.by != 0 && x.by <= now {
		return 0, errOverdue
	}
	next = x.by
	if !x.answered {
		if sent && x.respondBy == 0 {
			x.respondBy = now.After(options.ResponseTimeout)
		}
		if x.respondBy != 0 && x.respondBy <= now {
			return 0, errNoResponse
		}
		if sent {
			next = next.Earlier(x.respondBy)
		} else {
			next = next.Earlier(now.After(options.ResponseTimeout / 4))
		}
	}
	if x.line != nil && x.probe <= now {
		if x.line.Gone() {
			return 0, &canceledError{x.line.Cause()}
		}
		x.step = min(2*x.step, lastProbe)
		x.probe = now.After(x.step)
	}
	next = next.Earlier(x.probe)
	stall, why := x.stalled(now, blocked, progress)
	return next.Earlier(stall), why
}

// stalled looks whether the target makes no progress in the middle of a message
// though nobody but the target could. The caller holds s.in.mu.
func (x *call) stalled(now sock.Instant, blocked bool, progress sock.Instant) (next sock.Instant, why error) {
	in, limit := &x.s.in, x.client.options.StallTimeout
	if limit <= 0 || x.tunnel {
		return 0, nil
	}
	all := in.window.Load() + in.owed.Load() // what has come is not held up on our side
	if in.received != x.seen || x.answered && all < in.size.Load() {
		x.seen, x.seenAt = in.received, now
	}
	since := now
	switch {
	case x.answered:
		since = x.seenAt
		if blocked {
			since = max(since, progress)
		}
	case blocked:
		since = progress
	}
	if now-since < sock.Instant(limit) {
		return since.After(limit), nil
	}
	if x.answered {
		return 0, errSilentBody
	}
	return 0, errUnsent
}
