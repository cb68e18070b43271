// SPDX-License-Identifier: Apache-2.0

// Package upstream holds the targets of an upstream at run time: which of them
// takes the next request, how they do, and the connections to them.
//
// A [Pool] is built from an [api.Upstream], whose settings never change. A
// changed upstream makes another pool, which takes over what is known of the
// targets that stay: their connections, their health and what they are doing.
// The old one is closed, and what is in flight through it goes on to its end.
//
// What requests see of a pool is a view, which is made anew when a target comes
// or goes, falls ill or gets well, or has warmed up. Picking from it takes no
// lock.
package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
)

// ErrNoTarget says that an upstream has no target to send a request to: it
// has none at all, none with a weight, none that is well, or all of them are
// excluded.
var ErrNoTarget = errors.New("no target is available")

// ErrAllBusy says that every target of an upstream has as many connections in
// use as it may have.
var ErrAllBusy = errors.New("every target has as many connections as it may")

// Env is what pools need from outside.
type Env struct {
	// Dial makes connections; nil means TCP by the system's resolver.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// ClientCertificate is what [api.UpstreamTLS] names, nil if it names none.
	ClientCertificate *tls.Certificate

	// Zone is the node's own zone, "" if it is in none.
	Zone string

	// Arrives returns which share of the cluster's requests comes to the nodes of
	// each zone; nil, or a nil map, if nobody knows.
	Arrives func() map[string]float64

	// Checker runs active checks; without one, nobody asks the targets.
	Checker *health.Checker

	// Discover returns the source of an upstream's targets; nil: none are found.
	Discover func(settings api.Discovery, o discovery.Options) discovery.Source

	Log *slog.Logger // nil for none
}

// A Pool is an upstream, ready to take requests.
type Pool struct {
	id       string
	env      Env
	settings settings
	trust    *trust
	viewer   viewer
	hashOn   []api.HashInput
	judge    *judge
	check    *health.Spec     // nil: no active checks
	detector *health.Detector // nil: no passive ones
	finder   *finder          // nil: nothing is discovered
	policy   *retry.Policy
	gate     *limit.Gate
	total    time.Duration

	configured        []api.Target
	noTarget, allBusy error
	current           atomic.Pointer[view]

	mu      sync.Mutex
	targets []*Target
	built   time.Time   // when current was
	next    *time.Timer // builds the next view
	due     time.Time   // when; the zero time: not at all
	closed  bool
}

// New builds the pool of an upstream whose defaults are applied. previous,
// which may be nil and must not be closed yet, is the pool that it replaces.
func New(u *api.Upstream, previous *Pool, env Env) (*Pool, error) {
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pool{
		id: u.ID, env: env, settings: settingsOf(u, env), configured: u.Targets, total: u.RequestTimeout.Std(),
		noTarget: fmt.Errorf("upstream %q: %w", u.ID, ErrNoTarget), allBusy: fmt.Errorf("upstream %q: %w", u.ID, ErrAllBusy),
	}
	if previous != nil && previous.settings == p.settings {
		p.trust = previous.trust
	} else if u.Secure() {
		var err error
		if p.trust, err = newTrust(u.TLS, env.ClientCertificate); err != nil {
			return nil, fmt.Errorf("upstream %q: %w", u.ID, err)
		}
	}
	p.settle(u, previous)
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.find(u.Discovery, previous)
	known, same := map[string]*Target(nil), false
	if previous != nil {
		previous.mu.Lock()
		known, same = byAddress(previous.targets), previous.settings == p.settings
		previous.mu.Unlock()
	}
	p.targets = p.recruit(joined(u.Targets, found), known, same, previous == nil, time.Now())
	p.build(time.Now())
	return p, nil
}

// settle takes over what the upstream says of balancing, health and traffic.
func (p *Pool) settle(u *api.Upstream, previous *Pool) {
	p.judge = &judge{}
	p.viewer = viewer{algorithm: api.RoundRobin, own: p.env.Zone, zones: u.Zones}
	if b := u.Balance; b != nil {
		p.viewer.algorithm, p.viewer.slowStart, p.hashOn = b.Algorithm, b.SlowStart.Std(), b.HashOn
		p.judge.latency = b.Algorithm == api.EWMA
		if b.Sticky != nil {
			p.viewer.sticky = newSticky(u.ID, b.Sticky)
		}
	}
	var old struct {
		detector *health.Detector
		policy   *retry.Policy
		gate     *limit.Gate
	}
	if previous != nil {
		old.detector, old.policy, old.gate = previous.detector, previous.policy, previous.gate
	}
	if h := u.Health; h != nil {
		p.viewer.panicBelow = h.PanicThreshold
		if h.Active != nil && p.env.Checker != nil {
			p.check = p.settings.check(h.Active, p.trust)
		}
		if h.Passive != nil {
			p.detector = health.NewDetector(*h.Passive, old.detector, p.changed)
			p.judge.detector = p.detector
		}
	}
	p.judge.watches = p.judge.latency || p.detector != nil
	p.policy = retry.New(u.Retries, old.policy)
	p.gate = limit.New(u.Limits, old.gate)
	if u.Limits != nil {
		p.judge.most = int64(u.Limits.MaxConnections)
	}
}

// ID returns the id of the upstream.
func (p *Pool) ID() string { return p.id }

// Targets returns all targets: those of the upstream in its order, those without
// weight included, and then those that were found. The caller must not change
// the slice.
func (p *Pool) Targets() []*Target { return p.current.Load().targets }

// Retries says when a request is sent again.
func (p *Pool) Retries() *retry.Policy { return p.policy }

// Gate is where requests to the upstream wait for their turn, nil if all may go
// at once.
func (p *Pool) Gate() *limit.Gate { return p.gate }

// RequestTimeout is how long a request may take with all its tries; 0: as long as
// it wants.
func (p *Pool) RequestTimeout() time.Duration { return p.total }

// Pick chooses the target for a request; exclude lists those that failed it
// already. The error wraps [ErrNoTarget] or [ErrAllBusy].
func (p *Pool) Pick(s *Selection, exclude []*Target) (*Target, error) {
	v := p.current.Load()
	if v.stuck != nil && len(exclude) == 0 {
		if t := v.stuck[p.viewer.sticky.sent(s.Request)]; t != nil && t.Available() && !p.full(t) {
			return t, nil
		}
	}
	var q balance.Question
	if p.hashOn != nil {
		q.Hash, q.Hashed = s.hash(p.hashOn)
	}
	if len(exclude) == 0 {
		if t := v.pick(q, nil); t != nil && !p.full(t) {
			return t, nil
		}
	}
	return p.pickOther(v, q, exclude)
}

// pickOther chooses among what is neither excluded nor busy.
func (p *Pool) pickOther(v *view, q balance.Question, exclude []*Target) (*Target, error) {
	busy := false
	t := v.pick(q, func(t *Target) bool {
		for _, other := range exclude {
			if other.endpoint.address == t.endpoint.address {
				return true
			}
		}
		full := p.full(t)
		busy = busy || full
		return full
	})
	switch {
	case t != nil:
		return t, nil
	case busy:
		return nil, p.allBusy
	}
	return nil, p.noTarget
}

// full reports whether a target has as many connections in use as it may have.
func (p *Pool) full(t *Target) bool {
	most := p.judge.most
	return most > 0 && t.load.InFlight() >= most && !t.endpoint.transport.Multiplexes()
}

// Cookie returns what Set-Cookie has to say so that the client of a request comes
// back to a target, "" for nothing: clients need not be kept, or this one has
// been told already.
func (p *Pool) Cookie(s *Selection, t *Target) string {
	sticky := p.viewer.sticky
	if sticky == nil || sticky.sent(s.Request) == t.name {
		return ""
	}
	return sticky.set(s.Request, t)
}

// Close closes connections that no other pool took over: unused ones at once,
// the others when their exchanges end. Exchanges may go on, and a target that
// has been picked already may still be sent its request.
func (p *Pool) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	if p.next != nil {
		p.next.Stop()
	}
	targets := p.targets
	p.mu.Unlock()
	p.finder.leave(p)
	release(targets)
	if p.detector != nil {
		p.detector.Close()
	}
}
