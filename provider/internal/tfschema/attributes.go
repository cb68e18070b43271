// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	tfs "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Schema returns the Terraform schema of the kind.
func (s *Shape) Schema() tfs.Schema {
	attributes := make(map[string]tfs.Attribute, len(s.Kind.Type.Fields))
	for _, f := range s.Kind.Type.Fields {
		attributes[s.attributeName(f)] = s.attribute(f)
	}
	id := attributes["id"].(tfs.StringAttribute)
	id.PlanModifiers = []planmodifier.String{stringplanmodifier.RequiresReplace()}
	if only := s.Kind.Singleton; only != "" {
		id.Required, id.Optional, id.Computed = false, true, true
		id.Default = stringdefault.StaticString(only)
		id.MarkdownDescription = fmt.Sprintf("Always `%s`: there is one such object, so it may be left out.", only)
	}
	attributes["id"] = id
	return tfs.Schema{Attributes: attributes, MarkdownDescription: s.Kind.Doc}
}

// attribute returns one field's attribute: required or optional, never
// computed, for the gateway keeps what it is given and adds nothing.
func (s *Shape) attribute(f *schema.Field) tfs.Attribute {
	required, optional, doc := f.Required, !f.Required, f.Describe()
	if f.Secret {
		// The gateway has it once it is created, so it is asked for only then.
		// Sensitive as well: otherwise, after an import, a value from a
		// sensitive variable is a change that nobody can see.
		return tfs.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true, MarkdownDescription: doc + s.secretDoc(f)}
	}
	if dynamic(f.Type) {
		if s.known(f.Type).Secrets() {
			panic(fmt.Sprintf("tfschema: %s.%s has a secret inside, which Terraform would keep in its state", s.Kind.Name, f.Name))
		}
		return tfs.DynamicAttribute{Required: required, Optional: optional, MarkdownDescription: doc + s.insideDoc(f)}
	}
	switch f.Type.Kind {
	case schema.Bool:
		return tfs.BoolAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
	case schema.Int, schema.Float:
		return tfs.NumberAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
	case schema.List:
		return tfs.ListAttribute{Required: required, Optional: optional, MarkdownDescription: doc, ElementType: elementType(f.Type.Elem)}
	case schema.Map:
		return tfs.MapAttribute{Required: required, Optional: optional, MarkdownDescription: doc, ElementType: elementType(f.Type.Elem)}
	}
	return tfs.StringAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
}

// elementType returns the type of a list's or map's elements.
func elementType(t *schema.Type) attr.Type {
	switch t.Kind {
	case schema.Bool:
		return types.BoolType
	case schema.Int, schema.Float:
		return types.NumberType
	case schema.List:
		return types.ListType{ElemType: elementType(t.Elem)}
	case schema.Map:
		return types.MapType{ElemType: elementType(t.Elem)}
	}
	return types.StringType
}
