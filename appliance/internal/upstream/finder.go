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
	if previous != nil && previous.finder != nil && reflect.DeepEqual(previous.finder.settings, d) {
		f := previous.finder
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.owner == previous {
			p.finder, f.owner = f, p
			return f.list
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	f := &finder{settings: d, stop: stop, owner: p}
	p.finder = f
	options := discovery.Options{Log: p.env.Log.With("upstream", p.id), Report: f.report}
	go p.env.Discover(*d, options).Run(ctx, f.publish)
	return nil
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
