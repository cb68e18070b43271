// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"maps"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A build makes one snapshot out of the one before.
type build struct {
	*Compiler
	listeners    map[string]*Listener // the next snapshot's own; nil while it shares them
	consumers    *directoryEdit       // nil while it shares them
	fingerprints *directoryEdit       // likewise
	set          []*router.Entry[*Route]
	remove       []string
}

// compile brings the dirty objects up to date, those that others refer to
// first.
func (c *Compiler) compile(revision int64, dirty map[api.Key]bool) *Snapshot {
	b := &build{Compiler: c}
	b.own(dirty)
	for _, key := range slices.SortedFunc(maps.Keys(dirty), compareKeys) {
		b.object(key)
	}
	next := &Snapshot{
		Revision:     revision,
		Router:       c.current.Router,
		Listeners:    c.current.Listeners,
		consumers:    c.current.consumers,
		fingerprints: c.current.fingerprints,
		Problems:     c.problems(),
	}
	if b.listeners != nil {
		next.Listeners = b.listeners
	}
	if b.consumers != nil {
		next.consumers, next.fingerprints = b.consumers.next, b.fingerprints.next
	}
	if len(b.set)+len(b.remove) > 0 {
		next.Router = next.Router.With(b.set, b.remove)
	}
	return next
}

// own takes copies of what is going to change.
func (b *build) own(dirty map[api.Key]bool) {
	for key := range dirty {
		switch key.Kind {
		case api.KindListener:
			if b.listeners == nil {
				b.listeners = cloned(b.current.Listeners)
			}
		case api.KindConsumer, api.KindCredential:
			if b.consumers == nil {
				b.consumers, b.fingerprints = b.current.consumers.edit(), b.current.fingerprints.edit()
			}
		}
	}
	// All old secrets go before the first new one comes: two credentials may
	// have changed places.
	for key := range dirty {
		if key.Kind == api.KindCredential {
			b.dropCredential(key.ID)
		}
	}
}

// object compiles one object, which may be gone.
func (b *build) object(key api.Key) {
	o := b.objects[key]
	if o != nil {
		o.problems = nil
		b.checkReferences(o)
		b.checkClaims(o)
	}
	if o.usable() {
		b.make(o)
	}
	if !o.usable() {
		b.drop(key)
	}
	if o != nil && len(o.invalid)+len(o.problems) > 0 {
		b.troubled[key] = o
	} else {
		delete(b.troubled, key)
	}
}

// make compiles a usable object. A panic is that object's problem alone.
func (b *build) make(o *object) {
	defer func() {
		if r := recover(); r != nil {
			o.problems = append(o.problems, b.panicked(o.Key, r))
		}
	}()
	switch v := o.value.(type) {
	case *api.Certificate:
		b.makeCertificate(o, v)
	case *api.Listener:
		b.listeners[o.ID] = b.makeListener(v)
	case *api.Upstream:
		b.makeUpstream(o, v)
	case *api.Route:
		b.makeRoute(o, v)
	case *api.Consumer:
		b.makeConsumer(o, v)
	case *api.Credential:
		b.makeCredential(v)
	}
}

// drop removes what an object that cannot serve has left.
func (b *build) drop(key api.Key) {
	switch key.Kind {
	case api.KindCertificate:
		delete(b.certs, key.ID)
	case api.KindListener:
		delete(b.listeners, key.ID)
	case api.KindUpstream:
		b.replacePool(key.ID, nil)
	case api.KindRoute:
		b.dropRoute(key.ID)
	case api.KindConsumer:
		b.consumers.remove(key.ID)
	}
}

func (b *build) makeUpstream(o *object, config *api.Upstream) {
	pool, err := upstream.New(config, b.pools[o.ID], upstream.Env{})
	if err != nil {
		o.failWith("", err)
		return
	}
	b.replacePool(o.ID, pool)
}

// failWith tells the problems that are the errors of a part of the object.
func (o *object) failWith(path string, err error) {
	for _, e := range schema.Under(path, err) {
		o.fail(api.CodeUnusable, e.Path, nil, "%s", e.Message)
	}
}

// replacePool puts a pool, or nil, in the place of another, which Retire is
// to close.
func (b *build) replacePool(id string, pool *upstream.Pool) {
	if old := b.pools[id]; old != nil && old != pool {
		b.retired = append(b.retired, old)
	}
	if pool == nil {
		delete(b.pools, id)
		return
	}
	b.pools[id] = pool
}
