// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Keep returns the planned value with each attribute that means what it meant
// before spelled as before, so that another spelling is no change. Terraform
// allows a provider to keep a prior value; it does so for whole attributes.
func (s *Shape) Keep(planned, prior tftypes.Value) (tftypes.Value, error) {
	if !hasValue(planned) || !hasValue(prior) {
		return planned, nil
	}
	var next, before map[string]tftypes.Value
	if err := planned.As(&next); err != nil {
		return planned, fmt.Errorf("read the plan: %w", err)
	}
	if err := prior.As(&before); err != nil {
		return planned, fmt.Errorf("read the state: %w", err)
	}
	out := make(map[string]tftypes.Value, len(next))
	for name, v := range next {
		out[name] = v
		f, was := s.field(name), before[name]
		if f == nil || !hasValue(v) || !hasValue(was) || !v.IsFullyKnown() {
			continue
		}
		r := reader{shape: s}
		doc, err := r.value(v, f.Type, f.Name)
		if err != nil {
			return planned, err
		}
		if s.same(doc, was, f) {
			out[name] = was
		}
	}
	return tftypes.NewValue(planned.Type(), out), nil
}

// same reports whether an attribute's value is known and means what a document
// says of its field.
func (s *Shape) same(doc any, v tftypes.Value, f *schema.Field) bool {
	r := reader{shape: s}
	mine, err := r.value(v, f.Type, f.Name)
	return err == nil && len(r.unknown) == 0 && s.equal(mine, doc, f.Type)
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
