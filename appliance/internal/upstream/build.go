// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A view is made anew at most once in buildPause, and once more in buildPauseEach
// for each target: that of thousands of targets, which come and go all the time,
// costs little, and that of a few is there at once.
const (
	buildPause     = 2 * time.Millisecond
	buildPauseEach = 25 * time.Microsecond
)

// warmStep is how often the shares of targets that warm up grow in the time
// that they take.
const warmSteps = 20

// build makes the view of the targets as they are. p.mu is held.
func (p *Pool) build(now time.Time) {
	more := false
	for _, t := range p.targets {
		was := t.up
		t.settle(now)
		more = more || t.up && !was
	}
	if p.env.Arrives != nil && p.viewer.zones != nil {
		p.viewer.arrives = p.env.Arrives()
	}
	v := p.viewer.view(p.targets, now)
	if was := p.current.Swap(v); v.panics && (was == nil || !was.panics) {
		p.env.Log.Warn("too few targets are available: health is ignored, and all of them get requests", "upstream", p.id)
	} else if !v.panics && was != nil && was.panics {
		p.env.Log.Info("enough targets are available: health counts again", "upstream", p.id)
	}
	p.built = now
	if more && p.gate != nil {
		p.gate.LookAgain()
	}
	if v.warming {
		p.buildAfter(max(p.viewer.slowStart/warmSteps, p.pause()))
	}
}

func (p *Pool) pause() time.Duration {
	return buildPause + time.Duration(len(p.targets))*buildPauseEach
}

// changed has a view made soon. It may be called from anywhere, also before New
// has returned.
func (p *Pool) changed() {
	// Not here: the caller may be a request, or hold a lock of the checks.
	go func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.buildAfter(max(0, p.pause()-time.Since(p.built)))
	}()
}

// Arrived has the pool look again at what [Env] has of the zones.
func (p *Pool) Arrived() {
	if p.viewer.zones != nil {
		p.changed()
	}
}

// buildAfter has a view made after a while, or earlier if that was asked for
// already. p.mu is held.
func (p *Pool) buildAfter(wait time.Duration) {
	if p.closed {
		return
	}
	at := time.Now().Add(wait)
	if p.next != nil {
		if !p.due.IsZero() && !p.due.After(at) {
			return
		}
		p.next.Stop()
	}
	p.due = at
	p.next = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed || p.due != at {
			return
		}
		p.due = time.Time{}
		p.build(time.Now())
	})
}

// found replaces the targets that were discovered.
func (p *Pool) found(list []api.Target) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	old := p.targets
	p.targets = p.recruit(joined(p.configured, list), byAddress(old), true, len(old) == 0, time.Now())
	p.build(time.Now())
	p.mu.Unlock()
	release(old)
}
