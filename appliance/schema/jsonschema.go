// SPDX-License-Identifier: Apache-2.0

package schema

// JSONSchema returns the type as JSON Schema (draft 2020-12). catalogue, which
// may be nil, returns the type behind an Open one.
func (t *Type) JSONSchema(catalogue func(name string) *Type) map[string]any {
	s := map[string]any{}
	switch t.Kind {
	case String, DurationKind:
		s["type"] = "string"
	case Bool:
		s["type"] = "boolean"
	case Int:
		s["type"] = "integer"
	case Float:
		s["type"] = "number"
	case List:
		s["type"], s["items"] = "array", t.Elem.JSONSchema(catalogue)
	case Map:
		s["type"], s["additionalProperties"] = "object", t.Elem.JSONSchema(catalogue)
	case Object:
		t.objectSchema(s, catalogue)
	case Open:
		s["type"] = "object"
		if catalogue != nil {
			if inner := catalogue(t.Catalogue); inner != nil {
				return inner.JSONSchema(catalogue)
			}
		}
	}
	t.checkSchema(s)
	return s
}

func (t *Type) objectSchema(s map[string]any, catalogue func(string) *Type) {
	properties, required := map[string]any{}, []string{}
	for _, f := range t.Fields {
		p := f.Type.JSONSchema(catalogue)
		if f.Doc != "" {
			p["description"] = f.Doc
		}
		if f.Default != nil {
			p["default"] = f.Default
		}
		if f.Secret {
			p["writeOnly"] = true
		}
		if f.OmitZero && !f.Pointer && f.Type.Kind == String && f.Type.Checks.Min == nil {
			p["minLength"] = 1 // left out rather than empty
		}
		properties[f.Name] = p
		if f.Required && !f.Secret {
			required = append(required, f.Name)
		}
	}
	s["type"], s["properties"], s["additionalProperties"] = "object", properties, false
	if len(required) > 0 {
		s["required"] = required
	}
}

// lengthWords are JSON Schema's words for the bounds of a kind.
var lengthWords = map[Kind][2]string{
	String: {"minLength", "maxLength"}, List: {"minItems", "maxItems"}, Map: {"minProperties", "maxProperties"},
	Int: {"minimum", "maximum"}, Float: {"minimum", "maximum"},
}

func (t *Type) checkSchema(s map[string]any) {
	if words, ok := lengthWords[t.Kind]; ok {
		if t.Checks.Min != nil {
			s[words[0]] = *t.Checks.Min
		}
		if t.Checks.Max != nil {
			s[words[1]] = *t.Checks.Max
		}
	}
	if t.Checks.Enum != nil {
		s["enum"] = t.Checks.Enum
	}
	switch {
	case t.Kind == DurationKind:
		s["format"], s["examples"] = "duration-text", []string{"500ms", "1.5s", "2m"}
	case t.Checks.Format != "":
		s["format"] = t.Checks.Format
	}
	if t.Checks.Keys != "" {
		s["propertyNames"] = map[string]any{"format": t.Checks.Keys}
	}
	if t.Checks.Unique {
		s["uniqueItems"] = true
	}
}
