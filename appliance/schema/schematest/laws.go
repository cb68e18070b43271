// SPDX-License-Identifier: Apache-2.0

// Package schematest holds the laws that every declared type must keep, for
// the tests of the packages that declare them.
package schematest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// Laws checks a declaration: names, docs, defaults, and that what is optional
// can be told from what is zero.
func Laws(t *testing.T, name string, typ *schema.Type) {
	t.Helper()
	for _, broken := range Check(typ) {
		t.Errorf("%s.%s", name, broken)
	}
}

// Check returns every breach of the laws as "path: what is wrong".
func Check(typ *schema.Type) []string {
	return append(check(typ, "", false), checkDefaults(typ, "")...)
}

func check(typ *schema.Type, path string, inList bool) []string {
	var broken []string
	for _, f := range typ.Fields {
		at := schema.Join(path, f.Name)
		fail := func(msg string) { broken = append(broken, at+": "+msg) }
		if !snakeCase.MatchString(f.Name) {
			fail("a field's name is snake_case")
		}
		if f.Doc == "" || !strings.HasSuffix(f.Doc, ".") {
			fail("a field has a doc sentence that ends with a full stop")
		}
		if f.Secret {
			broken = append(broken, secretLaws(typ, f, at, inList)...)
		}
		if msg := optionalLaw(f); msg != "" {
			fail(msg)
		}
		inner, list := f.Type, inList
		for inner.Kind == schema.List || inner.Kind == schema.Map {
			inner, list = inner.Elem, true
		}
		broken = append(broken, check(inner, at, list)...)
	}
	return broken
}

// optionalLaw holds that a scalar's zero is either refused, or kept apart
// from absence by a pointer.
func optionalLaw(f *schema.Field) string {
	if f.Pointer && !f.OmitZero {
		return "a pointer is optional, so it has omitzero"
	}
	if !f.OmitZero || f.Pointer {
		return ""
	}
	if f.Default != nil {
		return "a field with a default has no omitzero"
	}
	switch f.Type.Kind {
	case schema.Bool:
		return "an optional bool is a pointer: false means something"
	case schema.Int, schema.Float, schema.DurationKind:
		if f.Type.Checks.Min == nil || *f.Type.Checks.Min <= 0 {
			return "an optional number whose zero means something is a pointer; otherwise its check refuses zero"
		}
	case schema.Object:
		return "an optional object is a pointer"
	}
	return ""
}

func secretLaws(typ *schema.Type, f *schema.Field, at string, inList bool) []string {
	var broken []string
	if inList {
		broken = append(broken, at+": a secret does not live inside a list or map")
	}
	if f.Type.Kind != schema.String || f.Default != nil {
		broken = append(broken, at+": a secret is a string without a default")
	}
	v := typ.Field(f.Name + "_version")
	if v == nil || v.Type.Kind != schema.Int || v.Required {
		broken = append(broken, at+": a secret has an optional whole number beside it called "+f.Name+"_version")
	}
	return broken
}
