// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A model is what a header should be, written for clarity: net/textproto
// knows the values of a name, the list of pairs knows their order.
type model struct {
	pairs  []message.Field
	values textproto.MIMEHeader
}

func same(a, b string) bool {
	return textproto.CanonicalMIMEHeaderKey(a) == textproto.CanonicalMIMEHeaderKey(b)
}

func (m *model) add(name, value string) {
	m.values.Add(name, value)
	m.pairs = append(m.pairs, message.Field{Name: name, Value: value})
}

func (m *model) del(name string) {
	m.values.Del(name)
	var rest []message.Field
	for _, p := range m.pairs {
		if !same(p.Name, name) {
			rest = append(rest, p)
		}
	}
	m.pairs = rest
}

func (m *model) set(name, value string) {
	m.values.Set(name, value)
	var out []message.Field
	found := false
	for _, p := range m.pairs {
		switch {
		case !same(p.Name, name):
			out = append(out, p)
		case !found:
			out = append(out, message.Field{Name: p.Name, Value: value})
			found = true
		}
	}
	if !found {
		out = append(out, message.Field{Name: name, Value: value})
	}
	m.pairs = out
}

func (m *model) clone() *model {
	c := &model{pairs: slices.Clone(m.pairs), values: textproto.MIMEHeader{}}
	for name, values := range m.values {
		c.values[name] = slices.Clone(values)
	}
	return c
}

// Names that meet in every way: by case, by a common beginning, and by the
// bytes that differ as the case of a letter does and are no letters.
var modelNames = []string{"a", "A", "a-b", "A-B", "ab", "x^", "x~", "content-type", "Content-Type", "CONTENT-TYPE", "content_type"}

var modelValues = []string{"", "1", "a, b", " close ,\tUpgrade", ",", "a", "\x80", "B"}

func check(t *testing.T, which string, h *message.Header, m *model) {
	t.Helper()
	if !slices.Equal(h.Fields(), m.pairs) || h.Len() != len(m.pairs) {
		t.Fatalf("%s: got %q, want %q", which, h.Fields(), m.pairs)
	}
	for _, name := range modelNames {
		want := m.values.Values(name)
		if got := slices.Collect(h.Values(name)); !slices.Equal(got, want) {
			t.Fatalf("%s: values of %s: got %q, want %q", which, name, got, want)
		}
		if h.Get(name) != m.values.Get(name) || h.Has(name) != (len(want) > 0) || h.Joined(name) != strings.Join(want, ", ") {
			t.Fatalf("%s: %s of %q: get %q, has %t, joined %q", which, name, m.pairs, h.Get(name), h.Has(name), h.Joined(name))
		}
		for _, token := range []string{"a", "B", "upgrade", "CLOSE", "close ", "\x80"} {
			if got := h.HasToken(name, token); got != hasToken(want, token) {
				t.Fatalf("%s: %s of %q has token %q: %t", which, name, m.pairs, token, got)
			}
		}
	}
}

func hasToken(values []string, token string) bool {
	for _, member := range strings.Split(strings.Join(values, ","), ",") {
		if len(values) > 0 && strings.EqualFold(strings.Trim(member, " \t"), token) {
			return true
		}
	}
	return false
}

// FuzzHeader makes the same changes to two headers, of which one is now and
// then cloned from the other, and to their models. No change to one header
// may show in the other.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 1, 2, 0, 2, 3})
	f.Add([]byte{0, 7, 1, 0, 8, 2, 0, 9, 3, 3, 0, 0, 1, 7, 4, 130, 9, 0, 128, 0, 1})
	f.Add([]byte{0, 0, 1, 0, 4, 1, 0, 1, 1, 2, 0, 0, 3, 0, 0, 128, 5, 5, 0, 6, 6, 4, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		headers := [2]*message.Header{{}, {}}
		models := [2]*model{{values: textproto.MIMEHeader{}}, {values: textproto.MIMEHeader{}}}
		for ops := range slices.Chunk(script[:min(len(script), 600)], 3) {
			if len(ops) < 3 {
				break
			}
			i := ops[0] >> 7 // which of the two
			h, m := headers[i], models[i]
			name, value := modelNames[int(ops[1])%len(modelNames)], modelValues[int(ops[2])%len(modelValues)]
			switch ops[0] & 0x7f % 5 {
			case 0:
				h.Add(name, value)
				m.add(name, value)
			case 1:
				h.Set(name, value)
				m.set(name, value)
			case 2:
				h.Del(name)
				m.del(name)
			case 3: // the other one becomes a clone of this one
				*headers[1-i] = h.Clone()
				models[1-i] = m.clone()
			case 4:
				h.Reset()
				models[i] = &model{values: textproto.MIMEHeader{}}
			}
			check(t, "first", headers[0], models[0])
			check(t, "second", headers[1], models[1])
		}
	})
}

// Only the letters of ASCII have a case in field names and tokens (RFC 9110,
// section 5.1): bytes that differ by the same bit are different.
func TestEqualNameOnAllBytes(t *testing.T) {
	lower := func(c byte) byte {
		if 'A' <= c && c <= 'Z' {
			return c - 'A' + 'a'
		}
		return c
	}
	for i := range 1 << 16 {
		a, b := byte(i>>8), byte(i)
		want := lower(a) == lower(b)
		if got := message.EqualName(string([]byte{a}), string([]byte{b})); got != want {
			t.Errorf("%q and %q: %t", a, b, got)
		}
		if got := message.EqualName(string([]byte{'x', a, 'y'}), string([]byte{'X', b, 'Y'})); got != want {
			t.Errorf("%q and %q inside: %t", a, b, got)
		}
	}
}

// What a header no longer has, its memory must not keep alive: heads of
// requests are large, and headers are reused.
func TestRemovedFieldsAreForgotten(t *testing.T) {
	for name, remove := range map[string]func(*message.Header){
		"del":   func(h *message.Header) { h.Del("a") },
		"set":   func(h *message.Header) { h.Set("a", "new") },
		"reset": (*message.Header).Reset,
	} {
		fields := []message.Field{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "A", Value: "3"}, {Name: "a", Value: "4"}}
		h := message.MakeHeader(fields)
		remove(&h)
		for i, f := range fields[h.Len():] {
			if f != (message.Field{}) {
				t.Errorf("%s: field %d is still %q", name, h.Len()+i, f)
			}
		}
	}
}

// A header that is emptied is filled again without new memory.
func TestResetKeepsMemory(t *testing.T) {
	var h message.Header
	fill := func() {
		h.Reset()
		for _, name := range modelNames {
			h.Add(name, "1")
		}
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestZeroHeader(t *testing.T) {
	var h message.Header
	h.Del("a")
	h.Reset()
	c := h.Clone()
	if h.Len()+c.Len() != 0 || h.Has("") || h.Get("a") != "" || h.Joined("a") != "" || h.HasToken("a", "") {
		t.Errorf("the zero header has %q", h.Fields())
	}
	h.Set("a", "1")
	if h.Get("A") != "1" || c.Has("a") {
		t.Errorf("got %q and %q", h.Fields(), c.Fields())
	}
}
