// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"hash/maphash"
	"iter"
	"maps"
)

// A directory maps names to values. It never changes; an edit makes another
// one, which shares the parts that stay, so that one credential more costs
// the same among ten and among a hundred thousand.
type directory[V any] struct {
	parts [directoryParts]map[string]V
}

const directoryParts = 256

var directorySeed = maphash.MakeSeed()

func partOf(name string) uint64 { return maphash.String(directorySeed, name) % directoryParts }

// find returns the value of a name, or the zero V.
func (d *directory[V]) find(name string) V { return d.parts[partOf(name)][name] }

// all yields the values in no order.
func (d *directory[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, part := range d.parts {
			for _, v := range part {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// A directoryEdit makes a directory out of another, once it is changed.
type directoryEdit[V any] struct {
	next  *directory[V]
	begun bool
	owned [directoryParts]bool // parts that nobody else has seen
}

// own returns the part of a name for changing.
func (e *directoryEdit[V]) own(name string) map[string]V {
	if !e.begun {
		next := *e.next
		e.next, e.begun = &next, true
	}
	i := partOf(name)
	if !e.owned[i] {
		e.owned[i] = true
		e.next.parts[i] = cloned(e.next.parts[i])
	}
	return e.next.parts[i]
}

func (e *directoryEdit[V]) set(name string, v V) { e.own(name)[name] = v }

func (e *directoryEdit[V]) remove(name string) {
	if _, ok := e.next.parts[partOf(name)][name]; ok {
		delete(e.own(name), name)
	}
}

func cloned[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return make(M)
	}
	return maps.Clone(m)
}
