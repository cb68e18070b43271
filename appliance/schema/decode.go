// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// A Mode says what a document may leave out.
type Mode int

const (
	// Complete documents have every required field.
	Complete Mode = iota
	// WithoutSecrets documents may lack secrets: the store has them, or a
	// reader must not.
	WithoutSecrets
)

// Decode reads a JSON document into the struct that into points to, which
// must be of the type that t describes. It is strict: unknown, doubled and
// missing fields, wrong types and broken checks are all found and returned
// together as Errors, each with its path. Null stands for absent. Defaults
// are filled in. Errors never show what a secret holds.
func (t *Type) Decode(data []byte, into any, mode Mode) error {
	v := reflect.ValueOf(into).Elem()
	if v.Type() != t.goType {
		panic(fmt.Sprintf("schema: Decode of %s into %s", t.goType, v.Type()))
	}
	n, err := parse(data)
	if err != nil {
		return Under("", err)
	}
	d := decoder{mode: mode}
	d.object(t, n, v)
	return d.errors.First().Err()
}

// New returns a pointer to a fresh value of an Object with its defaults.
func (t *Type) New() any { return t.defaults() }

type decoder struct {
	mode   Mode
	at     place
	secret bool // the value at hand must not be shown
	errors Errors
}

func (d *decoder) fail(format string, args ...any) {
	if !d.full() {
		d.errors = append(d.errors, At(d.at.path(), format, args...))
	}
}

// full reports whether there are so many errors that it is not worth going on.
func (d *decoder) full() bool { return len(d.errors) >= MaxErrors }

// mismatch reports a value of another kind than wanted.
func (d *decoder) mismatch(want string, n *node) {
	is := n.describe()
	if d.secret {
		is = n.describeKind()
	}
	d.fail("must be %s, is %s", want, is)
}

func (d *decoder) value(t *Type, n *node, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch t.Kind {
	case String:
		d.text(t, n, v)
	case Bool:
		if b, ok := n.token.(bool); ok {
			v.SetBool(b)
			return
		}
		d.mismatch("true or false", n)
	case Int:
		d.integer(t, n, v)
	case Float:
		d.float(t, n, v)
	case DurationKind:
		d.duration(t, n, v)
	case Object:
		d.object(t, n, v)
	case List:
		d.list(t, n, v)
	case Map:
		d.mapping(t, n, v)
	case Open:
		d.open(n, v)
	case Any:
		v.Set(reflect.ValueOf(json.RawMessage(n.encode(nil))).Convert(v.Type()))
	}
}
