// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// incomplete is put into the objects of a document that hold something not
// known yet. No declaration has such a field, so the decoder refuses the
// object, and thereby does not judge by rules across fields what is not all
// there; the refusal itself is dropped by Check. Nothing that has one is sent.
const incomplete = "\x00incomplete"

// A Document is a Terraform value as the JSON that the Admin API takes.
type Document struct {
	JSON    []byte
	Unknown []string // paths of what is left out because it is not known yet
}

// Document converts a resource's configuration, plan or state. Nulls are left out.
func (s *Shape) Document(v tftypes.Value) (*Document, error) {
	r := reader{shape: s}
	value, err := r.value(v, s.Kind.Type, "", false)
	if err != nil {
		return nil, err
	}
	if object, ok := value.(map[string]any); ok && s.Kind.Singleton != "" && object["id"] == nil {
		object["id"] = s.Kind.Singleton
	}
	b, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode the %s: %w", s.Kind.Name, err)
	}
	return &Document{JSON: b, Unknown: r.unknown}, nil
}

// A reader turns Terraform values into what encoding/json would make of the
// document, numbers as json.Number.
type reader struct {
	shape   *Shape
	unknown []string
}

// value converts one value. t is nil where no declaration knows the place;
// free says that the value comes from a dynamic attribute, whose members bear
// the document's own names.
func (r *reader) value(v tftypes.Value, t *schema.Type, path string, free bool) (any, error) {
	if !v.IsKnown() {
		r.unknown = append(r.unknown, path)
		return nil, nil
	}
	if v.IsNull() {
		return nil, nil
	}
	if t != nil {
		free = free || r.shape.dynamic(t)
		t = r.shape.known(t)
	}
	typ := v.Type()
	switch {
	case typ.Is(tftypes.String):
		var s string
		err := v.As(&s)
		return s, err
	case typ.Is(tftypes.Bool):
		var b bool
		err := v.As(&b)
		return b, err
	case typ.Is(tftypes.Number):
		n := new(big.Float)
		err := v.As(&n)
		return number(n), err
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		return r.object(v, t, path, free)
	}
	return r.list(v, t, path, free)
}

// number spells a number in the shortest way that keeps its value.
func number(n *big.Float) json.Number {
	if n.IsInt() {
		return json.Number(n.Text('f', 0))
	}
	return json.Number(n.Text('g', -1))
}

func (r *reader) object(v tftypes.Value, t *schema.Type, path string, free bool) (any, error) {
	var members map[string]tftypes.Value
	if err := v.As(&members); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	before := len(r.unknown)
	out := make(map[string]any, len(members))
	for attribute, m := range members {
		name, inner := attribute, r.shape.member(t, attribute)
		if !free && t != nil && t.Kind == schema.Object {
			f := fieldOf(t, attribute)
			if f == nil {
				return nil, fmt.Errorf("%s: no field is behind the attribute %q", path, attribute)
			}
			name, inner = f.Name, f.Type
		}
		value, err := r.value(m, inner, schema.Key(path, name), free)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[name] = value
		}
	}
	if len(r.unknown) > before && (t == nil || t.Kind == schema.Object) {
		out[incomplete] = true
	}
	return out, nil
}

// list keeps a place for what is not known, so that other elements keep theirs.
func (r *reader) list(v tftypes.Value, t *schema.Type, path string, free bool) (any, error) {
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := make([]any, len(elements))
	for i, e := range elements {
		value, err := r.value(e, elem(t), schema.Index(path, i), free)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}
