// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A compiledRoute is what the router has of a route, and the object that it
// was made of.
type compiledRoute struct {
	*Route
	entry *router.Entry[*Route]
	of    *object
}

// makeRoute compiles a route. What comes out as it was is kept as it was.
func (b *build) makeRoute(o *object, config *api.Route) {
	r := &Route{API: config, Info: plugin.Route{ID: o.ID, Service: config.Service, Upstream: config.Upstream}, Meter: b.meters.Route(o.ID)}
	settings, ok := b.pluginsOf(o, r)
	if !ok {
		return
	}
	previous := b.routes[o.ID]
	var running map[string]*instance
	if previous != nil {
		running = previous.instances
	}
	if r.instances, ok = b.instantiate(o, settings, running); !ok {
		return
	}
	var entry *router.Entry[*Route]
	switch {
	case previous == nil || previous.of != o:
		var err error
		if entry, err = router.NewEntry(config, r); err != nil {
			o.failWith("", err)
			return
		}
	case !previous.Blocked && previous.Info == r.Info && maps.Equal(previous.instances, r.instances):
		return
	default:
		entry = previous.entry.WithValue(r)
	}
	r.Chain = newChain(r.instances)
	b.enterRoute(&compiledRoute{r, entry, o})
}

// blockRoute keeps a route that cannot run in the router, so that what is
// meant for it is refused. Of what it claims, others hold their part: they
// come before it in the router, too. It reports false of one whose requests
// are unknown, because its document cannot be decoded.
func (b *build) blockRoute(o *object) (blocked bool) {
	if o == nil || o.value == nil {
		return false
	}
	b.guard(o, func() {
		config, previous := o.value.(*api.Route), b.routes[o.ID]
		if previous != nil && previous.of == o && previous.Blocked {
			blocked = true
			return
		}
		r := &Route{
			API: config, Info: plugin.Route{ID: o.ID, Service: config.Service, Upstream: config.Upstream},
			Chain: &Chain{}, Meter: b.meters.Route(o.ID), Blocked: true,
		}
		if entry, err := router.NewEntry(config, r); err == nil {
			b.enterRoute(&compiledRoute{r, entry, o})
			blocked = true
		}
	})
	return blocked
}

// enterRoute puts a route into the next router.
func (b *build) enterRoute(r *compiledRoute) {
	b.routes[r.of.ID] = r
	b.set = append(b.set, r.entry)
}

func (b *build) dropRoute(id string) {
	if b.routes[id] != nil {
		delete(b.routes, id)
		b.remove = append(b.remove, id)
	}
	b.meters.Forget(id)
}

// pluginsOf returns the plugins that apply to a route and finds its upstream.
func (b *build) pluginsOf(o *object, r *Route) (plugins, bool) {
	var layers []plugins
	if settings := b.objects[settingsKey]; settings.usable() {
		layers = append(layers, b.clusterPlugins(settings.value.(*api.ClusterSettings)))
	} else if settings != nil {
		o.fail(api.CodeUnusable, "", &settings.Key, "must not run without the plugins of the cluster, and %s has problems", settingsKey)
		return nil, false
	}
	if r.API.Service != "" {
		service := b.objects[api.Key{Kind: api.KindService, ID: r.API.Service}].value.(*api.Service)
		layers = append(layers, b.policies(service.Policies), service.Plugins)
		if r.Info.Upstream == "" {
			r.Info.Upstream = service.Upstream
		}
	}
	all := merge(append(layers, b.policies(r.API.Policies), r.API.Plugins)...)
	for _, name := range r.API.DisabledPlugins {
		delete(all, name)
	}
	return all, true
}

type plugins = map[string]json.RawMessage

// merge returns what applies, settings or instances, when later layers
// override earlier ones, plugin by plugin.
func merge[V any](layers ...map[string]V) map[string]V {
	all := make(map[string]V)
	for _, layer := range layers {
		maps.Copy(all, layer)
	}
	return all
}

// policies returns the plugins of policies that are known to be usable.
func (b *build) policies(ids []string) plugins {
	all := make(plugins)
	for _, id := range ids {
		maps.Copy(all, b.objects[api.Key{Kind: api.KindPolicy, ID: id}].value.(*api.Policy).Plugins)
	}
	return all
}

// instantiate builds the plugins of a place, or takes over the running ones
// whose settings are the same, with their counters. It reports whether all of
// them can run.
func (b *build) instantiate(o *object, settings plugins, running map[string]*instance) (map[string]*instance, bool) {
	instances := make(map[string]*instance, len(settings))
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		raw := settings[name]
		if i := running[name]; i != nil && i.settings == string(raw) {
			instances[name] = i
			continue
		}
		env := b.env
		env.Log = b.env.Log.With("plugin", name, o.Kind, o.ID)
		i, err := b.runtimes.start(b.catalogue.Spec(name), b.catalogue.Order(name), raw, &env)
		if err != nil {
			o.failWith(schema.Key("plugins", name), err)
			continue
		}
		instances[name] = i
	}
	return instances, len(o.problems) == 0
}
