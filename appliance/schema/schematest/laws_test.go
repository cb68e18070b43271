// SPDX-License-Identifier: Apache-2.0

package schematest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema/schematest"
)

// right keeps every law.
type right struct {
	ID            string            `json:"id" check:"format=id" doc:"Name."`
	Mode          string            `json:"mode" check:"enum=fast|safe" doc:"How."`
	Level         string            `json:"level" check:"enum=low|high" doc:"How much."`
	On            *bool             `json:"on,omitzero" doc:"Whether."`
	Size          int               `json:"size,omitzero" check:"min=1" doc:"How large."`
	Wait          schema.Duration   `json:"wait,omitzero" check:"min=1ms" doc:"How long."`
	Secret        string            `json:"secret" secret:"true" doc:"Proof."`
	SecretVersion int               `json:"secret_version,omitzero" check:"min=1" doc:"Raised with it."`
	Names         []string          `json:"names" check:"min=1,unique" doc:"Names."`
	Labels        map[string]string `json:"labels,omitzero" doc:"Labels."`
	Inner         *inner            `json:"inner,omitzero" doc:"Inner."`
	Inners        []inner           `json:"inners,omitzero" doc:"More."`
}

type inner struct {
	Size int    `json:"size" check:"min=1" doc:"How large."`
	Unit string `json:"unit" check:"enum=mm|cm" doc:"Of what."`
}

func (i *inner) SetDefaults() { i.Unit = "mm" }

// wrong breaks a law in the defaults of a nested object.
type wrong struct {
	Size int `json:"size" check:"min=1" doc:"How large."`
}

func (w *wrong) SetDefaults() { w.Size = -1 }

type link struct {
	Secret        string `json:"secret" secret:"true" doc:"Proof."`
	SecretVersion int    `json:"secret_version,omitzero" check:"min=1" doc:"Raised with it."`
}

func zero[T any]() *schema.Type { return schema.Of(func() T { var v T; return v }) }

var sharedNames = []string{"a"}

var sharedInner = &inner{Size: 1, Unit: "mm"}

func TestLawsKept(t *testing.T) {
	schematest.Laws(t, "right", schema.Of(func() right {
		return right{Mode: "fast", Names: []string{"a"}}
	}))
}

// Every law can be broken, and is found where it is.
func TestLawsBroken(t *testing.T) {
	calls := 0
	for name, c := range map[string]struct {
		typ  *schema.Type
		want string
	}{
		"name": {zero[struct {
			A string `json:"maxSize" doc:"A."`
		}](), "maxSize: a field's name is snake_case"},
		"no doc": {zero[struct {
			A string `json:"a"`
		}](), "a: a field has a doc sentence"},
		"doc without stop": {zero[struct {
			A string `json:"a" doc:"A"`
		}](), "a: a field has a doc sentence"},
		"pointer without omitzero": {zero[struct {
			A *int `json:"a" doc:"A."`
		}](), "a: a pointer is optional"},
		"default and omitzero": {schema.Of(func() (v struct {
			A string `json:"a,omitzero" doc:"A."`
		}) {
			v.A = "a"
			return v
		}), "a: a field with a default has no omitzero"},
		"optional bool": {zero[struct {
			A bool `json:"a,omitzero" doc:"A."`
		}](), "a: an optional bool is a pointer"},
		"optional int": {zero[struct {
			A int `json:"a,omitzero" doc:"A."`
		}](), "a: an optional number whose zero"},
		"optional float": {zero[struct {
			A float64 `json:"a,omitzero" check:"min=0" doc:"A."`
		}](), "a: an optional number whose zero"},
		"optional duration": {zero[struct {
			A schema.Duration `json:"a,omitzero" check:"max=1s" doc:"A."`
		}](), "a: an optional number whose zero"},
		"optional object": {zero[struct {
			A inner `json:"a,omitzero" doc:"A."`
		}](), "a: an optional object is a pointer"},
		"in a list of maps": {zero[struct {
			A []map[string]struct {
				B string `json:"b" doc:"no stop"`
			} `json:"a" doc:"A."`
		}](), "a.b: a field has a doc sentence"},
		"secret in a list": {zero[struct {
			A []link `json:"a" doc:"A."`
		}](), "a.secret: a secret does not live inside a list or map"},
		"secret number": {zero[struct {
			A        int `json:"a" secret:"true" doc:"A."`
			AVersion int `json:"a_version,omitzero" check:"min=1" doc:"A."`
		}](), "a: a secret is a string"},
		"secret with a default": {schema.Of(func() (v struct {
			A        string `json:"a" secret:"true" doc:"A."`
			AVersion int    `json:"a_version,omitzero" check:"min=1" doc:"A."`
		}) {
			v.A = "a"
			return v
		}), "a: a secret is a string without a default"},
		"secret without version": {zero[struct {
			A string `json:"a" secret:"true" doc:"A."`
		}](), "a: a secret has an optional whole number beside it called a_version"},
		"secret with a required version": {zero[struct {
			A        string `json:"a" secret:"true" doc:"A."`
			AVersion int    `json:"a_version" doc:"A."`
		}](), "a: a secret has an optional whole number beside it called a_version"},
		"default out of range": {schema.Of(func() (v struct {
			A int `json:"a" check:"max=5" doc:"A."`
		}) {
			v.A = 6
			return v
		}), "*: the defaults are refused: a: must be at most 5, is 6"},
		"default not in the enum": {schema.Of(func() (v struct {
			A string `json:"a" check:"enum=x|y" doc:"A."`
		}) {
			v.A = "z"
			return v
		}), "*: the defaults are refused: a: must be one of"},
		"default object incomplete": {schema.Of(func() (v struct {
			A *inner `json:"a,omitzero" doc:"A."`
		}) {
			v.A = &inner{Unit: "mm"}
			return v
		}), "*: the defaults are refused: a.size: must be at least 1"},
		"default of a nested object": {zero[struct {
			A []wrong `json:"a" doc:"A."`
		}](), "a.*: the defaults are refused: size: must be at least 1"},
		"defaults that differ": {schema.Of(func() (v struct {
			A int `json:"a" doc:"A."`
		}) {
			calls++
			v.A = calls
			return v
		}), "*: two calls for the defaults differ"},
		"shared list": {schema.Of(func() (v struct {
			A []string `json:"a" doc:"A."`
		}) {
			v.A = sharedNames
			return v
		}), "*: two calls for the defaults share"},
		"shared pointer": {schema.Of(func() (v struct {
			A *inner `json:"a,omitzero" doc:"A."`
		}) {
			v.A = sharedInner
			return v
		}), "*: two calls for the defaults share"},
	} {
		t.Run(name, func(t *testing.T) {
			broken := schematest.Check(c.typ)
			found := slices.ContainsFunc(broken, func(b string) bool { return strings.HasPrefix(b, c.want) })
			if !found {
				t.Errorf("got %q, want %q", broken, c.want)
			}
		})
	}
}

type lossy struct {
	A lossyText `json:"a" doc:"A."`
}

// lossyText is read as something else than was written.
type lossyText string

func (lossyText) MarshalJSON() ([]byte, error) { return []byte(`"other"`), nil }

func TestLossyDefault(t *testing.T) {
	broken := schematest.Check(schema.Of(func() lossy { return lossy{A: "a"} }))
	if len(broken) != 1 || !strings.HasPrefix(broken[0], "*: the defaults are not the same after they were written") {
		t.Errorf("got %q", broken)
	}
}
