// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
)

// A State is what keeps a target from getting requests, if something does.
type State uint8

// The states. A target is in the last one that applies.
const (
	Available State = iota
	Ejected         // it has failed requests
	Unhealthy       // its checks fail
	NoWeight        // its weight is 0
	states
)

// States returns all states.
func States() []State { return []State{Available, Ejected, Unhealthy, NoWeight} }

// String returns the state's name, such as "no_weight".
func (s State) String() string {
	return [...]string{api.TargetAvailable, api.TargetEjected, api.TargetUnhealthy, api.TargetNoWeight}[s]
}

// State returns the state of the target.
func (t *Target) State() State {
	switch {
	case t.Spec.Share() == 0:
		return NoWeight
	case !t.Healthy():
		return Unhealthy
	case t.Ejected():
		return Ejected
	}
	return Available
}

// A TargetStatus is what is known of a target, for people.
type TargetStatus struct {
	Target     *Target
	Discovered bool // and not configured
	State      State
	Since      time.Time            // of the state; zero: as long as the target has been known, or nobody has noted it
	Check      *health.Status       // what its checks say; nil: there are none
	Ejection   *health.RecordStatus // what its requests say; nil: nobody watches them
	Latency    time.Duration        // decaying average of the time to the head of a response; 0: unknown
}

// Status returns what is known of the targets, in the order of Targets.
func (p *Pool) Status() []TargetStatus {
	targets := p.Targets()
	all := make([]TargetStatus, len(targets))
	for i, t := range targets {
		all[i] = t.status()
		all[i].Discovered = i >= len(p.configured)
	}
	return all
}

func (t *Target) status() TargetStatus {
	s := TargetStatus{Target: t, State: t.State(), Latency: t.load.Latency()}
	if t.watch != nil {
		check := t.watch.Status()
		s.Check = &check
	}
	if t.record != nil {
		ejection := t.record.Status()
		s.Ejection = &ejection
	}
	switch {
	case s.State == Unhealthy:
		s.Since = s.Check.Since
	case s.State == Ejected:
		s.Since = s.Ejection.Since
	case s.State == Available:
		s.Since = t.availableSince(s.Check)
	}
	return s
}

// availableSince returns when the target began to be available, or when its
// checks found it healthy or began if that was later.
func (t *Target) availableSince(check *health.Status) (since time.Time) {
	if at := t.well.Load(); at > 0 {
		since = time.Unix(0, at)
	}
	if check != nil && check.Since.After(since) {
		since = check.Since
	}
	return since
}

// Figures are what a pool is doing now.
type Figures struct {
	Targets     [states]int // by state
	InFlight    int64       // exchanges
	Connections int64       // that are open to the targets
	Discovered  int         // targets that are not configured
	Discovery   *Discovery  // nil: nothing is
	Ejects      bool        // targets can be ejected
	Limits      bool        // requests wait for their turn
	Pending     int64
}

// Discovery is how the discovery of an upstream does.
type Discovery struct {
	discovery.Status
	Failed int64 // rounds so far
}

func (f *finder) figures() *Discovery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &Discovery{f.status, f.failures}
}

// Figures returns the figures as they are now. It costs a few loads for each
// target, and no lock that requests take.
func (p *Pool) Figures() Figures {
	targets := p.Targets()
	f := Figures{Discovered: len(targets) - len(p.configured), Ejects: p.detector != nil, Limits: p.gate != nil}
	for _, t := range targets {
		f.Targets[t.State()]++
		f.InFlight += t.InFlight()
		f.Connections += t.Stats().Connections
	}
	if p.finder != nil {
		f.Discovery = p.finder.figures()
	}
	if p.gate != nil {
		f.Pending = p.gate.Pending()
	}
	return f
}

// Counts are what has happened at an upstream.
type Counts struct {
	Ejections int64
	Retries   retry.Counts
	Refused   limit.Counts
}

// Ejections returns how often targets have been ejected, as long as somebody
// watches them.
func (p *Pool) Ejections() int64 {
	if p.detector == nil {
		return 0
	}
	return p.detector.Stats().Ejections
}

// A Ledger adds up what the pools of one upstream have counted that followed
// each other: a change of settings may begin a count anew. The zero value is an
// empty one. It is for one goroutine at a time.
type Ledger struct {
	last *Pool  // that was seen
	past Counts // of those before whose counts have ended
}

// Counts returns what has been counted up to now, of which p is the current
// pool. It never goes back. What a pool counted that was never seen, and whose
// successor has begun anew, is lost.
func (l *Ledger) Counts(p *Pool) Counts {
	if l.last != nil && l.last != p {
		l.close(l.last, p)
	}
	l.last = p
	c := l.past
	c.Ejections += p.Ejections()
	c.Retries = c.Retries.Plus(p.policy.Counts())
	if p.gate != nil {
		c.Refused = c.Refused.Plus(p.gate.Counts())
	}
	return c
}

// close adds what old has counted and next does not go on with.
func (l *Ledger) close(old, next *Pool) {
	// Of two detectors that go on with one count, the second is not behind.
	if had := old.Ejections(); next.Ejections() < had {
		l.past.Ejections += had
	}
	if !old.policy.SameCounts(next.policy) {
		l.past.Retries = l.past.Retries.Plus(old.policy.Counts())
	}
	if old.gate != nil && old.gate != next.gate {
		l.past.Refused = l.past.Refused.Plus(old.gate.Counts())
	}
}
