// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"maps"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A consumer is a compiled consumer: its plugins run in one place for all
// routes, so that a limit counts all of its requests.
type consumer struct {
	api       *api.Consumer
	instances map[string]*instance
}

// compileConsumer brings next.consumers up to date; the map is next's own.
func (c *Compiler) compileConsumer(id string, o *object, next *Snapshot) {
	previous := next.consumers[id]
	delete(next.consumers, id)
	if !o.usable() {
		return
	}
	config := o.value.(*api.Consumer)
	var old map[string]*instance
	if previous != nil {
		old = previous.instances
	}
	instances, err := c.instantiate(o.Key, merge(c.policies(config.Policies), config.Plugins), old)
	if err != nil {
		o.fail(api.CodeUnusable, "plugins", "%s", err)
		return
	}
	next.consumers[id] = &consumer{config, instances}
}

// compileCredential brings next.fingerprints up to date; the map is next's own.
func (c *Compiler) compileCredential(id string, o *object, next *Snapshot) {
	delete(next.fingerprints, c.fingerprints[id])
	delete(c.fingerprints, id)
	if !o.usable() {
		return
	}
	config := o.value.(*api.Credential)
	fingerprint := api.Fingerprint(config.Type, config.Secret)
	c.fingerprints[id] = fingerprint
	next.fingerprints[fingerprint] = next.consumers[config.Consumer]
}

// ownDirectory gives next its own maps when consumers or credentials change.
func (c *Compiler) ownDirectory(dirty map[api.Key]bool, next *Snapshot) {
	for key := range dirty {
		if key.Kind == api.KindConsumer || key.Kind == api.KindCredential {
			next.consumers = cloned(next.consumers)
			next.fingerprints = cloned(next.fingerprints)
			return
		}
	}
}

func cloned[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return make(M)
	}
	return maps.Clone(m)
}
