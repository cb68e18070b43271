// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Catalogue is the plugins that exist, in the order in which they run.
type Catalogue struct {
	specs []*Spec
	order map[string]int
	typ   *schema.Type
}

// NewCatalogue returns a catalogue of plugins. It panics when two have one name.
func NewCatalogue(specs ...*Spec) *Catalogue {
	c := &Catalogue{specs: specs, order: make(map[string]int), typ: &schema.Type{Kind: schema.Object}}
	for i, s := range specs {
		if _, ok := c.order[s.Name]; ok {
			panic("plugin: two plugins are called " + s.Name)
		}
		c.order[s.Name] = i
		c.typ.Fields = append(c.typ.Fields, &schema.Field{Name: s.Name, Doc: s.Summary(), Type: s.Type, Pointer: true, OmitZero: true})
	}
	return c
}

// Specs returns the plugins in the order in which they run.
func (c *Catalogue) Specs() []*Spec { return c.specs }

// Spec returns the named plugin, or nil.
func (c *Catalogue) Spec(name string) *Spec {
	if i, ok := c.order[name]; ok {
		return c.specs[i]
	}
	return nil
}

// Order returns the plugin's place in the order of execution, -1 if there is
// no such plugin.
func (c *Catalogue) Order(name string) int {
	if i, ok := c.order[name]; ok {
		return i
	}
	return -1
}

// Type describes an object with one optional field for each plugin.
func (c *Catalogue) Type() *schema.Type { return c.typ }

// Resolve returns the type behind a schema.Open of the name, for
// schema.Type.JSONSchema.
func (c *Catalogue) Resolve(name string) *schema.Type {
	if name == (api.Plugins{}).SchemaCatalogue() {
		return c.typ
	}
	return nil
}

// Check checks the settings of plugins; paths begin with the plugin's name. It
// stops at schema.MaxErrors.
func (c *Catalogue) Check(settings api.Plugins) schema.Errors {
	var errs schema.Errors
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if len(errs) >= schema.MaxErrors {
			break
		}
		spec := c.Spec(name)
		if spec == nil {
			errs = append(errs, schema.At(schema.Key("", name), "is not a plugin; %s", c.allowed(name)))
			continue
		}
		_, err := spec.Decode(settings[name])
		errs = append(errs, schema.Under(schema.Key("", name), err)...)
	}
	return errs.First()
}

// Decode reads and checks an object of a kind, its plugins included. The
// result is a pointer to the kind's struct, such as *api.Route; errors are
// schema.Errors.
func (c *Catalogue) Decode(kind *api.Kind, data []byte, mode schema.Mode) (any, error) {
	object := kind.New()
	err := kind.Type.Decode(data, object, mode)
	errs := schema.Under("", err)
	if set, ok := object.(api.PluginSet); ok {
		errs = append(errs, schema.Under("plugins", c.Check(set.PluginSettings()).Err())...)
	}
	if route, ok := object.(*api.Route); ok {
		errs = append(errs, c.checkDisabled(route.DisabledPlugins)...)
	}
	if one, ok := object.(interface{ Identity() string }); ok && kind.Singleton != "" && one.Identity() != kind.Singleton && one.Identity() != "" {
		errs = append(errs, schema.At("id", "must be %q: there is only one", kind.Singleton))
	}
	if err := errs.First().Err(); err != nil {
		return nil, err
	}
	return object, nil
}

// checkDisabled checks the names of plugins that a route turns off.
func (c *Catalogue) checkDisabled(names []string) schema.Errors {
	var errs schema.Errors
	for i, name := range names {
		if len(errs) >= schema.MaxErrors {
			break
		}
		if c.Spec(name) == nil {
			errs = append(errs, schema.At(schema.Index("disabled_plugins", i), "%q is not a plugin; %s", name, c.allowed(name)))
		}
	}
	return errs
}

// allowed says what could have been written in place of an unknown name.
func (c *Catalogue) allowed(instead string) string {
	names := slices.Sorted(maps.Keys(c.order))
	return "the plugins are " + strings.Join(names, ", ") + schema.DidYouMean(instead, names)
}
