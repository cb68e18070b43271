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

func (d *decoder) object(t *Type, n *node, v reflect.Value, path string) {
	if !n.isObject() {
		d.fail(path, "must be an object, is %s", n.describe())
		return
	}
	v.Set(reflect.ValueOf(t.defaults()).Elem())
	before := len(d.errors)
	for _, m := range n.members {
		f := t.Field(m.name)
		at := Key(path, m.name)
		switch {
		case f == nil:
			d.fail(at, "is not a field here; the fields are %s%s", quoteAll(t.names()), didYouMean(m.name, t.names()))
		case m.value.isNull():
		case f.OmitZero && !f.Pointer && emptyScalar(f.Type, m.value):
			d.fail(at, "must not be empty; leave it out instead")
		default:
			fv := v.FieldByIndex(f.index)
			if !f.Pointer {
				fv.SetZero()
			}
			d.value(f.Type, m.value, fv, at)
		}
	}
	for _, f := range t.Fields {
		if !f.Required || f.Secret && d.mode == WithoutSecrets {
			continue
		}
		if m := n.member(f.Name); m == nil || m.isNull() {
			d.fail(Key(path, f.Name), "is required%s", requiredHint(f))
		}
	}
	if len(d.errors) > before {
		return
	}
	if val, ok := v.Addr().Interface().(validator); ok {
		d.errors = append(d.errors, Under(path, val.Validate())...)
	}
}

// requiredHint shows what to write where only a few values are allowed.
func requiredHint(f *Field) string {
	if len(f.Type.Checks.Enum) > 0 {
		return ": one of " + quoteAll(f.Type.Checks.Enum)
	}
	return ""
}

// emptyScalar reports whether an optional scalar is given its zero, which
// could not be told from absence: the zero of such a field means nothing.
func emptyScalar(t *Type, n *node) bool {
	return t.Kind == String && n.token == ""
}

func (t *Type) names() []string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	return names
}

func (d *decoder) list(t *Type, n *node, v reflect.Value, path string) {
	if !n.isArray() {
		d.fail(path, "must be a list, is %s", n.describe())
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.members), len(n.members)))
	seen := make(map[string]int)
	for i, m := range n.members {
		at := Index(path, i)
		if m.value.isNull() {
			d.fail(at, "must not be null")
			continue
		}
		d.value(t.Elem, m.value, v.Index(i), at)
		if t.Checks.Unique {
			text := string(m.value.encode(nil))
			if j, ok := seen[text]; ok {
				d.fail(at, "is the same as element %d", j)
			} else {
				seen[text] = i
			}
		}
	}
	if msg := t.Checks.length(len(n.members), "elements"); msg != "" {
		d.fail(path, "%s", msg)
	}
}

func (d *decoder) mapping(t *Type, n *node, v reflect.Value, path string) {
	if !n.isObject() {
		d.fail(path, "must be a map, is %s", n.describe())
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.members)))
	for _, m := range n.members {
		at := Key(path, m.name)
		if m.value.isNull() {
			continue
		}
		if f := formats[t.Checks.Keys]; f != nil {
			if err := f(m.name); err != nil {
				d.fail(at, "the key %s", err)
			}
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(t.Elem, m.value, e, at)
		v.SetMapIndex(reflect.ValueOf(m.name).Convert(v.Type().Key()), e)
	}
	if msg := t.Checks.length(v.Len(), "entries"); msg != "" {
		d.fail(path, "%s", msg)
	}
}

// open keeps the members as they are; the catalogue checks them.
func (d *decoder) open(t *Type, n *node, v reflect.Value, path string) {
	if !n.isObject() {
		d.fail(path, "must be an object, is %s", n.describe())
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.members)))
	for _, m := range n.members {
		if m.value.isNull() {
			continue
		}
		raw := json.RawMessage(m.value.encode(nil))
		v.SetMapIndex(reflect.ValueOf(m.name), reflect.ValueOf(raw).Convert(v.Type().Elem()))
	}
}
