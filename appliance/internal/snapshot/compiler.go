// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A Compiler keeps the configuration and compiles its changes. It belongs to
// one goroutine; the snapshots it makes are for all.
type Compiler struct {
	catalogue *plugin.Catalogue
	env       plugin.Env
	upstreams upstream.Env
	meters    Meters

	objects    map[api.Key]*object
	dependents map[api.Key]map[api.Key]bool // whom a change of the key touches
	claims     *claims
	troubled   map[api.Key]*object // those with problems
	members    map[string]members  // what is reported of upstreams, by their ids

	certs        map[string]*certificate
	routes       map[string]*compiledRoute
	settings     map[string]*instance // the cluster's own plugins by name
	fingerprints map[string]string    // by credential
	retired      []*upstream.Pool     // replaced, and to be closed by Retire
	runtimes     *runtimes
	current      *Snapshot
}

// NewCompiler returns a compiler of an empty configuration. env is what every
// plugin gets, its Log narrowed to the plugin and its place; upstreams is what
// every pool gets.
func NewCompiler(catalogue *plugin.Catalogue, env plugin.Env, upstreams upstream.Env, meters Meters) *Compiler {
	return &Compiler{
		catalogue:    catalogue,
		env:          env,
		upstreams:    upstreams,
		meters:       meters,
		objects:      make(map[api.Key]*object),
		dependents:   make(map[api.Key]map[api.Key]bool),
		claims:       newClaims(),
		troubled:     make(map[api.Key]*object),
		members:      make(map[string]members),
		certs:        make(map[string]*certificate),
		routes:       make(map[string]*compiledRoute),
		fingerprints: make(map[string]string),
		runtimes:     newRuntimes(),
		current:      &Snapshot{Unrouted: &Chain{}, Router: router.New[*Route](), pools: new(directory[*upstream.Pool]), consumers: new(directory[*consumer]), fingerprints: new(directory[*consumer])},
	}
}

// Current returns the newest snapshot.
func (c *Compiler) Current() *Snapshot { return c.current }

// Apply takes changes, or with full the whole configuration, and returns the
// snapshot to serve from now on. Retire must be called once the snapshot is
// in service.
func (c *Compiler) Apply(revision int64, full bool, changes []Object) *Snapshot {
	if full {
		changes = c.completed(changes)
	}
	dirty := make(dirt)
	for _, ch := range changes {
		c.update(ch, dirty)
	}
	for _, key := range c.claims.resolve() {
		dirty.mark(key)
	}
	if len(dirty) > 0 || revision != c.current.Revision {
		c.current = c.compile(revision, dirty)
	}
	return c.current
}

// completed turns a whole configuration into changes: what it lacks is gone.
func (c *Compiler) completed(all []Object) []Object {
	have := make(map[api.Key]bool, len(all))
	for _, o := range all {
		have[o.Key] = true
	}
	for key := range c.objects {
		if !have[key] {
			all = append(all, Object{Key: key})
		}
	}
	return all
}

// Retire closes what the newest snapshot no longer uses. Exchanges that began
// on an older one may still finish on it.
func (c *Compiler) Retire() {
	for _, pool := range c.retired {
		pool.Close()
	}
	c.retired = nil
}

// Close ends everything that a compiled configuration holds, whichever
// snapshot it was in.
func (c *Compiler) Close() {
	c.Retire()
	for pool := range c.current.pools.all() {
		pool.Close()
	}
	c.runtimes.closeAll()
}
