// SPDX-License-Identifier: Apache-2.0

// Package snapshot compiles a configuration into what requests need.
//
// A Compiler follows the configuration: it keeps every object decoded, knows
// who depends on whom, and compiles again only what a change touches. What it
// publishes is a Snapshot, immutable and complete, which an exchange loads
// once and uses to its end. Pools, counters and connections of what did not
// change are carried over.
//
// What a Snapshot holds depends on the configuration alone and never on the
// way to it: a compiler that followed a thousand changes and one that was
// given their result serve the same.
//
// A bad object never stops the rest: it is left out with what cannot do
// without it, and told as a Problem. A route that cannot run is not left out
// but blocked: its requests are refused, and no other route gets them.
package snapshot

import (
	"iter"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// An Object is a stored document; a nil Value means that it is gone.
type Object struct {
	api.Key
	Value []byte
}

// A Snapshot is one compiled configuration.
type Snapshot struct {
	Revision  int64
	Router    *router.Router[*Route]
	Listeners map[string]*Listener // by id
	Problems  []api.Problem        // ordered by object

	// Unrouted has the cluster's own plugins for requests that no route takes.
	// They are only told of the end, so that a log has those requests too.
	Unrouted *Chain

	pools        *directory[*upstream.Pool] // by id of the upstream
	consumers    *directory[*consumer]      // by id
	fingerprints *directory[*consumer]      // by the fingerprints of their credentials
	merged       sync.Map                   // mergedKey -> *Chain
}

// A Route is a compiled route.
type Route struct {
	API   *api.Route
	Info  plugin.Route
	Chain *Chain
	Meter RouteMeter

	// Blocked says that the route is configured and cannot run here. It takes
	// its requests nevertheless, to have them refused: a less specific route,
	// which may lack what protects them, must not.
	Blocked bool

	instances map[string]*instance // by plugin name
}

// Pool returns the targets of the route's upstream. Routes do not hold them,
// so that a new target costs the same whether one route goes there or all do.
func (s *Snapshot) Pool(r *Route) *upstream.Pool { return s.pools.find(r.Info.Upstream) }

// Upstream returns the targets of an upstream, nil if it does not run.
func (s *Snapshot) Upstream(id string) *upstream.Pool { return s.pools.find(id) }

// Upstreams yields the upstreams that run, in no order.
func (s *Snapshot) Upstreams() iter.Seq[*upstream.Pool] { return s.pools.all() }

// FindCredential returns whose credential has the fingerprint, or nil.
func (s *Snapshot) FindCredential(fingerprint string) *api.Consumer {
	if c := s.fingerprints.find(fingerprint); c != nil {
		return c.api
	}
	return nil
}

var _ plugin.Directory = (*Snapshot)(nil)

type mergedKey struct {
	route    *Route
	consumer *consumer
}

// ChainFor returns the route's chain with the plugins of a consumer in place
// of the route's own.
func (s *Snapshot) ChainFor(r *Route, who *api.Consumer) *Chain {
	c := s.consumers.find(who.ID)
	if c == nil || len(c.instances) == 0 {
		return r.Chain
	}
	key := mergedKey{r, c}
	if chain, ok := s.merged.Load(key); ok {
		return chain.(*Chain)
	}
	chain, _ := s.merged.LoadOrStore(key, newChain(merge(r.instances, c.instances)))
	return chain.(*Chain)
}
