// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"hash/maphash"
	"maps"
)

// A directory finds consumers by name. It never changes; an edit makes
// another one, which shares the parts that stay, so that one credential more
// costs the same among ten and among a hundred thousand.
type directory struct {
	parts [directoryParts]map[string]*consumer
}

const directoryParts = 256

var directorySeed = maphash.MakeSeed()

func partOf(name string) uint64 { return maphash.String(directorySeed, name) % directoryParts }

// find returns the consumer of a name, or nil.
func (d *directory) find(name string) *consumer { return d.parts[partOf(name)][name] }

// A directoryEdit makes a directory out of another.
type directoryEdit struct {
	next  *directory
	owned [directoryParts]bool // parts that nobody else has seen
}

func (d *directory) edit() *directoryEdit {
	next := *d
	return &directoryEdit{next: &next}
}

// own returns the part of a name for changing.
func (e *directoryEdit) own(name string) map[string]*consumer {
	i := partOf(name)
	if !e.owned[i] {
		e.owned[i] = true
		e.next.parts[i] = cloned(e.next.parts[i])
	}
	return e.next.parts[i]
}

func (e *directoryEdit) set(name string, c *consumer) { e.own(name)[name] = c }

func (e *directoryEdit) remove(name string) {
	if e.next.find(name) != nil {
		delete(e.own(name), name)
	}
}

func cloned[M ~map[K]V, K comparable, V any](m M) M {
	if m == nil {
		return make(M)
	}
	return maps.Clone(m)
}
