// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"slices"
	"strconv"
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
	var w strings.Builder
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(b, strings.TrimSuffix(w.String(), "\n")...)
}

// canonicalNumber writes a whole number without point or exponent.
func canonicalNumber(s string) string {
	if i, ok := wholeNumber(s); ok {
		return strconv.FormatInt(i, 10)
	}
	return s
}

// Canonical rewrites a document in the form the store keeps: compact, without
// nulls, fields in the order of the declaration and map keys sorted. What its
// author left out stays out, and strings stay as they were spelled.
func (t *Type) Canonical(data []byte) ([]byte, error) {
	n, err := parse(data)
	if err != nil {
		return nil, Under("", err)
	}
	n.sort(t)
	return n.encode(nil), nil
}

func (n *node) sort(t *Type) {
	switch {
	case n.isArray():
		for _, m := range n.members {
			m.value.sort(elem(t))
		}
	case n.isObject():
		rank := func(name string) int { return -1 }
		if t != nil && t.Kind == Object {
			rank = func(name string) int {
				return slices.IndexFunc(t.Fields, func(f *Field) bool { return f.Name == name })
			}
		}
		slices.SortStableFunc(n.members, func(a, b member) int {
			if ra, rb := rank(a.name), rank(b.name); ra != rb {
				return ra - rb
			}
			return strings.Compare(a.name, b.name)
		})
		for _, m := range n.members {
			m.value.sort(t.at(m.name))
		}
	}
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
