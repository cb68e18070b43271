// SPDX-License-Identifier: Apache-2.0

package router

import "math/bits"

// A table is an immutable map from strings to values: a trie over the bits of
// the keys' hashes, six to a level (Bagwell's hash array mapped trie). A
// change copies the few branches above the key and shares the rest.
type table[V any] struct {
	root *branch[V]
	len  int
}

// An edit is one call that makes a new router. Branches that it made itself
// nobody else has seen, so it changes them in place.
type edit struct{ _ byte }

type branch[V any] struct {
	owner *edit
	used  uint64    // which of the 64 places are taken
	slots []slot[V] // of the places taken, in order; below lastLevel any number, in no order
}

// A slot holds a key and its value, or a branch.
type slot[V any] struct {
	below *branch[V]
	key   string
	hash  uint64
	value V
}

const (
	levelBits = 6
	lastLevel = 60 // here and below the hash has no bits left that tell keys apart
)

// place returns where a hash stands in the branch, and whether something is there.
func (b *branch[V]) place(hash uint64, shift uint) (i int, bit uint64, taken bool) {
	bit = 1 << (hash >> shift & (1<<levelBits - 1))
	return bits.OnesCount64(b.used & (bit - 1)), bit, b.used&bit != 0
}

// get returns the value of a key.
func (t table[V]) get(hash uint64, key string) (value V, ok bool) {
	b := t.root
	for shift := uint(0); b != nil; shift += levelBits {
		if shift >= lastLevel {
			if i := b.find(key); i >= 0 {
				return b.slots[i].value, true
			}
			return value, false
		}
		i, _, taken := b.place(hash, shift)
		if !taken {
			return value, false
		}
		s := &b.slots[i]
		if s.below == nil {
			if s.hash == hash && s.key == key {
				return s.value, true
			}
			return value, false
		}
		b = s.below
	}
	return value, false
}

// find looks through a branch of keys whose hashes are the same.
func (b *branch[V]) find(key string) int {
	for i := range b.slots {
		if b.slots[i].key == key {
			return i
		}
	}
	return -1
}

// with returns the table with a key set.
func (t table[V]) with(e *edit, hash uint64, key string, value V) table[V] {
	s := slot[V]{key: key, hash: hash, value: value}
	root, added := t.root.with(e, 0, s)
	t.root = root
	if added {
		t.len++
	}
	return t
}

func (b *branch[V]) with(e *edit, shift uint, s slot[V]) (_ *branch[V], added bool) {
	if b == nil {
		b = &branch[V]{owner: e}
	}
	if shift >= lastLevel {
		if i := b.find(s.key); i >= 0 {
			b = b.own(e, 0)
			b.slots[i] = s
			return b, false
		}
		b = b.own(e, 1)
		b.slots = append(b.slots, s)
		return b, true
	}
	i, bit, taken := b.place(s.hash, shift)
	if !taken {
		b = b.own(e, 1)
		b.used |= bit
		b.slots = append(b.slots, slot[V]{})
		copy(b.slots[i+1:], b.slots[i:])
		b.slots[i] = s
		return b, true
	}
	b = b.own(e, 0)
	old := &b.slots[i]
	switch {
	case old.below != nil:
		old.below, added = old.below.with(e, shift+levelBits, s)
	case old.hash == s.hash && old.key == s.key:
		*old = s
	default:
		below, _ := (*branch[V])(nil).with(e, shift+levelBits, *old)
		below, added = below.with(e, shift+levelBits, s)
		*old = slot[V]{below: below}
	}
	return b, added
}

// without returns the table without a key.
func (t table[V]) without(e *edit, hash uint64, key string) table[V] {
	if _, ok := t.get(hash, key); !ok {
		return t
	}
	return table[V]{t.root.without(e, 0, hash, key), t.len - 1}
}

// without removes a key that is there; nil is a branch without keys.
func (b *branch[V]) without(e *edit, shift uint, hash uint64, key string) *branch[V] {
	i, bit := b.find(key), uint64(0)
	if shift < lastLevel {
		i, bit, _ = b.place(hash, shift)
		if below := b.slots[i].below; below != nil {
			below = below.without(e, shift+levelBits, hash, key)
			b = b.own(e, 0)
			if len(below.slots) == 1 && below.slots[0].below == nil {
				b.slots[i] = below.slots[0] // alone again: it needs no branch
			} else {
				b.slots[i].below = below
			}
			return b
		}
	}
	if len(b.slots) == 1 {
		return nil
	}
	b = b.own(e, 0)
	b.used &^= bit
	copy(b.slots[i:], b.slots[i+1:])
	b.slots[len(b.slots)-1] = slot[V]{}
	b.slots = b.slots[:len(b.slots)-1]
	return b
}

// own returns the branch if the edit made it, or else a copy that has room
// for more slots.
func (b *branch[V]) own(e *edit, more int) *branch[V] {
	if b.owner == e {
		return b
	}
	slots := make([]slot[V], len(b.slots), len(b.slots)+more)
	copy(slots, b.slots)
	return &branch[V]{owner: e, used: b.used, slots: slots}
}
