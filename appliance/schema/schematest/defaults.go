// SPDX-License-Identifier: Apache-2.0

package schematest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// checkDefaults holds, for the type and every object in it, that defaults are
// the same each time, share no memory, keep their own checks and survive
// being written and read.
func checkDefaults(typ *schema.Type, path string) []string {
	var broken []string
	for _, msg := range []string{sharedLaw(typ), validLaw(typ)} {
		if msg != "" {
			broken = append(broken, schema.Join(path, "*")+": "+msg)
		}
	}
	for _, f := range typ.Fields {
		inner := f.Type
		for inner.Kind == schema.List || inner.Kind == schema.Map {
			inner = inner.Elem
		}
		if inner.Kind == schema.Object {
			broken = append(broken, checkDefaults(inner, schema.Join(path, f.Name))...)
		}
	}
	return broken
}

func sharedLaw(typ *schema.Type) string {
	a, b := typ.New(), typ.New()
	if !reflect.DeepEqual(a, b) {
		return "two calls for the defaults differ"
	}
	if shared(reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()) {
		return "two calls for the defaults share a pointer, list or map"
	}
	return ""
}

// shared reports whether two equal values have memory in common.
func shared(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer:
		return !a.IsNil() && (a.Pointer() == b.Pointer() || shared(a.Elem(), b.Elem()))
	case reflect.Map:
		return !a.IsNil() && a.Pointer() == b.Pointer()
	case reflect.Slice:
		return a.Len() > 0 && a.Pointer() == b.Pointer()
	case reflect.Struct:
		for i := range a.NumField() {
			if shared(a.Field(i), b.Field(i)) {
				return true
			}
		}
	}
	return false
}

// validLaw writes out the defaults and reads them again.
func validLaw(typ *schema.Type) string {
	document, required := map[string]any{}, map[string]bool{}
	for _, f := range typ.Fields {
		if f.Default != nil {
			document[f.Name] = f.Default
		}
		if f.Required {
			required[f.Name+": is required"] = true
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return fmt.Sprintf("the defaults do not encode: %v", err)
	}
	got := typ.New()
	if wrong, ok := errors.AsType[schema.Errors](typ.Decode(text, got, schema.Complete)); ok {
		for _, e := range wrong {
			if head, _, _ := strings.Cut(e.Error(), ": one of"); !required[head] {
				return fmt.Sprintf("the defaults are refused: %v", e)
			}
		}
	}
	if !reflect.DeepEqual(got, typ.New()) {
		return fmt.Sprintf("the defaults are not the same after they were written (%s) and read", text)
	}
	return ""
}
