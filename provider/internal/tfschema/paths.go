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
	Path path.Path // the attribute, for a diagnostic to point at; empty for the whole resource
	Text string    // the full path, inside dynamic attributes too; "" for the whole resource
}

// Place finds the attribute behind a path of the document. Terraform cannot
// follow a path into a dynamic attribute, so there the Path ends.
func (s *Shape) Place(text string) Place {
	all := steps(text)
	if len(all) == 0 {
		return Place{}
	}
	f := s.Kind.Type.Field(all[0].name)
	if f == nil {
		return Place{Text: text}
	}
	at := Place{Path: path.Root(s.attributeName(f)), Text: s.attributeName(f)}
	for _, step := range all[1:] {
		switch {
		case step.index >= 0:
			at.Text = schema.Index(at.Text, step.index)
		default:
			at.Text = schema.Key(at.Text, step.name)
		}
		switch {
		case dynamic(f.Type):
		case step.index >= 0:
			at.Path = at.Path.AtListIndex(step.index)
		default:
			at.Path = at.Path.AtMapKey(step.name)
		}
	}
	return at
}
