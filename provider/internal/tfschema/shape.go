// SPDX-License-Identifier: Apache-2.0

// Package tfschema turns what the appliance declares into Terraform: an
// object's schema.Type becomes attributes, a Terraform value becomes the JSON
// document that the Admin API takes, and a document becomes a value again.
//
// Values travel as tftypes, so one conversion serves typed attributes and the
// dynamic ones alike. Three rules hold throughout:
//
//   - A null is an absence, and nothing is computed: what the user left out
//     stays out of the document, and so out of the state.
//   - Where a document means what a value already says (60s and 1m, a missing
//     member and a null one), the value stays as the user spelled it.
//   - A secret `x` with its number `x_version` is written as `x_wo` with
//     `x_wo_version`, and never read.
package tfschema

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Shape is how one kind of object looks in Terraform.
type Shape struct {
	Kind    *api.Kind
	Plugins *plugin.Catalogue
	Typed   bool // whether `plugins` is typed; otherwise one dynamic attribute
}

// typed says which kinds have typed plugins. Terraform and the framework walk
// a schema for every instance, set or not, so only kinds with few instances
// have them; the others take the same syntax in a dynamic attribute.
var typed = map[string]bool{api.KindPolicy: true, api.KindClusterSettings: true}

// ShapeOf returns the shape of a kind whose plugins are those of a catalogue.
func ShapeOf(kind *api.Kind, plugins *plugin.Catalogue) *Shape {
	return &Shape{Kind: kind, Plugins: plugins, Typed: typed[kind.Name]}
}

// known returns the type behind an Open one, and any other type as it is.
func (s *Shape) known(t *schema.Type) *schema.Type {
	if t != nil && t.Kind == schema.Open {
		return s.Plugins.Resolve(t.Catalogue)
	}
	return t
}

// dynamic reports whether Terraform holds values of the type in a dynamic
// attribute. A list or map cannot have one inside, so it becomes one itself.
func (s *Shape) dynamic(t *schema.Type) bool {
	switch t.Kind {
	case schema.Any:
		return true
	case schema.Open:
		return !s.Typed
	case schema.List, schema.Map:
		return s.dynamicInside(t.Elem)
	}
	return false
}

func (s *Shape) dynamicInside(t *schema.Type) bool {
	if s.dynamic(t) {
		return true
	}
	if t := s.known(t); t.Kind == schema.Object {
		for _, f := range t.Fields {
			if s.dynamicInside(f.Type) {
				return true
			}
		}
	}
	return false
}

// elem returns the type of a list's or map's elements, nil where the type is
// not known.
func elem(t *schema.Type) *schema.Type {
	if t == nil {
		return nil
	}
	return t.Elem
}

// member returns the type of an object's member, nil where it is not known.
func (s *Shape) member(t *schema.Type, name string) *schema.Type {
	t = s.known(t)
	switch {
	case t == nil:
		return nil
	case t.Kind == schema.Map:
		return t.Elem
	case t.Kind == schema.Object:
		if f := t.Field(name); f != nil {
			return f.Type
		}
	}
	return nil
}
