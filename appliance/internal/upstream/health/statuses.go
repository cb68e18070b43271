// SPDX-License-Identifier: Apache-2.0

package health

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// statuses is a set of HTTP statuses, a bit for each.
type statuses [10]uint64

// statusesOf returns the statuses in the ranges, or else those in the default.
func statusesOf(ranges []api.StatusRange, otherwise api.StatusRange) (s statuses) {
	if len(ranges) == 0 {
		ranges = []api.StatusRange{otherwise}
	}
	for _, r := range ranges {
		first, last := r.Bounds()
		for status := max(first, 0); status <= min(last, len(s)*64-1); status++ {
			s[status/64] |= 1 << (status % 64)
		}
	}
	return s
}

// has reports whether a status is in the set.
func (s *statuses) has(status int) bool {
	return 0 <= status && status < len(s)*64 && s[status/64]&(1<<(status%64)) != 0
}

// spelled returns what people call the statuses in the ranges.
func spelled(ranges []api.StatusRange, otherwise api.StatusRange) string {
	if len(ranges) == 0 {
		return string(otherwise)
	}
	all := make([]string, len(ranges))
	for i, r := range ranges {
		all[i] = string(r)
	}
	return strings.Join(all, ", ")
}
