// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema/schematest"
)

// Every kind keeps the laws of declarations.
func TestLaws(t *testing.T) {
	for _, k := range api.Kinds() {
		schematest.Laws(t, k.Name, k.Type)
	}
}

// A kind is found by both of its names, and no two kinds share one.
func TestNames(t *testing.T) {
	names := map[string]*api.Kind{}
	for _, k := range api.Kinds() {
		if k.Doc == "" {
			t.Errorf("%s has no doc", k.Name)
		}
		for _, name := range []string{k.Name, k.Plural} {
			if other := names[name]; other != nil && other != k {
				t.Errorf("%s and %s are both called %s", k.Name, other.Name, name)
			}
			names[name] = k
			if api.KindOf(name) != k {
				t.Errorf("KindOf(%q) is not %s", name, k.Name)
			}
		}
	}
	if api.KindOf("nope") != nil || api.KindOf("") != nil {
		t.Error("KindOf finds what there is not")
	}
}

// References name kinds, and kinds that come earlier: objects can be created
// in the order of the kinds and deleted in reverse.
func TestReferenceOrder(t *testing.T) {
	earlier := map[string]bool{}
	found := 0
	for _, k := range api.Kinds() {
		eachType(k.Type, func(typ *schema.Type) {
			if ref := typ.Checks.Ref; ref != "" {
				found++
				if !earlier[ref] {
					t.Errorf("%s refers to %q, which is no earlier kind", k.Name, ref)
				}
			}
		})
		earlier[k.Name] = true
	}
	if found < 8 {
		t.Errorf("only %d references are found: the walk is broken", found)
	}
}

func eachType(typ *schema.Type, do func(*schema.Type)) {
	do(typ)
	if typ.Elem != nil {
		eachType(typ.Elem, do)
	}
	for _, f := range typ.Fields {
		eachType(f.Type, do)
	}
}

// Every kind has an id as its first field, and a fresh object has none.
func TestIdentity(t *testing.T) {
	for _, k := range api.Kinds() {
		o, ok := k.New().(interface{ Identity() string })
		if !ok || o.Identity() != "" || k.Type.Fields[0].Name != "id" {
			t.Errorf("%s has no identity", k.Name)
		}
		_, carries := o.(api.PluginSet)
		if carries != (k.Type.Field("plugins") != nil) {
			t.Errorf("%s: has plugins is %v", k.Name, carries)
		}
	}
}
