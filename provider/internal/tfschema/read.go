// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

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

// Document converts a resource's configuration, plan or state. Nulls are left
// out; a null resource is the document null.
func (s *Shape) Document(v tftypes.Value) (*Document, error) {
	r := reader{shape: s}
	var doc any
	if hasValue(v) {
		object, err := r.resource(v)
		if err != nil {
			return nil, err
		}
		doc = object
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode the %s: %w", s.Kind.Name, err)
	}
	return &Document{JSON: b, Unknown: r.unknown}, nil
}

// hasValue reports whether a value is known, itself at least, and not null.
func hasValue(v tftypes.Value) bool { return v.Type() != nil && v.IsKnown() && !v.IsNull() }

// A reader turns Terraform values into what encoding/json would make of the
// document, numbers as json.Number.
type reader struct {
	shape   *Shape
	unknown []string
}

// resource converts the whole object, whose attributes bear Terraform's names.
func (r *reader) resource(v tftypes.Value) (map[string]any, error) {
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		return nil, fmt.Errorf("read the %s: %w", r.shape.Kind.Name, err)
	}
	out := make(map[string]any, len(attributes))
	for name, a := range attributes {
		f := r.shape.field(name)
		if f == nil {
			return nil, fmt.Errorf("read the %s: no field is behind the attribute %q", r.shape.Kind.Name, name)
		}
		value, err := r.value(a, f.Type, f.Name)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[f.Name] = value
		}
	}
	if only := r.shape.Kind.Singleton; only != "" && out["id"] == nil {
		out["id"] = only
	}
	if len(r.unknown) > 0 {
		out[incomplete] = true
	}
	return out, nil
}

// value converts what is inside an attribute. t is nil where no declaration
// knows the place.
func (r *reader) value(v tftypes.Value, t *schema.Type, path string) (any, error) {
	if !v.IsKnown() {
		r.unknown = append(r.unknown, path)
		return nil, nil
	}
	if v.IsNull() {
		return nil, nil
	}
	typ := v.Type()
	switch {
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		return r.object(v, r.shape.known(t), path)
	case typ.Is(tftypes.String), typ.Is(tftypes.Bool), typ.Is(tftypes.Number):
		return scalar(v, t)
	}
	return r.list(v, t, path)
}

// scalar converts as Terraform does for a typed attribute: "80" is a number,
// and 80 a text, where the declaration wants it. Terraform itself makes texts
// of numbers, as in a condition whose two objects differ in their members.
func scalar(v tftypes.Value, t *schema.Type) (any, error) {
	var s string
	switch typ := v.Type(); {
	case typ.Is(tftypes.String):
		if err := v.As(&s); err != nil {
			return nil, err
		}
		return unquoted(s, t), nil
	case typ.Is(tftypes.Bool):
		var b bool
		if err := v.As(&b); err != nil {
			return nil, err
		}
		if t != nil && t.Kind == schema.String {
			return strconv.FormatBool(b), nil
		}
		return b, nil
	}
	n := new(big.Float)
	if err := v.As(&n); err != nil {
		return nil, err
	}
	if t != nil && t.Kind == schema.String {
		return n.Text('f', -1), nil
	}
	return number(n), nil
}

// unquoted returns the number or truth that a text stands for, where one is
// declared, and otherwise the text.
func unquoted(s string, t *schema.Type) any {
	if t == nil {
		return s
	}
	switch t.Kind {
	case schema.Bool:
		if s == "true" || s == "false" {
			return s == "true"
		}
	case schema.Int, schema.Float:
		if json.Valid([]byte(s)) && strings.Trim(s, "+-.0123456789eE") == "" {
			return json.Number(s)
		}
	}
	return s
}

// number spells a number in the shortest way that keeps its value.
func number(n *big.Float) json.Number {
	if n.IsInt() {
		return json.Number(n.Text('f', 0))
	}
	return json.Number(n.Text('g', -1))
}

func (r *reader) object(v tftypes.Value, t *schema.Type, path string) (any, error) {
	var members map[string]tftypes.Value
	if err := v.As(&members); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	before := len(r.unknown)
	out := make(map[string]any, len(members))
	for name, m := range members {
		value, err := r.value(m, r.shape.member(t, name), schema.Key(path, name))
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
func (r *reader) list(v tftypes.Value, t *schema.Type, path string) (any, error) {
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := make([]any, len(elements))
	for i, e := range elements {
		value, err := r.value(e, elem(t), schema.Index(path, i))
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}
