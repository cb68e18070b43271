// SPDX-License-Identifier: Apache-2.0

package balance

import (
	"cmp"
	"math"
	"slices"
)

// hashTable is consistent hashing by rejection. Targets own cells of a sparse
// table, as many as their weights are units, and a hash is tried in one random
// cell after the other until one is owned. A last cell that is less than a
// unit takes that part of the hashes that come to it, so that shares are the
// weights without rounding. A target that leaves makes its cells empty: its
// hashes go on to the cells that are next for each of them, to all others by
// weight, and no other hash moves.
//
// A cell is the first free one in a sequence of the target's own, in the order
// of seeds; the last ones come after all others, the greatest first, so that a
// light target that joins takes no cell from a heavier one. So where a target has lost a cell to one that leaves, it moves
// there, and the hashes of the cell that it gives up move, too. That adds a
// tenth to the ideal in the fullest tables (1 cell in 6 is owned), and less in
// others. Targets of mean weight own several cells, so that none has bad luck
// with all of them.
//
// The number of cells grows in steps of 4 (with more than 256, 1,024 or 4,096
// targets) and so does the unit (with a mean weight of more than 1.4, 5.7, 22.6
// or 90.5, which are not the weights that one would give to all targets), so
// that most changes leave them as they are. A change across a step moves most
// hashes, as one between [rendezvous] and a table does.
type hashTable struct {
	cells []uint32 // a target's index + 1, and whether the cell is its last; 0: empty
	parts []uint64 // how much of its last cell each target owns, of 2^64
	bits  uint     // cells are 2^bits
}

// last is the bit of a cell that is owned in part.
const last = 1 << 31

// tries is after how many cells a hash is given up. Of the emptiest tables,
// that happens to one hash in 50,000; otherwise when most targets are skipped.
const tries = 1024

func newHashTable(set []Target, seeds []seed) *hashTable {
	t := &hashTable{bits: 14, parts: make([]uint64, len(set))}
	for 1<<t.bits < 64*len(set) {
		t.bits += 2
	}
	t.cells = make([]uint32, 1<<t.bits)
	sum := 0.0
	for _, target := range set {
		sum += target.Weight
	}
	mean := sum / float64(len(set))
	// The mean weight is 2.8 to 11.3 units.
	unit := math.Exp2(-1 + 2*math.Floor((math.Log2(mean)-0.5)/2))
	partial := make([]seed, 0, len(seeds)) // where to go on for the last cells
	for _, s := range seeds {
		whole, part := math.Modf(set[s.target].Weight / unit)
		for range int(whole) {
			s.number = t.place(s.number, uint32(s.target)+1)
		}
		if t.parts[s.target] = uint64(part * (1 << 64)); t.parts[s.target] > 0 {
			partial = append(partial, s)
		}
	}
	slices.SortStableFunc(partial, func(a, b seed) int { return cmp.Compare(t.parts[b.target], t.parts[a.target]) })
	for _, s := range partial {
		t.place(s.number, (uint32(s.target)+1)|last)
	}
	return t
}

// place puts content into a free cell, and returns the number to go on with.
// At most a quarter of the cells are ever taken.
func (t *hashTable) place(number uint64, content uint32) uint64 {
	for {
		number += golden
		if cell := &t.cells[mix(number)>>(64-t.bits)]; *cell == 0 {
			*cell = content
			return number
		}
	}
}

// pick returns the target that takes the hash, or -1 if it was given up.
func (t *hashTable) pick(hash uint64, q *Question) int {
	for range tries {
		hash += golden
		x := mix(hash)
		cell := t.cells[x>>(64-t.bits)]
		if cell == 0 {
			continue
		}
		i := int(cell&^last) - 1
		if cell&last != 0 && x<<t.bits >= t.parts[i] {
			continue
		}
		if !q.skips(i) {
			return i
		}
	}
	return -1
}
