// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A table knows what a map would know, whatever ids the peer picks.
func TestTable(t *testing.T) {
	for name, next := range map[string]func(last uint32) uint32{
		"one after the other": func(last uint32) uint32 { return last + 2 },
		"at random":           func(last uint32) uint32 { return last + 2*(1+rand.Uint32N(1000)) },
		"in one place":        func(last uint32) uint32 { return last + 4096 },
	} {
		t.Run(name, func(t *testing.T) {
			var have table
			want := make(map[uint32]*stream)
			var ids []uint32
			last := uint32(1)
			for step := range 20000 {
				if grows := step/500%2 == 0; len(ids) == 0 || rand.IntN(10) < 7 == grows {
					s := &stream{id: last}
					ids = append(ids, last)
					want[last] = s
					have.add(s)
					last = next(last)
				} else {
					i := rand.IntN(len(ids))
					id := ids[i]
					ids = slices.Delete(ids, i, i+1)
					have.remove(want[id])
					delete(want, id)
					if have.get(id) != nil {
						t.Fatalf("%d is still there", id)
					}
				}
				if have.len() != len(want) {
					t.Fatalf("%d streams, want %d", have.len(), len(want))
				}
				if len(ids) > 0 {
					if id := ids[rand.IntN(len(ids))]; have.get(id) != want[id] {
						t.Fatalf("%d is not found", id)
					}
				}
			}
			n := 0
			for s := range have.all() {
				if n++; want[s.id] != s {
					t.Errorf("%d is yielded", s.id)
				}
			}
			if n != len(want) {
				t.Errorf("%d streams are yielded of %d", n, len(want))
			}
			for _, s := range want {
				have.remove(s)
			}
			if have.len() != 0 || len(have.slots) > fewSlots {
				t.Errorf("%d streams, %d slots", have.len(), len(have.slots))
			}
		})
	}
}
