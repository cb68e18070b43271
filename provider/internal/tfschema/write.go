// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// precision is that of Terraform's numbers, in bits.
const precision = 512

// Value converts a document of the gateway to a resource's state. Each
// attribute whose prior value means what the document says stays as it is; the
// whole prior value may be null, of the schema's type. Foreign are the
// document's fields that this provider has no attribute for.
func (s *Shape) Value(document []byte, prior tftypes.Value) (v tftypes.Value, foreign []string, err error) {
	parsed, err := parse(document)
	if err != nil {
		return tftypes.Value{}, nil, fmt.Errorf("the gateway's %s: %w", s.Kind.Name, err)
	}
	doc, ok := parsed.(map[string]any)
	if !ok {
		return tftypes.Value{}, nil, fmt.Errorf("the gateway's %s is no JSON object", s.Kind.Name)
	}
	var before map[string]tftypes.Value
	if hasValue(prior) {
		if err := prior.As(&before); err != nil {
			return tftypes.Value{}, nil, fmt.Errorf("read the state: %w", err)
		}
	}
	typ, ok := prior.Type().(tftypes.Object)
	if !ok {
		return tftypes.Value{}, nil, fmt.Errorf("the %s's state is a %s", s.Kind.Name, prior.Type())
	}
	out := make(map[string]tftypes.Value, len(typ.AttributeTypes))
	for name, inner := range typ.AttributeTypes {
		f, was := s.field(name), before[name]
		switch {
		case f.Secret:
			out[name] = tftypes.NewValue(inner, nil)
		case hasValue(was) && s.same(doc[f.Name], was, f):
			out[name] = was
		default:
			if out[name], err = value(doc[f.Name], inner); err != nil {
				return tftypes.Value{}, nil, fmt.Errorf("the gateway's %s: %s: %w", s.Kind.Name, f.Name, err)
			}
		}
	}
	for _, name := range sortedKeys(doc) {
		if s.Kind.Type.Field(name) == nil {
			foreign = append(foreign, name)
		}
	}
	return tftypes.NewValue(typ, out), foreign, nil
}

func parse(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// value converts what is inside an attribute of a type.
func value(doc any, typ tftypes.Type) (tftypes.Value, error) {
	if doc == nil {
		return tftypes.NewValue(typ, nil), nil
	}
	if typ.Is(tftypes.DynamicPseudoType) {
		return free(doc)
	}
	switch doc := doc.(type) {
	case string:
		if typ.Is(tftypes.String) {
			return tftypes.NewValue(typ, doc), nil
		}
	case bool:
		if typ.Is(tftypes.Bool) {
			return tftypes.NewValue(typ, doc), nil
		}
	case json.Number:
		if typ.Is(tftypes.Number) {
			return numberValue(doc)
		}
	case []any:
		if list, ok := typ.(tftypes.List); ok {
			out := make([]tftypes.Value, len(doc))
			for i, e := range doc {
				var err error
				if out[i], err = value(e, list.ElementType); err != nil {
					return tftypes.Value{}, fmt.Errorf("[%d]: %w", i, err)
				}
			}
			return tftypes.NewValue(typ, out), nil
		}
	case map[string]any:
		if m, ok := typ.(tftypes.Map); ok {
			out := make(map[string]tftypes.Value, len(doc))
			for name, e := range doc {
				var err error
				if out[name], err = value(e, m.ElementType); err != nil {
					return tftypes.Value{}, fmt.Errorf("[%q]: %w", name, err)
				}
			}
			return tftypes.NewValue(typ, out), nil
		}
	}
	return tftypes.Value{}, fmt.Errorf("%T is not a %s; use a provider of the gateway's version", doc, typ)
}

// free converts to the value that the same HCL would have: objects and tuples.
func free(doc any) (tftypes.Value, error) {
	switch v := doc.(type) {
	case string:
		return tftypes.NewValue(tftypes.String, v), nil
	case bool:
		return tftypes.NewValue(tftypes.Bool, v), nil
	case json.Number:
		return numberValue(v)
	case []any:
		types, values := make([]tftypes.Type, len(v)), make([]tftypes.Value, len(v))
		for i, e := range v {
			var err error
			if values[i], err = free(e); err != nil {
				return tftypes.Value{}, err
			}
			types[i] = values[i].Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values), nil
	case map[string]any:
		types, values := make(map[string]tftypes.Type, len(v)), make(map[string]tftypes.Value, len(v))
		for name, m := range v {
			var err error
			if values[name], err = free(m); err != nil {
				return tftypes.Value{}, err
			}
			types[name] = values[name].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values), nil
	}
	return tftypes.NewValue(tftypes.DynamicPseudoType, nil), nil
}

func numberValue(n json.Number) (tftypes.Value, error) {
	f, _, err := big.ParseFloat(string(n), 10, precision, big.ToNearestEven)
	if err != nil {
		return tftypes.Value{}, fmt.Errorf("%q is not a number: %w", string(n), err)
	}
	return tftypes.NewValue(tftypes.Number, f), nil
}
