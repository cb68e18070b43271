// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"encoding/json"
	"math/big"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// equal reports whether two documents of a type mean the same: durations and
// numbers by value, null members like missing ones. t is nil where no
// declaration knows the place.
func (s *Shape) equal(a, b any, t *schema.Type) bool {
	t = s.known(t)
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && s.covers(a, b, t) && s.covers(b, a, t)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !s.equal(a[i], b[i], elem(t)) {
				return false
			}
		}
		return true
	case string:
		b, ok := b.(string)
		return ok && (a == b || t != nil && t.Kind == schema.DurationKind && sameDuration(a, b))
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a, b)
	}
	return a == b
}

// covers reports whether every member of a is equal in b.
func (s *Shape) covers(a, b map[string]any, t *schema.Type) bool {
	for name, v := range a {
		if !s.equal(v, b[name], s.member(t, name)) {
			return false
		}
	}
	return true
}

func sameDuration(a, b string) bool {
	x, err := schema.ParseDuration(a)
	if err != nil {
		return false
	}
	y, err := schema.ParseDuration(b)
	return err == nil && x == y
}

func sameNumber(a, b json.Number) bool {
	x, _, errX := big.ParseFloat(string(a), 10, precision, big.ToNearestEven)
	y, _, errY := big.ParseFloat(string(b), 10, precision, big.ToNearestEven)
	return errX == nil && errY == nil && x.Cmp(y) == 0
}
