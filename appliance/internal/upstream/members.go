// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

// addressOf returns "host:port" of a target.
func addressOf(spec *api.Target) string {
	return net.JoinHostPort(strings.Trim(spec.Host, "[]"), strconv.Itoa(spec.Port))
}

// recruit makes the targets of a pool out of its specifications. What is known
// of a target by its address lives on: what it is doing, its health and, where
// it is spoken to in the same way, its connections. p.mu is held, or p is new.
func (p *Pool) recruit(specs []api.Target, known map[string]*Target, sameSettings, firstEver bool, now time.Time) []*Target {
	targets := make([]*Target, 0, len(specs))
	for i := range specs {
		address := addressOf(&specs[i])
		t := &Target{Spec: specs[i], judge: p.judge}
		old := known[address]
		if old != nil {
			t.load, t.well = old.load, old.well
		} else {
			t.load, t.well = new(balance.Load), new(atomic.Int64)
			if !firstEver { // among targets that are all new none is cold
				t.well.Store(now.UnixNano())
			}
		}
		if old != nil && sameSettings && old.endpoint.acquire() {
			t.endpoint = old.endpoint
		} else {
			t.endpoint = newEndpoint(address, p.settings, p.trust, p.env)
		}
		if s := p.viewer.sticky; s != nil {
			t.name = s.name(address)
		}
		if p.detector != nil {
			t.record = p.detector.Record(address)
		}
		if p.check != nil {
			t.watch = p.env.Checker.Watch(address, *p.check, watchOf(old), p.changed)
		}
		targets = append(targets, t)
	}
	if p.detector != nil {
		addresses := make([]string, len(targets))
		for i, t := range targets {
			addresses[i] = t.endpoint.address
		}
		p.detector.Keep(addresses)
	}
	return targets
}

// release gives back what targets hold.
func release(targets []*Target) {
	for _, t := range targets {
		if t.watch != nil {
			t.watch.Release()
		}
		t.endpoint.release()
	}
}

// byAddress returns targets by their addresses.
func byAddress(targets []*Target) map[string]*Target {
	m := make(map[string]*Target, len(targets))
	for _, t := range targets {
		m[t.endpoint.address] = t
	}
	return m
}

// joined returns the configured targets and those found that are not among
// them, in this order.
func joined(configured, found []api.Target) []api.Target {
	if len(found) == 0 {
		return configured
	}
	have, all := make(map[string]bool, len(configured)), configured[:len(configured):len(configured)]
	for i := range configured {
		have[addressOf(&configured[i])] = true
	}
	for i := range found {
		if a := addressOf(&found[i]); !have[a] {
			have[a] = true
			all = append(all, found[i])
		}
	}
	return all
}
