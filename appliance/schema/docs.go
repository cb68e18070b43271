// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"strings"
)

// TypeName says in a few words what a value is: "list of string".
func (t *Type) TypeName() string {
	switch t.Kind {
	case DurationKind:
		return "duration"
	case List, Map:
		return t.Kind.String() + " of " + t.Elem.TypeName()
	case Open:
		return t.Catalogue
	}
	return t.Kind.String()
}

// formatPhrases say what a named format allows. Those that are not here need
// no more than the field's own sentence.
var formatPhrases = map[string]string{
	"id":           "letters, digits, dots, underscores and hyphens",
	"cidr":         "an IP address or a network",
	"header_name":  "a header name",
	"header_value": "without control characters",
	"method":       "in capitals",
}

// withArticle returns a noun as it stands in a sentence: a route, an upstream.
func withArticle(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// Constraint says in one phrase what is allowed beyond the type, or "".
func (t *Type) Constraint() string {
	var parts []string
	if t.Kind == List || t.Kind == Map {
		if c := t.Elem.Constraint(); c != "" && t.Elem.Kind != Object {
			parts = append(parts, "each "+c)
		}
	}
	c := &t.Checks
	if c.Enum != nil {
		parts = append(parts, "one of "+quoteAll(c.Enum))
	}
	if c.Ref != "" {
		parts = append(parts, "the id of "+withArticle(c.Ref))
	} else if phrase := formatPhrases[c.Format]; phrase != "" {
		parts = append(parts, phrase)
	}
	if c.Unique {
		parts = append(parts, "no two equal")
	}
	if s := t.boundsText(); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func (t *Type) boundsText() string {
	show, unit := showNumber, ""
	switch t.Kind {
	case DurationKind:
		show = showDuration
	case String:
		unit = " characters"
	case List:
		unit = " elements"
	case Map:
		unit = " entries"
	}
	c := &t.Checks
	switch {
	case c.Min != nil && c.Max != nil:
		return fmt.Sprintf("%s to %s%s", show(*c.Min), show(*c.Max), unit)
	case c.Min != nil && unit != "" && *c.Min == 1:
		return "not empty"
	case c.Min != nil:
		return fmt.Sprintf("at least %s%s", show(*c.Min), unit)
	case c.Max != nil:
		return fmt.Sprintf("at most %s%s", show(*c.Max), unit)
	}
	return ""
}

// Describe is a field's doc sentence followed by its limits and default: what
// every surface shows.
func (f *Field) Describe() string {
	text := f.Doc
	if c := f.Type.Constraint(); c != "" {
		text += " " + strings.ToUpper(c[:1]) + c[1:] + "."
	}
	if f.Default != nil {
		b, _ := json.Marshal(f.Default) // it came from JSON
		text += fmt.Sprintf(" Default: `%s`.", b)
	}
	return text
}

// Markdown returns the object's fields, nested ones included, as a table.
func (t *Type) Markdown() string {
	var b strings.Builder
	b.WriteString("| field | type | |\n|---|---|---|\n")
	t.rows(&b, "")
	return b.String()
}

func (t *Type) rows(b *strings.Builder, path string) {
	for _, f := range t.Fields {
		at := Join(path, f.Name)
		required := ""
		if f.Required {
			required = "**Required.** "
		}
		fmt.Fprintf(b, "| `%s` | %s | %s%s |\n", at, f.Type.TypeName(), required, strings.ReplaceAll(f.Describe(), "|", "\\|"))
		inner, below := f.Type, at
		for inner.Kind == List || inner.Kind == Map {
			if inner.Kind == List {
				below += "[]"
			} else {
				below += ".*"
			}
			inner = inner.Elem
		}
		if inner.Kind == Object {
			inner.rows(b, below)
		}
	}
}
