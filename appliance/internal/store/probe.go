// SPDX-License-Identifier: Apache-2.0

package store

import "context"

// A Prober is a Store that can say what writes would meet, without making
// them and without reading more than they touch. Whoever asks a store that is
// none falls back on List.
type Prober interface {
	// Probe answers a question at one revision.
	Probe(ctx context.Context, q Question) (Facts, error)
}

// A Question names what somebody wants to know of a store.
type Question struct {
	Objects   []Key    // do they exist?
	Claims    []string // who holds them?
	Referrers []Key    // who refers to them?
}

// Facts answer a Question. What is not in a map does not exist.
type Facts struct {
	Revision  int64
	Objects   map[Key]int64 // revisions
	Claims    map[string]Key
	Referrers map[Key][]Key
}
