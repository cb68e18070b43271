// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"context"
	"reflect"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
)

// A finder has the targets of an upstream discovered, and is handed on from pool
// to pool as long as they look in the same place: a change of something else must
// not empty the upstream until the next answer.
type finder struct {
	settings *api.Discovery
	stop     context.CancelFunc

	mu       sync.Mutex
	list     []api.Target
	owner    *Pool // that is told
	status   discovery.Status
	failures int64 // rounds so far
}

// report notes how the discovery does.
func (f *finder) report(s discovery.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = s
	if s.Err != nil {
		f.failures++
	}
}

// find returns what has been discovered by now, and has the pool told of what is
// from now on.
func (p *Pool) find(d *api.Discovery, previous *Pool) []api.Target {
	if d == nil || p.env.Discover == nil {
		return nil
	}
	var list []api.Target
	if previous != nil && previous.finder != nil && sameQuestion(previous.finder.settings, d) {
		f := previous.finder
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.owner == previous && reflect.DeepEqual(f.settings, d) {
			p.finder, f.owner = f, p
			return f.list
		}
		list = f.list
	}
	ctx, stop := context.WithCancel(context.Background())
	f := &finder{settings: d, stop: stop, owner: p, list: list}
	p.finder = f
	options := discovery.Options{Log: p.env.Log.With("upstream", p.id), Report: f.report}
	go p.env.Discover(*d, options).Run(ctx, f.publish)
	return list
}

// sameQuestion reports whether settings look for the same thing, although perhaps
// elsewhere or more often: what one has found holds until the other knows better.
func sameQuestion(a, b *api.Discovery) bool {
	if a.DNS == nil || b.DNS == nil {
		return a.DNS == b.DNS
	}
	return a.DNS.Name == b.DNS.Name && a.DNS.Type == b.DNS.Type && a.DNS.Port == b.DNS.Port
}

// publish tells the owner.
func (f *finder) publish(list []api.Target) {
	f.mu.Lock()
	f.list = list
	owner := f.owner
	f.mu.Unlock()
	owner.found(list)
}

// leave ends the discovery unless another pool has taken it over.
func (f *finder) leave(p *Pool) {
	if f == nil {
		return
	}
	f.mu.Lock()
	last := f.owner == p
	f.mu.Unlock()
	if last {
		f.stop()
	}
}
