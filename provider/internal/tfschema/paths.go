// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A step is one part of a document's path.
type step struct {
	name  string // of a member
	index int    // of an element, -1 for a member
}

// steps reads a path as package schema writes it, such as
// plugins.rate_limit.count, targets[2].port or labels["a b"].
func steps(text string) []step {
	var out []step
	for text != "" {
		if text[0] != '[' {
			end := strings.IndexAny(text, ".[")
			if end < 0 {
				end = len(text)
			}
			out = append(out, step{text[:end], -1})
			text = strings.TrimPrefix(text[end:], ".")
			continue
		}
		if quoted, err := strconv.QuotedPrefix(text[1:]); err == nil {
			name, _ := strconv.Unquote(quoted) // QuotedPrefix accepts only what can be unquoted
			out = append(out, step{name, -1})
			text = strings.TrimPrefix(strings.TrimPrefix(text[1+len(quoted):], "]"), ".")
			continue
		}
		inside, rest, _ := strings.Cut(text[1:], "]")
		if i, err := strconv.Atoi(inside); err == nil {
			out = append(out, step{index: i})
		}
		text = strings.TrimPrefix(rest, ".")
	}
	return out
}

// A Place is where in Terraform something in a document is.
type Place struct {
	Path path.Path // the attribute: what a diagnostic points at; empty for the whole resource
	Text string    // the full path in Terraform's names, inside dynamic attributes too; "" for the whole resource
}

// Place finds the attribute behind a path of the document. The Path ends where
// the typed attributes do: at a dynamic attribute, or before a name that no
// declaration knows. The Text goes on to the end.
func (s *Shape) Place(text string) Place {
	var at Place
	t, pointing := s.Kind.Type, true
	for _, step := range steps(text) {
		if step.index >= 0 {
			at.Text = schema.Index(at.Text, step.index)
			if t = elem(s.known(t)); pointing {
				at.Path = at.Path.AtListIndex(step.index)
			}
			continue
		}
		name, inner := step.name, s.member(t, step.name)
		switch known := s.known(t); {
		case known != nil && known.Kind == schema.Map:
			if pointing {
				at.Path = at.Path.AtMapKey(name)
			}
		case inner == nil:
			pointing = false
		default:
			if pointing {
				name = attributeName(known, known.Field(name))
				at.Path = at.Path.AtName(name)
			}
		}
		at.Text = schema.Key(at.Text, name)
		t = inner
		if t == nil || s.dynamic(t) {
			pointing = false
		}
	}
	return at
}
