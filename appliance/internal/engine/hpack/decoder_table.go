// SPDX-License-Identifier: Apache-2.0

package hpack

// A decoderTable is a decoder's dynamic table (RFC 7541, section 2.3.2): a ring,
// with the entry that entered as number id in slot id&mask.
type decoderTable struct {
	ring  []Field // as long as a power of two, or empty
	last  uint32  // the number of the youngest
	count uint32  // how many there are
	size  uint32  // in bytes (section 4.1)
	limit uint32  // what the peer has chosen
	most  uint32  // what it may choose
}

// find returns the field with an index in either table, nil if there is none.
// The field does not outlive the next one that enters.
func (t *decoderTable) find(index uint32) *Field {
	if index-1 < staticLen {
		return &static[index-1]
	}
	if age := index - staticLen - 1; age < t.count {
		return t.slot(t.last - age)
	}
	return nil
}

func (t *decoderTable) slot(id uint32) *Field {
	return &t.ring[id&uint32(len(t.ring)-1)]
}

// add adds a field, and evicts others for it: all, if it does not fit (RFC 7541,
// section 4.4).
func (t *decoderTable) add(f *Field) {
	size := f.Size()
	if size > int(t.limit) {
		t.evict(0)
		return
	}
	t.evict(t.limit - uint32(size))
	if int(t.count) == len(t.ring) {
		t.grow()
	}
	t.last++
	t.count++
	t.size += uint32(size)
	*t.slot(t.last) = *f
}

// evict evicts the oldest until there are at most that many bytes.
func (t *decoderTable) evict(most uint32) {
	for t.size > most {
		f := t.slot(t.last - t.count + 1)
		t.size -= uint32(f.Size())
		t.count--
		*f = Field{}
	}
}

func (t *decoderTable) grow() {
	old := *t
	t.ring = make([]Field, max(minRing, 2*len(old.ring)))
	for age := range t.count {
		*t.slot(t.last - age) = *old.slot(t.last - age)
	}
}

// resize sets how many bytes the table may have (RFC 7541, section 4.3).
func (t *decoderTable) resize(limit uint32) {
	t.limit = limit
	t.evict(limit)
}
