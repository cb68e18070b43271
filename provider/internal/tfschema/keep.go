// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"fmt"

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
	for attribute, v := range next {
		out[attribute] = v
		f, was := fieldOf(s.Kind.Type, attribute), before[attribute]
		if f == nil || !hasValue(v) || !hasValue(was) || !v.IsFullyKnown() {
			continue
		}
		r := reader{shape: s}
		doc, err := r.value(v, f.Type, f.Name, false)
		if err != nil {
			return planned, err
		}
		if s.same(doc, was, f.Type) {
			out[attribute] = was
		}
	}
	return tftypes.NewValue(planned.Type(), out), nil
}

// same reports whether a known value means what a document says.
func (s *Shape) same(doc any, v tftypes.Value, t *schema.Type) bool {
	if !v.IsFullyKnown() {
		return false
	}
	r := reader{shape: s}
	mine, err := r.value(v, t, "", false)
	return err == nil && s.equal(mine, doc, t)
}
