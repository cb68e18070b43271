// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"maps"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// dirt is the objects to compile, by kind.
type dirt map[string]map[api.Key]bool

func (d dirt) mark(key api.Key) {
	if d[key.Kind] == nil {
		d[key.Kind] = make(map[api.Key]bool)
	}
	d[key.Kind][key] = true
}

// take returns the objects of a kind in order, which are dirty no longer.
func (d dirt) take(kind string) []api.Key {
	keys := slices.SortedFunc(maps.Keys(d[kind]), compareKeys)
	delete(d, kind)
	return keys
}

// kindsInOrder are all kinds, those that others refer to first, and the
// unknown ones that are dirty.
func (d dirt) kindsInOrder() []string {
	var kinds []string
	for kind := range d {
		if api.KindOf(kind) == nil || api.KindOf(kind).Name != kind {
			kinds = append(kinds, kind)
		}
	}
	for _, kind := range api.Kinds() {
		kinds = append(kinds, kind.Name)
	}
	return kinds
}

// spread marks what depends on an object that was compiled. Of upstreams and
// listeners it matters only whether they can serve: routes find them by name.
func (b *build) spread(key api.Key, served bool) {
	if byName(key.Kind) && served && b.objects[key].usable() {
		return
	}
	for dependent := range b.dependents[key] {
		b.dirty.mark(dependent)
	}
	if key == settingsKey {
		for other := range b.objects {
			if other.Kind == api.KindRoute {
				b.dirty.mark(other)
			}
		}
	}
}

func byName(kind string) bool { return kind == api.KindUpstream || kind == api.KindListener }

// served reports whether the snapshot before has an upstream or a listener.
func (b *build) served(key api.Key) bool {
	switch key.Kind {
	case api.KindUpstream:
		return b.current.pools.find(key.ID) != nil
	case api.KindListener:
		return b.current.Listeners[key.ID] != nil
	}
	return false
}
