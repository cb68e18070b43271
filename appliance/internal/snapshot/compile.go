// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"cmp"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// compile brings next up to date with the dirty objects, those that others
// refer to first.
func (c *Compiler) compile(dirty map[api.Key]bool, next *Snapshot) {
	for key := range dirty {
		c.release(key)
	}
	maps.Copy(dirty, c.contenders)
	c.ownDirectory(dirty, next)
	c.ownListeners(dirty, next)
	keys := slices.SortedFunc(maps.Keys(dirty), compareKeys)

	var set []*router.Entry[*Route]
	var remove []string
	for _, key := range keys {
		entry := c.compileObject(key, next)
		switch {
		case key.Kind != api.KindRoute:
		case entry != nil:
			set = append(set, entry)
		default:
			remove = append(remove, key.ID)
			c.meters.Forget(key.ID)
		}
	}
	if len(set)+len(remove) > 0 {
		next.Router = next.Router.With(set, remove)
	}
}

// compileObject compiles one object that may be gone; for a route it returns
// what the router takes, or nil. A panic is that object's problem alone.
func (c *Compiler) compileObject(key api.Key, next *Snapshot) (entry *router.Entry[*Route]) {
	o := c.objects[key]
	if o != nil {
		o.problems = nil
		c.checkReferences(o)
		c.claim(o)
		defer func() {
			if r := recover(); r != nil {
				c.env.Log.Error("compiling an object panicked", "object", key.String(), "panic", r, "stack", string(debug.Stack()))
				o.fail(api.CodeUnusable, "", "cannot be compiled: %v; this is a fault of the gateway", r)
				entry = nil
			}
		}()
	}
	switch key.Kind {
	case api.KindCertificate:
		c.compileCertificate(key.ID, o)
	case api.KindListener:
		c.compileListener(key.ID, o, next)
	case api.KindUpstream:
		c.compileUpstream(key.ID, o)
	case api.KindRoute:
		return c.compileRoute(key.ID, o)
	case api.KindConsumer:
		c.compileConsumer(key.ID, o, next)
	case api.KindCredential:
		c.compileCredential(key.ID, o, next)
	}
	return nil
}

// usable reports whether an object exists and can serve.
func (o *object) usable() bool {
	return o != nil && o.value != nil && len(o.problems) == 0
}

// fail tells a problem of an object that is well-formed by itself.
func (o *object) fail(code, path, format string, args ...any) {
	o.problems = append(o.problems, problem(o.Key, code, path, fmt.Sprintf(format, args...)))
}

// checkReferences holds that everything the object refers to can serve: a
// route whose policy is unusable must not run without it.
func (c *Compiler) checkReferences(o *object) {
	for _, ref := range o.refs {
		other := api.Key{Kind: ref.Kind, ID: ref.ID}
		on := c.objects[other]
		if on.usable() {
			continue
		}
		code, text := api.CodeUnusable, "refers to %s, which has problems of its own"
		if on == nil {
			code, text = api.CodeUnknownReference, "refers to %s, which does not exist"
		}
		o.fail(code, ref.Path, text, other)
		o.problems[len(o.problems)-1].Other = &other
	}
}

// claim takes what the object claims for itself; who comes second goes without.
func (c *Compiler) claim(o *object) {
	delete(c.contenders, o.Key)
	claimer, ok := o.value.(api.Claimer)
	if !ok {
		return
	}
	claims := claimer.Claims()
	for _, claim := range claims {
		if holder, taken := c.holders[claim]; taken && holder != o.Key {
			o.fail(api.CodeConflict, "", "claims what %s holds: %s", holder, claim)
			o.problems[len(o.problems)-1].Other = &holder
			c.contenders[o.Key] = true
			return
		}
	}
	for _, claim := range claims {
		c.holders[claim] = o.Key
	}
	c.held[o.Key] = claims
}

func (c *Compiler) release(key api.Key) {
	for _, claim := range c.held[key] {
		delete(c.holders, claim)
	}
	delete(c.held, key)
}

func (c *Compiler) compileUpstream(id string, o *object) {
	old := c.pools[id]
	if !o.usable() {
		if old != nil {
			c.retired = append(c.retired, old)
			delete(c.pools, id)
		}
		return
	}
	pool, err := upstream.New(o.value.(*api.Upstream), old, upstream.Env{})
	if err != nil {
		for _, e := range schema.Under("", err) {
			o.fail(api.CodeUnusable, e.Path, "%s", e.Message)
		}
		return
	}
	if old != nil && old != pool {
		c.retired = append(c.retired, old)
	}
	c.pools[id] = pool
}

// Retire closes what the newest snapshot no longer uses. Exchanges that began
// on an older one may still finish on it.
func (c *Compiler) Retire() {
	for _, pool := range c.retired {
		pool.Close()
	}
	c.retired = nil
}

// Close ends everything that the compiled configuration holds.
func (c *Compiler) Close() {
	c.Retire()
	for _, r := range c.routes {
		closeAll(r.instances)
	}
	for _, consumer := range c.current.consumers {
		closeAll(consumer.instances)
	}
	for _, pool := range c.pools {
		pool.Close()
	}
}

var kindOrder = func() map[string]int {
	order := make(map[string]int)
	for i, k := range api.Kinds() {
		order[k.Name] = i
	}
	return order
}()

// compareKeys orders objects so that nothing comes before what it refers to.
func compareKeys(a, b api.Key) int {
	return cmp.Or(cmp.Compare(kindOrder[a.Kind], kindOrder[b.Kind]), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}
