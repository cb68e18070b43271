// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"slices"
	"strings"
)

// encode appends the value as compact JSON without null members, members in
// the order they have.
func (n *node) encode(b []byte) []byte {
	switch v := n.token.(type) {
	case json.Delim:
		open, end := byte('['), byte(']')
		if v == '{' {
			open, end = '{', '}'
		}
		b = append(b, open)
		first := true
		for _, m := range n.members {
			if v == '{' && m.value.isNull() {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			if v == '{' {
				b = append(appendString(b, m.name), ':')
			}
			b = m.value.encode(b)
		}
		return append(b, end)
	case string:
		return appendString(b, v)
	case json.Number:
		return append(b, canonicalNumber(string(v))...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	if isPlain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	var w strings.Builder
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(b, strings.TrimSuffix(w.String(), "\n")...)
}

// isPlain reports whether a string needs no escape.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Canonical rewrites a document in the form the store keeps: compact, without
// nulls, fields in the order of the declaration and map keys sorted. What its
// author left out stays out, and strings stay as they were spelled. It checks
// nothing beyond the JSON: Decode the document itself, since a misspelled field
// that is null is gone from the canonical form.
func (t *Type) Canonical(data []byte) ([]byte, error) {
	n, err := parse(data)
	if err != nil {
		return nil, Under("", err)
	}
	n.sort(t)
	return n.encode(nil), nil
}

func (n *node) sort(t *Type) {
	if n.isArray() {
		for i := range n.members {
			n.members[i].value.sort(elem(t))
		}
		return
	}
	if t != nil && t.Kind == Object {
		n.sortFields(t)
	} else {
		slices.SortFunc(n.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	}
	for i := range n.members {
		n.members[i].value.sort(t.at(n.members[i].name))
	}
}

// sortFields puts members in the order of the declaration; those that it does
// not know come first.
func (n *node) sortFields(t *Type) {
	rank := make(map[string]int, len(t.Fields))
	for i, f := range t.Fields {
		rank[f.Name] = i + 1
	}
	slices.SortFunc(n.members, func(a, b member) int {
		if ra, rb := rank[a.name], rank[b.name]; ra != rb {
			return ra - rb
		}
		return strings.Compare(a.name, b.name)
	})
}

func elem(t *Type) *Type {
	if t == nil {
		return nil
	}
	return t.Elem
}

// at returns the type of a member, nil where it is not known.
func (t *Type) at(name string) *Type {
	switch {
	case t == nil:
		return nil
	case t.Kind == Map:
		return t.Elem
	case t.Kind == Object:
		if f := t.Field(name); f != nil {
			return f.Type
		}
	}
	return nil
}
