// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func (s *Shape) secretDoc(f *schema.Field) string {
	text := " Write-only: Terraform keeps it neither in plans nor in its state; give it from an `ephemeral` resource or variable, since Terraform writes the values of ordinary variables into plan files."
	if v := s.Kind.Type.Field(f.Name + "_version"); v != nil {
		text += fmt.Sprintf(" It is sent when the object is created and whenever `%s` changes.", s.attributeName(v))
	}
	if f.Required {
		text += " Needed to create the object; may be left out afterwards, and after an import."
	}
	return text
}

// documented says where the plugins are documented field by field; elsewhere
// a reference to it is enough.
var documented = map[string]bool{api.KindPolicy: true, api.KindClusterSettings: true}

// insideDoc lists the members of the objects in a dynamic attribute, which
// Terraform cannot know.
func (s *Shape) insideDoc(f *schema.Field) string {
	if f.Type.Kind == schema.Open && !documented[s.Kind.Name] {
		return " The syntax is that of `plugins` in `penstock_policy`, and every plugin has a guide of its own."
	}
	t, what := f.Type, "An object with:"
	for t.Kind == schema.List || t.Kind == schema.Map {
		what = fmt.Sprintf("A %s of objects with:", t.Kind)
		t = t.Elem
	}
	if t = s.known(t); t.Kind != schema.Object {
		return ""
	}
	var b strings.Builder
	b.WriteString(" " + what + "\n")
	s.members(&b, t, "  ")
	return strings.TrimRight(b.String(), "\n")
}

// members writes one line for each member, and below it those inside.
func (s *Shape) members(b *strings.Builder, t *schema.Type, indent string) {
	for _, f := range t.Fields {
		kind := strings.ReplaceAll(f.Type.TypeName(), "list of object", "list of objects")
		if f.Required {
			kind += ", required"
		}
		fmt.Fprintf(b, "%s- `%s` (%s) %s\n", indent, f.Name, kind, f.Describe())
		inner := s.known(f.Type)
		for inner.Kind == schema.List || inner.Kind == schema.Map {
			inner = s.known(inner.Elem)
		}
		if inner.Kind == schema.Object {
			s.members(b, inner, indent+"  ")
		}
	}
}
