// SPDX-License-Identifier: Apache-2.0

// Package upstream holds the targets of an upstream at run time: which of them
// takes the next request, and the connections to them.
//
// A [Pool] is built from an [api.Upstream] and never changes. A changed
// upstream makes another pool, which takes over the connections and counters
// of the targets that stay as they were; the old one is closed, and what is in
// flight through it goes on to its end.
package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// ErrNoTarget says that an upstream has no target to send a request to: it
// has none at all, none with a weight, or all of them are excluded.
var ErrNoTarget = errors.New("no target is available")

// Env is what pools need from outside.
type Env struct {
	// Dial makes connections; nil means TCP by the system's resolver.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// ClientCertificate is what [api.UpstreamTLS] names, nil if it names none.
	ClientCertificate *tls.Certificate
}

// A Pool is an upstream, ready to take requests.
type Pool struct {
	id       string
	settings settings
	trust    *trust
	targets  []*Target
	balancer Balancer
	noTarget error
	close    sync.Once
}

// New builds the pool of an upstream whose defaults are applied. previous,
// which may be nil and must not be closed yet, is the pool that it replaces.
func New(u *api.Upstream, previous *Pool, env Env) (*Pool, error) {
	p := &Pool{id: u.ID, settings: settingsOf(u, env), noTarget: fmt.Errorf("upstream %q: %w", u.ID, ErrNoTarget)}
	kept := make(map[string]*endpoint)
	if previous != nil && previous.settings == p.settings {
		p.trust = previous.trust
		for _, t := range previous.targets {
			kept[t.endpoint.address] = t.endpoint
		}
	} else if u.Secure() {
		var err error
		if p.trust, err = newTrust(u.TLS, env.ClientCertificate); err != nil {
			return nil, fmt.Errorf("upstream %q: %w", u.ID, err)
		}
	}
	for i := range u.Targets {
		spec := u.Targets[i]
		address := net.JoinHostPort(strings.Trim(spec.Host, "[]"), strconv.Itoa(spec.Port))
		e := kept[address]
		if e == nil || !e.acquire() {
			e = newEndpoint(address, p.settings, p.trust, env)
		}
		p.targets = append(p.targets, &Target{Spec: spec, endpoint: e})
	}
	p.balancer = newRoundRobin(p.targets)
	return p, nil
}

// ID returns the id of the upstream.
func (p *Pool) ID() string { return p.id }

// Targets returns all targets in the order of the upstream, those without
// weight included. The caller must not change the slice.
func (p *Pool) Targets() []*Target { return p.targets }

// Pick chooses the target for a request; exclude lists those that failed it
// already. The error wraps [ErrNoTarget].
func (p *Pool) Pick(exclude []*Target) (*Target, error) {
	if t := p.balancer.Pick(exclude); t != nil {
		return t, nil
	}
	return nil, p.noTarget
}

// Close closes connections that no other pool took over: unused ones at once,
// the others when their exchanges end. Exchanges may go on, and a target that
// has been picked already may still be sent its request.
func (p *Pool) Close() {
	p.close.Do(func() {
		for _, t := range p.targets {
			t.endpoint.release()
		}
	})
}
