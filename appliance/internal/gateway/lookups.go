// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
)

// lookups knows how the sources of targets do, by their settings: upstreams that
// ask the same of the same servers are told the same.
type lookups struct {
	mu      sync.Mutex
	running map[string][]*lookup
}

// A lookup is a source with what it has reported last.
type lookup struct {
	discovery.Source
	all *lookups
	key string

	mu       sync.Mutex
	status   discovery.Status
	failures int64 // rounds so far
}

func newLookups() *lookups { return &lookups{running: make(map[string][]*lookup)} }

func keyOf(settings *api.Discovery) string {
	document, _ := json.Marshal(settings) // plain data always encodes
	return string(document)
}

// source returns a source of targets that is watched while it runs.
func (l *lookups) source(settings api.Discovery, log *slog.Logger) discovery.Source {
	one := &lookup{all: l, key: keyOf(&settings)}
	one.Source = discovery.New(settings, discovery.Options{Log: log, Report: one.report})
	return one
}

func (one *lookup) report(s discovery.Status) {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.status = s
	if s.Err != nil {
		one.failures++
	}
}

// Run implements [discovery.Source].
func (one *lookup) Run(ctx context.Context, publish func([]api.Target)) {
	l := one.all
	l.mu.Lock()
	l.running[one.key] = append(l.running[one.key], one)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		left := slices.DeleteFunc(l.running[one.key], func(other *lookup) bool { return other == one })
		if l.running[one.key] = left; len(left) == 0 {
			delete(l.running, one.key)
		}
	}()
	one.Source.Run(ctx, publish)
}

// figures returns how the discovery of a pool does.
func (l *lookups) figures(now *upstream.Figures) *observe.DiscoveryFigures {
	f := &observe.DiscoveryFigures{Targets: now.Discovered, Age: -1}
	l.mu.Lock()
	defer l.mu.Unlock()
	if running := l.running[keyOf(now.Discovery)]; len(running) > 0 {
		one := running[0]
		one.mu.Lock()
		defer one.mu.Unlock()
		f.Failures, f.Age = one.failures, age(one.status.Answered)
	}
	return f
}
