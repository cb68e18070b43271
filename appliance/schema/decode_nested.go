// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"reflect"
)

// validator is a type with rules across its fields. The paths of its errors
// are relative to the value. It is called on values whose fields are right by
// themselves, secrets possibly left out.
type validator interface{ Validate() error }

func (d *decoder) object(t *Type, n *node, v reflect.Value) {
	if !n.isObject() {
		d.mismatch("an object", n)
		return
	}
	v.Set(reflect.ValueOf(t.defaults()).Elem())
	before := len(d.errors)
	for i := range n.members {
		if d.full() {
			return
		}
		d.at.enterMember(n.members[i].name)
		d.field(t, &n.members[i], v)
		d.at.leave()
	}
	d.required(t, n)
	if len(d.errors) > before {
		return
	}
	if val, ok := v.Addr().Interface().(validator); ok {
		if err := val.Validate(); err != nil {
			d.errors = append(d.errors, Under(d.at.path(), err)...)
		}
	}
}

// field decodes a member of an object into the struct's field.
func (d *decoder) field(t *Type, m *member, v reflect.Value) {
	f := t.Field(m.name)
	switch {
	case f == nil:
		d.fail("is not a field here; the fields are %s%s", quoteAll(t.names()), DidYouMean(m.name, t.names()))
	case m.value.isNull():
	case f.OmitZero && !f.Pointer && f.Type.Kind == String && m.value.token == "":
		// It could not be told from absence: the zero of such a field means nothing.
		d.fail("must not be empty; leave it out instead")
	default:
		fv := v.FieldByIndex(f.index)
		fv.SetZero() // the default goes as a whole
		outer := d.secret
		d.secret = outer || f.Secret
		d.value(f.Type, &m.value, fv)
		d.secret = outer
	}
}

// required reports the fields that are missing.
func (d *decoder) required(t *Type, n *node) {
	for _, f := range t.Fields {
		if !f.Required || f.Secret && d.mode == WithoutSecrets {
			continue
		}
		if m := n.member(f.Name); m == nil || m.isNull() {
			d.at.enterMember(f.Name)
			d.fail("is required%s", requiredHint(f))
			d.at.leave()
		}
	}
}

// requiredHint shows what to write where only a few values are allowed.
func requiredHint(f *Field) string {
	if len(f.Type.Checks.Enum) > 0 {
		return ": one of " + quoteAll(f.Type.Checks.Enum)
	}
	return ""
}

func (t *Type) names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

func (d *decoder) list(t *Type, n *node, v reflect.Value) {
	if !n.isArray() {
		d.mismatch("a list", n)
		return
	}
	if msg := t.Checks.length(len(n.members), "elements"); msg != "" {
		d.fail("%s", msg)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.members), len(n.members)))
	var seen map[string]int
	if t.Checks.Unique {
		seen = make(map[string]int, len(n.members))
	}
	for i := range n.members {
		if d.full() {
			return
		}
		d.at.enterElement(i)
		d.element(t, &n.members[i].value, v.Index(i), seen, i)
		d.at.leave()
	}
}

// element decodes one element of a list, which must not be among those seen.
func (d *decoder) element(t *Type, n *node, v reflect.Value, seen map[string]int, i int) {
	if n.isNull() {
		d.fail("must not be null")
		return
	}
	before := len(d.errors)
	d.value(t.Elem, n, v)
	if seen == nil || len(d.errors) > before {
		return
	}
	text := meaning(v)
	if j, ok := seen[text]; ok {
		d.fail("is the same as element %d; give it once", j)
		return
	}
	seen[text] = i
}

// meaning returns a text that two values share if they mean the same: 60s is 1m.
func meaning(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return v.String()
	}
	b, _ := json.Marshal(v.Interface()) // whatever was decoded also encodes
	return string(b)
}

func (d *decoder) mapping(t *Type, n *node, v reflect.Value) {
	if !n.isObject() {
		d.mismatch("a map", n)
		return
	}
	entries := 0
	for i := range n.members {
		if !n.members[i].value.isNull() {
			entries++
		}
	}
	if msg := t.Checks.length(entries, "entries"); msg != "" {
		d.fail("%s", msg)
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), entries))
	for i := range n.members {
		m := &n.members[i]
		if d.full() {
			return
		}
		if m.value.isNull() {
			continue
		}
		d.at.enterMember(m.name)
		d.entry(t, m, v)
		d.at.leave()
	}
}

// entry decodes one member of a map.
func (d *decoder) entry(t *Type, m *member, v reflect.Value) {
	if t.Checks.Keys != "" {
		if err := CheckFormat(t.Checks.Keys, m.name); err != nil {
			d.fail("the key %s", err)
		}
	}
	e := reflect.New(v.Type().Elem()).Elem()
	d.value(t.Elem, &m.value, e)
	v.SetMapIndex(reflect.ValueOf(m.name).Convert(v.Type().Key()), e)
}

// open keeps the members as they are; the catalogue checks them.
func (d *decoder) open(n *node, v reflect.Value) {
	if !n.isObject() {
		d.mismatch("an object", n)
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.members)))
	for i := range n.members {
		m := &n.members[i]
		if m.value.isNull() {
			continue
		}
		raw := json.RawMessage(m.value.encode(nil))
		v.SetMapIndex(reflect.ValueOf(m.name).Convert(v.Type().Key()), reflect.ValueOf(raw))
	}
}
