// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"errors"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// liveness is what the reader of a connection to a target knows of time. All
// timeouts of its streams are looked after by the reader, too: a request sets
// no timer.
type liveness struct {
	armed  atomic.Int64 // when tick comes next, in Instants; math.MaxInt64: never, or it is running
	heard  sock.Instant // when the target was last known to be alive
	frames int64        // that it sent; the reader's
	looked int64        // what frames was then
	asked  sock.Instant // when it was pinged; 0: it has answered
	ending sock.Instant // since when the connection waits for the target to end it

	due []*call // memory of tick
}

// errSilent says that a target does not answer a PING.
var errSilent = errors.New("the target does not answer PING")

// pingData is what PING frames carry: it means nothing.
var pingData = [8]byte{'p', 'e', 'n', 's', 't', 'o', 'c', 'k'}

// pong implements role. That something came is enough.
func (p *pooled) pong([8]byte) { p.frames++ }

// tick implements role.
func (p *pooled) tick(now sock.Instant, o *outgoing) (sock.Instant, error) {
	if !p.published {
		p.published = true
		p.heard = now
		p.client.publish(p)
	}
	p.armed.Store(math.MaxInt64)
	if now >= p.refill {
		p.refill = now.After(time.Second)
		p.spent = 0
	}
	next, err := p.alive(now, o)
	if err != nil {
		return 0, err
	}
	idle, err := p.idle(now)
	if err != nil {
		return 0, err
	}
	next = next.Earlier(idle).Earlier(p.calls(now, o))
	if next != 0 {
		p.armed.Store(int64(next))
	}
	return next, nil
}

// alive asks the target for a sign of life after some silence, and gives up
// one that has not answered.
func (p *pooled) alive(now sock.Instant, o *outgoing) (sock.Instant, error) {
	none := p.active.Load() == 0
	if none || p.frames != p.looked {
		p.heard, p.asked, p.looked = now, 0, p.frames
	}
	if none {
		return 0, nil // the next stream has it looked at
	}
	after, within := p.client.options.PingAfter, p.client.options.PingTimeout
	if p.asked != 0 {
		if now-p.asked >= sock.Instant(within) {
			return 0, errSilent
		}
		return p.asked.After(within), nil
	}
	if now-p.heard < sock.Instant(after) {
		return p.heard.After(after), nil
	}
	p.asked = now
	p.c.mu.Lock()
	p.c.appendPing(0, pingData)
	p.c.unlock(o)
	return now.After(within), nil
}

// idle closes a connection that has been unused for too long, and gives up one
// that the target does not end.
func (p *pooled) idle(now sock.Instant) (sock.Instant, error) {
	p.c.mu.Lock()
	since, closing := p.c.idle, p.c.closing
	p.c.mu.Unlock()
	if closing {
		if p.ending == 0 {
			p.ending = now
		}
		if now-p.ending >= sock.Instant(lingerTime) {
			return 0, errClosed
		}
		return p.ending.After(lingerTime), nil
	}
	limit := p.client.options.IdleTimeout
	if limit <= 0 {
		return 0, nil
	}
	if since == 0 || p.active.Load() > 0 {
		return now.After(limit), nil // it may end meanwhile
	}
	if now-since < sock.Instant(limit) {
		return since.After(limit), nil
	}
	p.retire()
	return now.After(lingerTime), nil
}

// calls ends exchanges whose time is over, and returns when the next one has to
// be looked at.
func (p *pooled) calls(now sock.Instant, o *outgoing) (next sock.Instant) {
	p.c.mu.Lock()
	for s := range p.c.streams.all() {
		p.due = append(p.due, s.owner.(*call))
	}
	p.c.mu.Unlock()
	for _, x := range p.due {
		wake := sock.Instant(x.wake.Load())
		if wake != 0 && wake <= now {
			wake = x.look(now, o)
		}
		next = next.Earlier(wake)
	}
	clear(p.due)
	p.due = p.due[:0]
	if next != 0 {
		next = max(next, now.After(coarse)) // many timeouts are looked at together
	}
	return next
}

// coarse is the least time between two looks at the timeouts.
const coarse = 2 * time.Millisecond

// wakeBy has the reader look at a call at its time.
func (p *pooled) wakeBy(i sock.Instant) {
	if i != 0 && int64(i) < p.armed.Load() {
		p.c.kick()
	}
}

// A flood counts frames that cost the peer less than us, and that no exchange
// needs.
type flood struct {
	spent  int
	refill sock.Instant
}

// maxFrames is how many such frames a target may send in a second, beside what
// it earns by responses: gRPC servers measure the path by a PING for every few
// messages.
const maxFrames = 10_000

// count implements role.
func (p *pooled) count(f frame) error {
	p.frames++
	switch {
	case f.kind == http2.FrameHeaders, f.kind == http2.FrameData && (f.length > 0 || f.has(flagEndStream)):
		p.spent = max(0, p.spent-1)
		return nil
	case f.kind == http2.FrameContinuation, f.kind == http2.FrameWindowUpdate:
		return nil // bounded by the section, or what our own DATA is answered with
	}
	if p.spent++; p.spent < maxFrames {
		return nil
	}
	now := sock.Now()
	if now < p.refill {
		return &connError{http2.ErrCodeEnhanceYourCalm, "too many control frames"}
	}
	p.spent, p.refill = 0, now.After(time.Second)
	return nil
}
