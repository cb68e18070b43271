// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"maps"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Compiler keeps the configuration and compiles its changes. It belongs to
// one goroutine; the snapshots it makes are for all.
type Compiler struct {
	catalogue *plugin.Catalogue
	env       plugin.Env
	meters    Meters

	objects    map[api.Key]*object
	dependents map[api.Key]map[api.Key]bool // whom a change of the key touches
	holders    map[string]api.Key           // who holds a claim
	held       map[api.Key][]string         // the claims that an object holds
	contenders map[api.Key]bool             // who lost a claim to another

	pools        map[string]*upstream.Pool
	certs        map[string]*certificate
	current      *Snapshot
	routes       map[string]*Route
	fingerprints map[string]string // by credential
	retired      []*upstream.Pool  // replaced, and to be closed by Retire
}

// An object is a decoded document with what is known of it.
type object struct {
	Object
	value    any // such as *api.Route; nil if it cannot be decoded
	refs     []schema.Reference
	invalid  []api.Problem // from its own document
	problems []api.Problem // from compiling it against the others
}

// NewCompiler returns a compiler of an empty configuration. env is what every
// plugin gets, its Log narrowed to the plugin and its place.
func NewCompiler(catalogue *plugin.Catalogue, env plugin.Env, meters Meters) *Compiler {
	return &Compiler{
		catalogue:    catalogue,
		env:          env,
		meters:       meters,
		objects:      make(map[api.Key]*object),
		dependents:   make(map[api.Key]map[api.Key]bool),
		holders:      make(map[string]api.Key),
		held:         make(map[api.Key][]string),
		contenders:   make(map[api.Key]bool),
		pools:        make(map[string]*upstream.Pool),
		certs:        make(map[string]*certificate),
		routes:       make(map[string]*Route),
		fingerprints: make(map[string]string),
		current:      &Snapshot{Router: router.New[*Route]()},
	}
}

// Current returns the newest snapshot.
func (c *Compiler) Current() *Snapshot { return c.current }

// Apply takes changes, or with full the whole configuration, and returns the
// snapshot to serve from now on. Retire must be called once the snapshot is
// in service.
func (c *Compiler) Apply(revision int64, full bool, changes []Object) *Snapshot {
	dirty := make(map[api.Key]bool)
	if full {
		changes = c.completed(changes)
	}
	for _, ch := range changes {
		if old := c.objects[ch.Key]; old != nil && old.Revision == ch.Revision && ch.Value != nil && string(old.Value) == string(ch.Value) {
			continue
		}
		c.update(ch)
		c.spread(ch.Key, dirty)
	}
	if len(dirty) == 0 && revision == c.current.Revision {
		return c.current
	}
	next := &Snapshot{
		Revision:     revision,
		Router:       c.current.Router,
		Listeners:    c.current.Listeners,
		fingerprints: c.current.fingerprints,
		consumers:    c.current.consumers,
	}
	c.compile(dirty, next)
	next.Problems = c.problems(dirty)
	c.current = next
	return next
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

// update decodes one change and keeps the indexes.
func (c *Compiler) update(ch Object) {
	if old := c.objects[ch.Key]; old != nil {
		for _, ref := range old.refs {
			delete(c.dependents[api.Key{Kind: ref.Kind, ID: ref.ID}], ch.Key)
		}
	}
	kind := api.KindOf(ch.Kind)
	if ch.Value == nil {
		delete(c.objects, ch.Key)
		return
	}
	o := &object{Object: ch}
	c.objects[ch.Key] = o
	if kind == nil {
		o.invalid = []api.Problem{problem(ch.Key, api.CodeInvalid, "", "is of a kind that this version does not know")}
		return
	}
	value, err := c.catalogue.Decode(kind, ch.Value, schema.Complete)
	if err != nil {
		for _, e := range schema.Under("", err) {
			o.invalid = append(o.invalid, problem(ch.Key, api.CodeInvalid, e.Path, e.Message))
		}
		return
	}
	o.value = value
	o.refs = kind.Type.References(ch.Value)
	for _, ref := range o.refs {
		on := api.Key{Kind: ref.Kind, ID: ref.ID}
		if c.dependents[on] == nil {
			c.dependents[on] = make(map[api.Key]bool)
		}
		c.dependents[on][ch.Key] = true
	}
}

// spread marks a key and everything that depends on it.
func (c *Compiler) spread(key api.Key, dirty map[api.Key]bool) {
	if dirty[key] {
		return
	}
	dirty[key] = true
	for dependent := range c.dependents[key] {
		c.spread(dependent, dirty)
	}
	if key.Kind == api.KindClusterSettings {
		for other := range c.objects {
			if other.Kind == api.KindRoute {
				dirty[other] = true
			}
		}
	}
}

// problems collects what is wrong, in a stable order. It looks at every
// object only when something was or becomes wrong.
func (c *Compiler) problems(dirty map[api.Key]bool) []api.Problem {
	if len(c.current.Problems) == 0 && !slices.ContainsFunc(slices.Collect(maps.Keys(dirty)), c.broken) {
		return nil
	}
	var all []api.Problem
	for _, o := range c.objects {
		all = append(append(all, o.invalid...), o.problems...)
	}
	slices.SortStableFunc(all, func(a, b api.Problem) int { return compareKeys(a.Key, b.Key) })
	return all
}

func (c *Compiler) broken(key api.Key) bool {
	o := c.objects[key]
	return o != nil && len(o.invalid)+len(o.problems) > 0
}

func problem(key api.Key, code, path, message string) api.Problem {
	return api.Problem{Key: key, Code: code, Path: path, Message: message}
}
