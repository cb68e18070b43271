// SPDX-License-Identifier: Apache-2.0

// Package schema derives everything a surface needs from one Go struct: the
// strict decoder and its checks, JSON Schema, reference docs, and the tree
// from which the provider builds Terraform attributes.
//
// A struct declares itself with tags:
//
//	Count  int      `json:"count"          check:"min=1"    doc:"Requests allowed in one window."`
//	Status int      `json:"status"         check:"min=400,max=599" doc:"..."`   // default from the defaults func
//	Burst  int      `json:"burst,omitzero" check:"min=1"    doc:"..."`          // optional, no default
//	Secret string   `json:"secret" secret:"true"            doc:"..."`          // write-only everywhere
//
// A field is required unless it has a default or omitzero. Types may add
// rules across fields with a method Validate() error, and a string type may
// define its own syntax with Check() error and SchemaFormat() string.
package schema

import (
	"reflect"
)

// A Kind is the shape of a value.
type Kind int

// The kinds of value a declaration can have.
const (
	String Kind = iota
	Bool
	Int
	Float
	DurationKind
	Object // a struct: known fields
	List
	Map  // string keys, all values of one type
	Open // an object whose fields another catalogue knows; see Type.Catalogue
	Any  // any JSON value
)

var kindNames = [...]string{"string", "bool", "int", "float", "duration", "object", "list", "map", "open", "any"}

func (k Kind) String() string { return kindNames[k] }

// A Type describes the values that one place in a document can hold.
type Type struct {
	Kind      Kind
	Fields    []*Field // of an Object, in the order of the struct
	Elem      *Type    // of a List or Map
	Catalogue string   // of an Open: who knows its fields, such as "plugins"
	Checks    Checks   // on the value itself; for a List or Map on its length

	goType   reflect.Type // what it decodes into, without pointers
	defaults func() any   // fresh value of an Object before decoding
	check    bool         // the Go type has Check() error
}

// A Field is one member of an Object.
type Field struct {
	Name     string
	Doc      string
	Type     *Type
	Required bool
	Default  any  // what applies when it is absent, as encoding/json would decode it; nil for none
	Secret   bool // never shown; absent in a complete document only while the store has it
	Pointer  bool
	OmitZero bool

	index []int // into the Go struct, through embedded ones
}

// Field returns the named field of an Object, or nil.
func (t *Type) Field(name string) *Field {
	for _, f := range t.Fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Of describes T, whose defaults are what the func returns. It panics when
// the declaration itself is wrong: that is a programming error which the
// first test of the package finds.
func Of[T any](defaults func() T) *Type {
	t := derive(reflect.TypeFor[T]())
	if t.Kind != Object {
		panic("schema: " + t.goType.String() + " is not a struct")
	}
	t.defaults = func() any { v := defaults(); return &v }
	t.fillDefaults()
	return t
}

// Secrets reports whether any field of the type, at any depth, is a secret.
func (t *Type) Secrets() bool {
	switch t.Kind {
	case Object:
		for _, f := range t.Fields {
			if f.Secret || f.Type.Secrets() {
				return true
			}
		}
	case List, Map:
		return t.Elem.Secrets()
	}
	return false
}
