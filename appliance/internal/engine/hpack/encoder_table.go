// SPDX-License-Identifier: Apache-2.0

package hpack

// An encoderTable is an encoder's dynamic table (RFC 7541, section 2.3.2): a
// ring, and two hash tables over it. Entries are numbered in the order in which
// they entered; the one with number id is in slot id&mask. Nothing is removed
// from the hash tables: they lead from younger entries to older ones, and what
// is older than the oldest has been evicted.
type encoderTable struct {
	ring  []encoderEntry // as long as a power of two, or empty
	last  uint32         // the number of the youngest
	count uint32         // how many there are
	size  uint32         // in bytes (section 4.1)
	limit uint32

	pairs, names [1 << slotBits]uint32 // the youngest with a hash of that slot
}

const minRing = 16

type encoderEntry struct {
	name, value        string
	hash, nameHash     uint32
	nextPair, nextName uint32 // the next older one of the slot
}

func (e *encoderEntry) bytes() uint32 {
	return uint32(len(e.name) + len(e.value) + fieldOverhead)
}

// findPair returns the index of a field, 0 if it is not there.
func (t *encoderTable) findPair(hash uint32, name, value string) uint32 {
	id, after := t.pairs[slotOf(hash)], uint32(0)
	for {
		age := t.last - id
		if age >= t.count || age < after {
			return 0
		}
		e := t.slot(id)
		if e.hash == hash && e.value == value && e.name == name {
			return staticLen + 1 + age
		}
		id, after = e.nextPair, age+1
	}
}

// findName returns the index of the youngest field with a name, 0 if there is
// none.
func (t *encoderTable) findName(hash uint32, name string) uint32 {
	id, after := t.names[slotOf(hash)], uint32(0)
	for {
		age := t.last - id
		if age >= t.count || age < after {
			return 0
		}
		e := t.slot(id)
		if e.nameHash == hash && e.name == name {
			return staticLen + 1 + age
		}
		id, after = e.nextName, age+1
	}
}

func (t *encoderTable) slot(id uint32) *encoderEntry {
	return &t.ring[id&uint32(len(t.ring)-1)]
}

// fits reports whether a field is not larger than the table.
func (t *encoderTable) fits(name, value string) bool {
	return uint64(len(name))+uint64(len(value))+fieldOverhead <= uint64(t.limit)
}

// add adds a field that fits into the table, and evicts others for it (RFC 7541,
// section 4.4). It keeps a copy: the strings may be parts of a whole head of an
// HTTP/1.1 message, which a table must not keep alive.
func (t *encoderTable) add(hash, nameHash uint32, name, value string) {
	size := uint32(len(name) + len(value) + fieldOverhead)
	t.evict(t.limit - size)
	if int(t.count) == len(t.ring) {
		t.grow()
	}
	t.last++
	t.count++
	t.size += size
	pair, named := &t.pairs[slotOf(hash)], &t.names[slotOf(nameHash)]
	both := name + value
	*t.slot(t.last) = encoderEntry{both[:len(name)], both[len(name):], hash, nameHash, *pair, *named}
	*pair, *named = t.last, t.last
}

// evict evicts the oldest until there are at most that many bytes.
func (t *encoderTable) evict(most uint32) {
	for t.size > most {
		e := t.slot(t.last - t.count + 1)
		t.size -= e.bytes()
		t.count--
		e.name, e.value = "", ""
	}
}

func (t *encoderTable) grow() {
	old := *t
	t.ring = make([]encoderEntry, max(minRing, 2*len(old.ring)))
	for age := range t.count {
		*t.slot(t.last - age) = *old.slot(t.last - age)
	}
}

// resize sets how many bytes the table may have (RFC 7541, section 4.3).
func (t *encoderTable) resize(limit uint32) {
	t.limit = limit
	t.evict(limit)
}
