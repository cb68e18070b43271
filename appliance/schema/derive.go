// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Checker is a string type with a syntax of its own.
type Checker interface {
	Check() error         // what is wrong with the value, without its path
	SchemaFormat() string // the syntax's name for JSON Schema and docs
}

// Opener is a type whose fields are known to a catalogue elsewhere.
type Opener interface {
	SchemaCatalogue() string
}

// SelfDefault is implemented by nested objects that have defaults.
type SelfDefault interface {
	SetDefaults()
}

var (
	rawType      = reflect.TypeFor[json.RawMessage]()
	durationType = reflect.TypeFor[Duration]()
	checkerType  = reflect.TypeFor[Checker]()
	openerType   = reflect.TypeFor[Opener]()
)

func derive(g reflect.Type) *Type {
	if g.Kind() == reflect.Pointer {
		g = g.Elem()
	}
	t := &Type{goType: g}
	switch {
	case g.Implements(openerType):
		if g.Kind() != reflect.Map || g.Key().Kind() != reflect.String || g.Elem() != rawType {
			panic(fmt.Sprintf("schema: %s: what a catalogue knows is a map of string to json.RawMessage", g))
		}
		t.Kind = Open
		t.Catalogue = reflect.Zero(g).Interface().(Opener).SchemaCatalogue()
	case g == rawType:
		t.Kind = Any
	case g == durationType:
		t.Kind = DurationKind
	case g == reflect.TypeFor[time.Duration]():
		panic("schema: a time.Duration is written as nanoseconds; use schema.Duration")
	default:
		t.deriveKind(g)
	}
	return t
}

func (t *Type) deriveKind(g reflect.Type) {
	switch g.Kind() {
	case reflect.String:
		t.Kind = String
		if g.Implements(checkerType) {
			t.check = true
			t.Checks.Format = reflect.Zero(g).Interface().(Checker).SchemaFormat()
		}
	case reflect.Bool:
		t.Kind = Bool
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint16, reflect.Uint32:
		t.Kind = Int
	case reflect.Float64:
		t.Kind = Float
	case reflect.Slice:
		t.Kind, t.Elem = List, derive(g.Elem())
	case reflect.Map:
		if g.Key().Kind() != reflect.String {
			panic(fmt.Sprintf("schema: %s: map keys are strings", g))
		}
		t.Kind, t.Elem = Map, derive(g.Elem())
	case reflect.Struct:
		t.Kind = Object
		t.deriveFields(g, nil)
		t.defaults = func() any { return newValue(g).Interface() }
		t.fillDefaults()
	default:
		panic(fmt.Sprintf("schema: %s: kind %s cannot be declared", g, g.Kind()))
	}
}

func (t *Type) deriveFields(g reflect.Type, index []int) {
	for i := range g.NumField() {
		sf := g.Field(i)
		at := append(append([]int(nil), index...), i)
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			t.deriveFields(sf.Type, at)
			continue
		}
		if name == "" || !sf.IsExported() {
			panic(fmt.Sprintf("schema: %s.%s has no json name or is not exported", g, sf.Name))
		}
		if options != "" && options != "omitzero" {
			panic(fmt.Sprintf("schema: %s.%s: the only option of a json tag here is omitzero, not %q", g, sf.Name, options))
		}
		f := &Field{
			Name:     name,
			Doc:      sf.Tag.Get("doc"),
			Type:     derive(sf.Type),
			Secret:   sf.Tag.Get("secret") == "true",
			Pointer:  sf.Type.Kind() == reflect.Pointer,
			OmitZero: options == "omitzero",
			index:    at,
		}
		if err := f.Type.parseChecks(sf.Tag.Get("check")); err != nil {
			panic(fmt.Sprintf("schema: %s.%s: %v", g, sf.Name, err))
		}
		if t.Field(name) != nil {
			panic(fmt.Sprintf("schema: %s has the field %q twice", g, name))
		}
		t.Fields = append(t.Fields, f)
	}
}

// fillDefaults reads each field's default off a fresh value, and from it
// whether the field is required.
func (t *Type) fillDefaults() {
	v := reflect.ValueOf(t.defaults()).Elem()
	for _, f := range t.Fields {
		fv := v.FieldByIndex(f.index)
		if fv.IsZero() {
			f.Default, f.Required = nil, !f.OmitZero
			continue
		}
		f.Required = false
		b, err := json.Marshal(fv.Interface())
		if err == nil {
			err = json.Unmarshal(b, &f.Default)
		}
		if err != nil {
			panic(fmt.Sprintf("schema: default of %s.%s: %v", t.goType, f.Name, err))
		}
	}
}

// newValue returns a pointer to a fresh value with the type's own defaults.
func newValue(g reflect.Type) reflect.Value {
	p := reflect.New(g)
	if d, ok := p.Interface().(SelfDefault); ok {
		d.SetDefaults()
	}
	return p
}
