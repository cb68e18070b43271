// SPDX-License-Identifier: Apache-2.0

package upstream

// A Balancer chooses among the targets of a pool. It is called by many
// requests at once.
type Balancer interface {
	// Pick returns a target that is not in exclude, or nil if there is none.
	Pick(exclude []*Target) *Target
}
