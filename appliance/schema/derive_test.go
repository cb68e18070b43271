// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

type wrongOpen map[string]string

func (wrongOpen) SchemaCatalogue() string { return "things" }

func of[T any]() {
	schema.Of(func() T { var v T; return v })
}

// A wrong declaration is found as soon as the package is loaded.
func TestWrongDeclarations(t *testing.T) {
	type inner struct {
		A string `json:"a"`
	}
	for name, c := range map[string]struct {
		declare func()
		want    string
	}{
		"no struct": {of[string], "is not a struct"},
		"no name": {of[struct {
			A string
		}], "has no json name"},
		"omitempty": {of[struct {
			A string `json:"a,omitempty"`
		}], "omitzero"},
		"embedded pointer": {of[struct {
			*inner
		}], "has no json name"},
		"same name twice": {of[struct {
			inner
			B string `json:"a"`
		}], `has the field "a" twice`},
		"channel": {of[struct {
			A chan int `json:"a"`
		}], "cannot be declared"},
		"any": {of[struct {
			A any `json:"a"`
		}], "cannot be declared"},
		"bytes": {of[struct {
			A []byte `json:"a"`
		}], "cannot be declared"},
		"pointer to pointer": {of[struct {
			A **int `json:"a"`
		}], "cannot be declared"},
		"time.Duration": {of[struct {
			A time.Duration `json:"a"`
		}], "use schema.Duration"},
		"number keys": {of[struct {
			A map[int]string `json:"a"`
		}], "map keys are strings"},
		"open of strings": {of[struct {
			A wrongOpen `json:"a"`
		}], "map of string to json.RawMessage"},
		"unknown check": {of[struct {
			A string `json:"a" check:"mim=1"`
		}], `no check is called "mim"`},
		"unknown format": {of[struct {
			A string `json:"a" check:"format=ip"`
		}], `no format "ip"`},
		"unknown key format": {of[struct {
			A map[string]string `json:"a" check:"keys=x"`
		}], `no format "x"`},
		"bound without number": {of[struct {
			A int `json:"a" check:"min=x"`
		}], "invalid syntax"},
		"bound without unit": {of[struct {
			A schema.Duration `json:"a" check:"min=5"`
		}], "missing unit"},
		"bounds crossed": {of[struct {
			A int `json:"a" check:"min=5,max=4"`
		}], "the least is more than the most"},
		"enum of a number": {of[struct {
			A int `json:"a" check:"enum=1|2"`
		}], "does not apply to the kind int"},
		"enum with nothing": {of[struct {
			A string `json:"a" check:"enum=a|"`
		}], "allows the empty string"},
		"ref of a bool": {of[struct {
			A bool `json:"a" check:"ref=x"`
		}], "does not apply to the kind bool"},
		"min of a bool": {of[struct {
			A bool `json:"a" check:"min=1"`
		}], "does not apply to the kind bool"},
		"min of an open object": {of[struct {
			A settings `json:"a" check:"min=1"`
		}], "does not apply to the kind open"},
		"unique string": {of[struct {
			A string `json:"a" check:"unique"`
		}], "does not apply to the kind string"},
		"keys of a list": {of[struct {
			A []string `json:"a" check:"keys=id"`
		}], "does not apply to the kind list"},
		"each of a string": {of[struct {
			A string `json:"a" check:"each.min=1"`
		}], "needs a list or map"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				msg, _ := recover().(string)
				if !strings.HasPrefix(msg, "schema: ") || !strings.Contains(msg, c.want) {
					t.Errorf("panics with %q, want %q", msg, c.want)
				}
			}()
			c.declare()
		})
	}
}

// Required is what has neither a default nor omitzero (design: declared once).
func TestFields(t *testing.T) {
	required := map[string]bool{"id": true, "mode": true}
	for _, f := range sampleType.Fields {
		if f.Required != required[f.Name] {
			t.Errorf("%s: required is %v", f.Name, f.Required)
		}
	}
	if d := sampleType.Field("wait").Default; d != "1s" {
		t.Errorf("the default of wait is %v", d)
	}
	if d := sampleType.Field("parts").Type.Elem.Field("unit").Default; d != "mm" {
		t.Errorf("the default of parts[].unit is %v", d)
	}
	if sampleType.Field("nope") != nil {
		t.Error("there is no field nope")
	}
	s := sampleType.New().(*sample)
	if s.Count != 2 || s == sampleType.New().(*sample) {
		t.Errorf("New returns %+v", s)
	}
}
