// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
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
// are filled in.
func (t *Type) Decode(data []byte, into any, mode Mode) error {
	n, err := parse(data)
	if err != nil {
		return Under("", err)
	}
	v := reflect.ValueOf(into).Elem()
	if v.Type() != t.goType {
		panic(fmt.Sprintf("schema: Decode of %s into %s", t.goType, v.Type()))
	}
	d := decoder{mode: mode}
	d.object(t, n, v, "")
	return d.errors.Err()
}

// New returns a pointer to a fresh value of an Object with its defaults.
func (t *Type) New() any { return t.defaults() }

type decoder struct {
	mode   Mode
	errors Errors
}

func (d *decoder) fail(path, format string, args ...any) {
	d.errors = append(d.errors, At(path, format, args...))
}

func (d *decoder) value(t *Type, n *node, v reflect.Value, path string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch t.Kind {
	case String:
		d.text(t, n, v, path)
	case Bool:
		if b, ok := n.token.(bool); ok {
			v.SetBool(b)
			return
		}
		d.fail(path, "must be true or false, is %s", n.describe())
	case Int:
		d.integer(t, n, v, path)
	case Float:
		d.float(t, n, v, path)
	case DurationKind:
		d.duration(t, n, v, path)
	case Object:
		d.object(t, n, v, path)
	case List:
		d.list(t, n, v, path)
	case Map:
		d.mapping(t, n, v, path)
	case Open:
		d.open(t, n, v, path)
	case Any:
		v.Set(reflect.ValueOf(json.RawMessage(n.encode(nil))).Convert(v.Type()))
	}
}

func (d *decoder) text(t *Type, n *node, v reflect.Value, path string) {
	s, ok := n.token.(string)
	if !ok {
		d.fail(path, "must be a string, is %s", n.describe())
		return
	}
	v.SetString(s)
	if msg := t.Checks.text(s); msg != "" {
		d.fail(path, "%s", msg)
	} else if t.check {
		if err := v.Interface().(Checker).Check(); err != nil {
			d.fail(path, "%s", err)
		}
	}
}

func (d *decoder) integer(t *Type, n *node, v reflect.Value, path string) {
	num, ok := n.token.(json.Number)
	if !ok {
		d.fail(path, "must be a whole number, is %s", n.describe())
		return
	}
	i, ok := wholeNumber(string(num))
	if !ok || v.CanInt() && v.OverflowInt(i) || v.CanUint() && (i < 0 || v.OverflowUint(uint64(i))) {
		d.fail(path, "must be a whole number, is %s", clip(string(num)))
		return
	}
	if v.CanInt() {
		v.SetInt(i)
	} else {
		v.SetUint(uint64(i))
	}
	if msg := t.Checks.bounds(float64(i), showNumber, "be"); msg != "" {
		d.fail(path, "%s", msg)
	}
}

// wholeNumber accepts 5, and 5.0 and 5e0 too: a tool that keeps numbers as
// floats may write them so.
func wholeNumber(s string) (int64, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -(1<<53) {
		return 0, false
	}
	return int64(f), true
}

func (d *decoder) float(t *Type, n *node, v reflect.Value, path string) {
	num, ok := n.token.(json.Number)
	if !ok {
		d.fail(path, "must be a number, is %s", n.describe())
		return
	}
	f, err := num.Float64()
	if err != nil {
		d.fail(path, "must be a number, is %s", clip(string(num)))
		return
	}
	v.SetFloat(f)
	if msg := t.Checks.bounds(f, showNumber, "be"); msg != "" {
		d.fail(path, "%s", msg)
	}
}

func (d *decoder) duration(t *Type, n *node, v reflect.Value, path string) {
	s, ok := n.token.(string)
	if !ok {
		d.fail(path, `must be a duration such as "500ms", "1.5s" or "2m", is %s`, n.describe())
		return
	}
	dur, err := ParseDuration(s)
	if err != nil {
		d.fail(path, "%s", err)
		return
	}
	v.SetInt(int64(dur))
	if msg := t.Checks.bounds(float64(dur), showDuration, "be"); msg != "" {
		d.fail(path, "%s", msg)
	}
}
