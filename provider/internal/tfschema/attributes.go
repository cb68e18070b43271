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
	attributes := s.attributes(s.Kind.Type)
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

func (s *Shape) attributes(t *schema.Type) map[string]tfs.Attribute {
	out := make(map[string]tfs.Attribute, len(t.Fields))
	for _, f := range t.Fields {
		out[attributeName(t, f)] = s.attribute(t, f)
	}
	return out
}

// attribute returns one field's attribute: required or optional, never
// computed, for the gateway keeps what it is given and adds nothing.
func (s *Shape) attribute(owner *schema.Type, f *schema.Field) tfs.Attribute {
	required, doc := f.Required, f.Describe()
	if f.Secret {
		// The gateway has it once it is created, so it is asked for only then.
		return tfs.StringAttribute{Optional: true, WriteOnly: true, MarkdownDescription: doc + secretDoc(owner, f)}
	}
	optional := !required
	if s.dynamic(f.Type) {
		return tfs.DynamicAttribute{Required: required, Optional: optional, MarkdownDescription: doc + s.dynamicDoc(f.Type)}
	}
	t := s.known(f.Type)
	switch t.Kind {
	case schema.String, schema.DurationKind:
		return tfs.StringAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
	case schema.Bool:
		return tfs.BoolAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
	case schema.Int, schema.Float:
		return tfs.NumberAttribute{Required: required, Optional: optional, MarkdownDescription: doc}
	case schema.Object:
		return tfs.SingleNestedAttribute{Required: required, Optional: optional, MarkdownDescription: doc, Attributes: s.attributes(t)}
	case schema.List:
		if e := s.known(t.Elem); e.Kind == schema.Object {
			return tfs.ListNestedAttribute{Required: required, Optional: optional, MarkdownDescription: doc,
				NestedObject: tfs.NestedAttributeObject{Attributes: s.attributes(e)}}
		}
		return tfs.ListAttribute{Required: required, Optional: optional, MarkdownDescription: doc, ElementType: s.elementType(t.Elem)}
	case schema.Map:
		if e := s.known(t.Elem); e.Kind == schema.Object {
			return tfs.MapNestedAttribute{Required: required, Optional: optional, MarkdownDescription: doc,
				NestedObject: tfs.NestedAttributeObject{Attributes: s.attributes(e)}}
		}
		return tfs.MapAttribute{Required: required, Optional: optional, MarkdownDescription: doc, ElementType: s.elementType(t.Elem)}
	}
	panic(fmt.Sprintf("tfschema: %s.%s: a %s cannot be an attribute", s.Kind.Name, f.Name, t.Kind))
}

// elementType returns the type of elements that are not objects by
// themselves.
func (s *Shape) elementType(t *schema.Type) attr.Type {
	t = s.known(t)
	switch t.Kind {
	case schema.Bool:
		return types.BoolType
	case schema.Int, schema.Float:
		return types.NumberType
	case schema.List:
		return types.ListType{ElemType: s.elementType(t.Elem)}
	case schema.Map:
		return types.MapType{ElemType: s.elementType(t.Elem)}
	case schema.Object:
		members := make(map[string]attr.Type, len(t.Fields))
		for _, f := range t.Fields {
			members[attributeName(t, f)] = s.elementType(f.Type)
		}
		return types.ObjectType{AttrTypes: members}
	}
	return types.StringType
}

func secretDoc(owner *schema.Type, f *schema.Field) string {
	text := " Write-only: Terraform keeps it neither in plans nor in its state."
	if v := owner.Field(f.Name + "_version"); v != nil {
		text += fmt.Sprintf(" It is sent when the object is created and whenever `%s` changes.", attributeName(owner, v))
	}
	if f.Required {
		text += " Needed to create the object; may be left out afterwards, and after an import."
	}
	return text
}

func (s *Shape) dynamicDoc(t *schema.Type) string {
	if t.Kind != schema.Open {
		return ""
	}
	return " The syntax is that of `plugins` in `penstock_policy`, where each plugin is documented; it is checked against the same declarations when Terraform validates and plans."
}
