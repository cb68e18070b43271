// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A build makes one snapshot out of the one before.
type build struct {
	*Compiler
	dirty        dirt
	listeners    map[string]*Listener // the next snapshot's own; nil while it shares them
	unrouted     *Chain
	pools        directoryEdit[*upstream.Pool]
	consumers    directoryEdit[*consumer]
	fingerprints directoryEdit[*consumer]
	retold       bool // the problems have changed
	set          []*router.Entry[*Route]
	remove       []string
}

// compile brings the dirty objects up to date, and then those that depend on
// them. Nothing depends on a kind that comes later.
func (c *Compiler) compile(revision int64, dirty dirt) *Snapshot {
	b := &build{Compiler: c, dirty: dirty, unrouted: c.current.Unrouted}
	b.pools.next, b.consumers.next, b.fingerprints.next = c.current.pools, c.current.consumers, c.current.fingerprints
	for _, kind := range dirty.kindsInOrder() {
		keys := dirty.take(kind)
		b.begin(kind, keys)
		for _, key := range keys {
			served := b.served(key)
			b.object(key)
			b.spread(key, served)
		}
	}
	next := &Snapshot{
		Revision:     revision,
		Router:       c.current.Router,
		Listeners:    c.current.Listeners,
		Problems:     c.current.Problems,
		Unrouted:     b.unrouted,
		pools:        b.pools.next,
		consumers:    b.consumers.next,
		fingerprints: b.fingerprints.next,
	}
	if b.retold {
		next.Problems = c.problems()
	}
	if b.listeners != nil {
		next.Listeners = b.listeners
	}
	if len(b.set)+len(b.remove) > 0 {
		next.Router = next.Router.With(b.set, b.remove)
	}
	return next
}

// begin prepares for objects of a kind.
func (b *build) begin(kind string, keys []api.Key) {
	switch {
	case kind == api.KindListener && len(keys) > 0:
		b.listeners = cloned(b.current.Listeners)
	case kind == api.KindCredential:
		// All old secrets go before the first new one comes: two credentials
		// may have changed places.
		for _, key := range keys {
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
		b.guard(o, func() { b.make(o) })
	}
	if !o.usable() {
		b.drop(key)
	}
	had := b.troubled[key] != nil
	has := o != nil && len(o.invalid)+len(o.problems) > 0
	if has {
		b.troubled[key] = o
	} else if had {
		delete(b.troubled, key)
	}
	b.retold = b.retold || had || has
}

// guard makes a panic the problem of the object that it came from.
func (b *build) guard(o *object, compile func()) {
	defer func() {
		if r := recover(); r != nil {
			o.problems = append(o.problems, b.panicked(o.Key, r))
		}
	}()
	compile()
}

// make compiles a usable object.
func (b *build) make(o *object) {
	switch v := o.value.(type) {
	case *api.Certificate:
		b.makeCertificate(o, v)
	case *api.ClusterSettings:
		b.makeSettings(o, v)
	case *api.Listener:
		b.listeners[o.ID] = b.makeListener(v)
	case *api.Upstream:
		b.makeUpstream(o, v)
	case *api.Instance:
		b.makeInstance(o, v)
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
	case api.KindClusterSettings:
		b.settings, b.unrouted = nil, &Chain{}
	case api.KindListener:
		delete(b.listeners, key.ID)
	case api.KindUpstream:
		b.replacePool(key.ID, nil)
	case api.KindRoute:
		if !b.blockRoute(b.objects[key]) {
			b.dropRoute(key.ID)
		}
	case api.KindConsumer:
		b.consumers.remove(key.ID)
	}
}

func (b *build) makeUpstream(o *object, config *api.Upstream) {
	env := b.upstreams
	env.ClientCertificate = b.clientCertificate(config)
	pool, err := upstream.New(b.manned(config), b.pools.next.find(o.ID), env)
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
	if old := b.pools.next.find(id); old != nil && old != pool {
		b.retired = append(b.retired, old)
	}
	if pool == nil {
		b.pools.remove(id)
		return
	}
	b.pools.set(id, pool)
}
