// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// An object is a decoded document with what is known of it.
type object struct {
	Object
	value    any // such as *api.Route; nil if it cannot be decoded
	refs     []schema.Reference
	invalid  []api.Problem // from its own document
	problems []api.Problem // from compiling it against the others
}

// usable reports whether an object exists and can serve.
func (o *object) usable() bool {
	return o != nil && o.value != nil && len(o.problems) == 0
}

// fail tells a problem of an object that is well-formed by itself; other may
// be nil.
func (o *object) fail(code, path string, other *api.Key, format string, args ...any) {
	p := problem(o.Key, code, path, fmt.Sprintf(format, args...))
	p.Other = other
	o.problems = append(o.problems, p)
}

func problem(key api.Key, code, path, message string) api.Problem {
	return api.Problem{Key: key, Code: code, Path: path, Message: message}
}

// update takes one change, keeps the indexes, and marks what has to be compiled
// if it is one.
func (c *Compiler) update(ch Object, dirty dirt) {
	old := c.objects[ch.Key]
	switch {
	case old == nil && ch.Value == nil:
		return
	case old != nil && ch.Value != nil && bytes.Equal(old.Value, ch.Value):
		return
	case old != nil:
		c.unlink(old)
		c.leave(old, dirty)
	}
	dirty.mark(ch.Key)
	if ch.Value == nil {
		delete(c.objects, ch.Key)
		c.claims.set(ch.Key, nil)
		return
	}
	o := c.decode(ch)
	c.objects[ch.Key] = o
	c.link(o)
	c.join(o, dirty)
	var claimed []string
	if claimer, ok := o.value.(api.Claimer); ok {
		claimed = claimer.Claims()
	}
	c.claims.set(o.Key, claimed)
}

// decode reads a document. A panic is that document's problem alone.
func (c *Compiler) decode(ch Object) (o *object) {
	o = &object{Object: ch}
	defer func() {
		if r := recover(); r != nil {
			o.value = nil
			o.invalid = []api.Problem{c.panicked(o.Key, r)}
		}
	}()
	kind := api.KindOf(ch.Kind)
	if kind == nil || kind.Name != ch.Kind {
		o.invalid = []api.Problem{problem(ch.Key, api.CodeInvalid, "", "is of a kind that this version does not know")}
		return o
	}
	value, err := c.catalogue.Decode(kind, ch.Value, schema.Complete)
	if err != nil {
		for _, e := range schema.Under("", err) {
			o.invalid = append(o.invalid, problem(ch.Key, api.CodeInvalid, e.Path, e.Message))
		}
		return o
	}
	if one, ok := value.(interface{ Identity() string }); ok && one.Identity() != ch.ID {
		o.invalid = []api.Problem{problem(ch.Key, api.CodeInvalid, "id", fmt.Sprintf("is %q in an object that is stored as %q", one.Identity(), ch.ID))}
		return o
	}
	o.value = value
	o.refs = kind.Type.References(ch.Value)
	return o
}

// panicked logs a panic and returns what its object is told.
func (c *Compiler) panicked(key api.Key, reason any) api.Problem {
	c.env.Log.Error("compiling an object panicked", "object", key.String(), "panic", reason, "stack", string(debug.Stack()))
	return problem(key, api.CodeUnusable, "", fmt.Sprintf("cannot be compiled: %v; this is a fault of the gateway", reason))
}

func (c *Compiler) link(o *object) {
	for _, ref := range o.refs {
		on := api.Key{Kind: ref.Kind, ID: ref.ID}
		if c.dependents[on] == nil {
			c.dependents[on] = make(map[api.Key]bool)
		}
		c.dependents[on][o.Key] = true
	}
}

func (c *Compiler) unlink(o *object) {
	for _, ref := range o.refs {
		on := api.Key{Kind: ref.Kind, ID: ref.ID}
		delete(c.dependents[on], o.Key)
		if len(c.dependents[on]) == 0 {
			delete(c.dependents, on)
		}
	}
}

// checkReferences holds that everything the object refers to can serve: a
// route whose policy is unusable must not run without it. What is reported does
// not run: one problem of an upstream must not be told for each of its instances.
func (c *Compiler) checkReferences(o *object) {
	for _, ref := range o.refs {
		on := api.Key{Kind: ref.Kind, ID: ref.ID}
		switch other := c.objects[on]; {
		case other == nil:
			o.fail(api.CodeUnknownReference, ref.Path, &on, "refers to %s, which does not exist", on)
		case !other.usable() && !isReported(o.Kind):
			o.fail(api.CodeUnusable, ref.Path, &on, "refers to %s, which has problems of its own", on)
		}
	}
}

func isReported(kind string) bool {
	k := api.KindOf(kind)
	return k != nil && k.Reported
}

// checkClaims holds that nobody before the object claims what it does.
func (c *Compiler) checkClaims(o *object) {
	if lost, ok := c.claims.lost[o.Key]; ok {
		path, message := api.ExplainClaim(lost.claim, lost.to)
		o.fail(api.CodeConflict, path, &lost.to, "%s", message)
	}
}

// problems returns what is wrong, in a stable order.
func (c *Compiler) problems() []api.Problem {
	var all []api.Problem
	for _, o := range c.troubled {
		all = append(append(all, o.invalid...), o.problems...)
	}
	slices.SortStableFunc(all, func(a, b api.Problem) int { return compareKeys(a.Key, b.Key) })
	return all
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
