// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/router"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// compileRoute returns nil when the route cannot serve.
func (c *Compiler) compileRoute(id string, o *object) *router.Entry[*Route] {
	previous := c.routes[id]
	delete(c.routes, id)
	if !o.usable() {
		return nil
	}
	config := o.value.(*api.Route)
	r := &Route{API: config, Info: plugin.Route{ID: id, Service: config.Service, Upstream: config.Upstream}, Meter: c.meters.Route(id)}
	layers := []plugins{c.settings()}
	if config.Service != "" {
		service := c.objects[api.Key{Kind: api.KindService, ID: config.Service}].value.(*api.Service)
		layers = append(layers, c.policies(service.Policies), service.Plugins)
		if config.Upstream == "" {
			r.Info.Upstream = service.Upstream
		}
	}
	layers = append(layers, c.policies(config.Policies), config.Plugins)
	r.Pool = c.pools[r.Info.Upstream]

	settings := merge(layers...)
	for _, name := range config.DisabledPlugins {
		delete(settings, name)
	}
	var old map[string]*instance
	if previous != nil {
		old = previous.instances
	}
	instances, err := c.instantiate(o.Key, settings, old)
	if err != nil {
		o.fail(api.CodeUnusable, "plugins", "%s", err)
		return nil
	}
	r.instances = instances
	r.Chain = newChain(instances)
	entry, err := router.NewEntry(config, r)
	if err != nil {
		o.fail(api.CodeUnusable, "", "%s", err)
		return nil
	}
	c.routes[id] = r
	return entry
}

type plugins = map[string]json.RawMessage

// merge returns the settings that apply when later layers override earlier
// ones, plugin by plugin.
func merge(layers ...plugins) plugins {
	all := make(plugins)
	for _, layer := range layers {
		maps.Copy(all, layer)
	}
	return all
}

// settings returns the plugins of the whole cluster.
func (c *Compiler) settings() plugins {
	o := c.objects[api.Key{Kind: api.KindClusterSettings, ID: api.KindOf(api.KindClusterSettings).Singleton}]
	if !o.usable() {
		return nil
	}
	s := o.value.(*api.ClusterSettings)
	return merge(c.policies(s.Policies), s.Plugins)
}

func (c *Compiler) policies(ids []string) plugins {
	all := make(plugins)
	for _, id := range ids {
		maps.Copy(all, c.objects[api.Key{Kind: api.KindPolicy, ID: id}].value.(*api.Policy).Plugins)
	}
	return all
}

// instantiate builds the plugins of a place, or takes over the running one
// where the settings are the same, with its counters.
func (c *Compiler) instantiate(place api.Key, settings plugins, old map[string]*instance) (map[string]*instance, error) {
	instances := make(map[string]*instance, len(settings))
	for name, raw := range settings {
		if i := old[name]; i != nil && i.settings == string(raw) {
			instances[name] = i
			continue
		}
		spec := c.catalogue.Spec(name)
		env := c.env
		env.Log = c.env.Log.With("plugin", name, place.Kind, place.ID)
		runtime, err := spec.New(raw, &env)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		instances[name] = newInstance(c.catalogue.Order(name), name, string(raw), runtime)
	}
	return instances, nil
}
