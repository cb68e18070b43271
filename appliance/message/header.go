// SPDX-License-Identifier: Apache-2.0

package message

import (
	"iter"
	"slices"
	"strings"
)

// A Field is one header field, its name as the sender spelled it (in HTTP/2
// and HTTP/3: small letters).
type Field struct{ Name, Value string }

// Header is an ordered list of fields, looked up without regard to case
// (RFC 9110, section 5). The zero Header is empty and ready to use. Copies
// share the list of fields until one of them is changed, which breaks the
// others: what is to be kept is a Clone.
type Header struct{ fields []Field }

// MakeHeader returns a header over the given fields, which it then owns.
func MakeHeader(fields []Field) Header { return Header{fields} }

// Fields returns the fields in order. The caller must not change them.
func (h *Header) Fields() []Field { return h.fields }

// Len returns the number of fields.
func (h *Header) Len() int { return len(h.fields) }

// Get returns the value of the first field of the name, or "".
func (h *Header) Get(name string) string {
	for i := range h.fields {
		if isName(h.fields[i].Name, name) {
			return h.fields[i].Value
		}
	}
	return ""
}

// Has reports whether there is a field of the name.
func (h *Header) Has(name string) bool {
	for i := range h.fields {
		if isName(h.fields[i].Name, name) {
			return true
		}
	}
	return false
}

// Values yields the values of all fields of the name, in order. The header must
// not be changed meanwhile.
func (h *Header) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range h.fields {
			if isName(h.fields[i].Name, name) && !yield(h.fields[i].Value) {
				return
			}
		}
	}
}

// Joined returns the values of all fields of the name as one list, separated
// by commas (RFC 9110, section 5.3).
func (h *Header) Joined(name string) string {
	var few [4]string
	return strings.Join(slices.AppendSeq(few[:0], h.Values(name)), ", ")
}

// HasToken reports whether a field that is a list of tokens, such as
// Connection, contains one, without regard to case.
func (h *Header) HasToken(name, token string) bool {
	for i := range h.fields {
		if isName(h.fields[i].Name, name) && listHas(h.fields[i].Value, token) {
			return true
		}
	}
	return false
}

// listHas reports whether a list of tokens, separated by commas, contains one.
func listHas(list, token string) bool {
	if list == token {
		return true
	}
	for part := range strings.SplitSeq(list, ",") {
		if EqualName(strings.Trim(part, " \t"), token) {
			return true
		}
	}
	return false
}

// Set replaces the first field of the name, where it stands, and removes the
// others; without one it adds the field at the end.
func (h *Header) Set(name, value string) {
	for i := range h.fields {
		if isName(h.fields[i].Name, name) {
			h.fields[i].Value = value
			h.delFrom(i+1, name)
			return
		}
	}
	h.Add(name, value)
}

// Add appends a field.
func (h *Header) Add(name, value string) { h.fields = append(h.fields, Field{name, value}) }

// Del removes every field of the name.
func (h *Header) Del(name string) { h.delFrom(0, name) }

func (h *Header) delFrom(i int, name string) {
	keep := h.fields[:i]
	for _, f := range h.fields[i:] {
		if !EqualName(f.Name, name) {
			keep = append(keep, f)
		}
	}
	clear(h.fields[len(keep):])
	h.fields = keep
}

// Clone returns a header that shares nothing but the strings.
func (h *Header) Clone() Header { return Header{slices.Clone(h.fields)} }

// Reset empties the header and keeps its memory.
func (h *Header) Reset() {
	clear(h.fields)
	h.fields = h.fields[:0]
}

// isName is EqualName, with what tells most names apart, and finds those that are
// spelled alike, where it costs no call.
func isName(a, b string) bool { return len(a) == len(b) && (a == b || EqualName(a, b)) }

// EqualName reports whether two field names or tokens are equal without
// regard to the case of ASCII letters.
func EqualName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y {
			x |= 0x20
			if x != y|0x20 || x < 'a' || x > 'z' {
				return false
			}
		}
	}
	return true
}
