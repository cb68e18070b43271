// SPDX-License-Identifier: Apache-2.0

package http2

import "iter"

// A table finds streams by their ids. Those of one connection count up by two,
// so that each has a place of its own in it, most of the time. A peer that picks
// ids which share one makes it look at all the streams that it may have open.
type table struct {
	slots []*stream // a power of two, at least half of them free
	n     int
}

// fewSlots is how many a table has at least, if any.
const fewSlots = 8

func (t *table) len() int { return t.n }

// slot is where a stream is looked for first.
func (t *table) slot(id uint32) int { return int(id>>1) & (len(t.slots) - 1) }

// get returns a stream, nil if it is not there.
func (t *table) get(id uint32) *stream {
	if t.n == 0 {
		return nil
	}
	for i := t.slot(id); t.slots[i] != nil; i = (i + 1) & (len(t.slots) - 1) {
		if t.slots[i].id == id {
			return t.slots[i]
		}
	}
	return nil
}

// add puts a stream in that is not there.
func (t *table) add(s *stream) {
	if 2*(t.n+1) > len(t.slots) {
		old := t.slots
		t.slots = make([]*stream, max(fewSlots, 2*len(old)))
		for _, s := range old {
			if s != nil {
				t.put(s)
			}
		}
	}
	t.put(s)
	t.n++
}

func (t *table) put(s *stream) {
	i := t.slot(s.id)
	for t.slots[i] != nil {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = s
}

// remove takes a stream out that is there. An empty table holds little memory.
func (t *table) remove(s *stream) {
	t.n--
	mask := len(t.slots) - 1
	free := t.slot(s.id)
	for t.slots[free] != s {
		free = (free + 1) & mask
	}
	t.slots[free] = nil
	for i := (free + 1) & mask; t.slots[i] != nil; i = (i + 1) & mask {
		// What is behind moves up unless its own place is behind the free one.
		if (i-t.slot(t.slots[i].id))&mask >= (i-free)&mask {
			t.slots[free], t.slots[i] = t.slots[i], nil
			free = i
		}
	}
	if t.n == 0 && len(t.slots) > fewSlots {
		t.slots = nil
	}
}

// all yields the streams in no order. The table must not be changed meanwhile.
func (t *table) all() iter.Seq[*stream] {
	return func(yield func(*stream) bool) {
		for _, s := range t.slots {
			if s != nil && !yield(s) {
				return
			}
		}
	}
}
