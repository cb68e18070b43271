// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// precision is that of Terraform's numbers, in bits.
const precision = 512

// Value converts a document of the gateway to a resource's state. Wherever
// the prior value, which may be null, means what the document says, it stays
// as it is. Foreign are the paths that this provider has no attribute for.
func (s *Shape) Value(ctx context.Context, document []byte, prior tftypes.Value) (v tftypes.Value, foreign []string, err error) {
	doc, err := parse(document)
	if err != nil {
		return tftypes.Value{}, nil, fmt.Errorf("the gateway's %s: %w", s.Kind.Name, err)
	}
	w := writer{shape: s}
	v, err = w.value(doc, s.Kind.Type, s.Schema().Type().TerraformType(ctx), prior, "")
	return v, w.foreign, err
}

func parse(document []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

type writer struct {
	shape   *Shape
	foreign []string
}

func (w *writer) value(doc any, t *schema.Type, typ tftypes.Type, prior tftypes.Value, path string) (tftypes.Value, error) {
	if hasValue(prior) && doc != nil && w.shape.same(doc, prior, t) {
		return prior, nil
	}
	if doc == nil {
		return tftypes.NewValue(typ, nil), nil
	}
	if typ.Is(tftypes.DynamicPseudoType) {
		return free(doc)
	}
	mismatch := fmt.Errorf("the gateway's %s: %s: %T is not a %s: this provider may be too old for the gateway", w.shape.Kind.Name, path, doc, typ)
	switch {
	case typ.Is(tftypes.Object{}):
		if members, ok := doc.(map[string]any); ok {
			return w.object(members, w.shape.known(t), typ.(tftypes.Object), prior, path)
		}
	case typ.Is(tftypes.Map{}):
		if members, ok := doc.(map[string]any); ok {
			return w.mapping(members, w.shape.known(t), typ.(tftypes.Map), prior, path)
		}
	case typ.Is(tftypes.List{}):
		if elements, ok := doc.([]any); ok {
			return w.list(elements, w.shape.known(t), typ.(tftypes.List), prior, path)
		}
	case typ.Is(tftypes.Number):
		if n, ok := doc.(json.Number); ok {
			return numberValue(n)
		}
	default:
		if err := tftypes.ValidateValue(typ, doc); err == nil {
			return tftypes.NewValue(typ, doc), nil
		}
	}
	return tftypes.Value{}, mismatch
}

func hasValue(v tftypes.Value) bool { return v.Type() != nil && v.IsKnown() && !v.IsNull() }

func (w *writer) object(doc map[string]any, t *schema.Type, typ tftypes.Object, prior tftypes.Value, path string) (tftypes.Value, error) {
	var before map[string]tftypes.Value
	if hasValue(prior) {
		if err := prior.As(&before); err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := make(map[string]tftypes.Value, len(typ.AttributeTypes))
	for attribute, inner := range typ.AttributeTypes {
		f, member := fieldOf(t, attribute), any(nil)
		if !f.Secret {
			member = doc[f.Name]
		}
		v, err := w.value(member, f.Type, inner, before[attribute], schema.Key(path, f.Name))
		if err != nil {
			return tftypes.Value{}, err
		}
		out[attribute] = v
	}
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		if t.Field(name) == nil {
			w.foreign = append(w.foreign, schema.Key(path, name))
		}
	}
	return tftypes.NewValue(typ, out), nil
}

func (w *writer) mapping(doc map[string]any, t *schema.Type, typ tftypes.Map, prior tftypes.Value, path string) (tftypes.Value, error) {
	var before map[string]tftypes.Value
	if hasValue(prior) {
		if err := prior.As(&before); err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := make(map[string]tftypes.Value, len(doc))
	for name, member := range doc {
		v, err := w.value(member, t.Elem, typ.ElementType, before[name], schema.Key(path, name))
		if err != nil {
			return tftypes.Value{}, err
		}
		out[name] = v
	}
	return tftypes.NewValue(typ, out), nil
}

func (w *writer) list(doc []any, t *schema.Type, typ tftypes.List, prior tftypes.Value, path string) (tftypes.Value, error) {
	var before []tftypes.Value
	if hasValue(prior) {
		if err := prior.As(&before); err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	out := make([]tftypes.Value, len(doc))
	for i, element := range doc {
		var was tftypes.Value
		if i < len(before) {
			was = before[i]
		}
		v, err := w.value(element, t.Elem, typ.ElementType, was, schema.Index(path, i))
		if err != nil {
			return tftypes.Value{}, err
		}
		out[i] = v
	}
	return tftypes.NewValue(typ, out), nil
}

// free converts a document to the value that the same HCL would have: objects
// and tuples.
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
