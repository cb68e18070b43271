// SPDX-License-Identifier: Apache-2.0

// Package tfschema turns what the appliance declares into Terraform: an
// object's schema.Type becomes attributes, a Terraform value becomes the JSON
// document that the Admin API takes, and a document becomes a value again.
//
// Values travel as tftypes, so one conversion serves every attribute. These
// rules hold throughout:
//
//   - An attribute is typed unless it holds objects; then it is dynamic.
//     Terraform converts what a user writes to a typed object without a word
//     about members that the type lacks, so `wieght = 0` would be dropped and
//     the plan would look right. In a dynamic attribute everything arrives,
//     and the declarations refuse what they do not know. It is also what costs
//     Terraform least on thousands of instances.
//   - Texts, numbers and truths stand for each other as they do in typed
//     attributes: Terraform makes texts of numbers by itself, when it unifies
//     objects that differ.
//   - A null is an absence, and nothing is computed: what the user left out
//     stays out of the document, and so out of the state.
//   - Where a document means what a value already says (60s and 1m, a missing
//     member and a null one), the value stays as the user spelled it.
//   - A secret `x` with its number `x_version` is written as `x_wo` with
//     `x_wo_version`, and never read. It is a typed attribute of the object
//     itself, for only those can be write-only.
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
}

// known returns the type behind an Open one, and any other type as it is.
func (s *Shape) known(t *schema.Type) *schema.Type {
	if t != nil && t.Kind == schema.Open {
		return s.Plugins.Resolve(t.Catalogue)
	}
	return t
}

// dynamic reports whether Terraform holds values of the type in a dynamic
// attribute.
func dynamic(t *schema.Type) bool {
	switch t.Kind {
	case schema.Any, schema.Open, schema.Object:
		return true
	case schema.List, schema.Map:
		return dynamic(t.Elem)
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
