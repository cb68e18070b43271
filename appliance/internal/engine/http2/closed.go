// SPDX-License-Identifier: Apache-2.0

package http2

// remembered is how many closed streams a connection knows.
const remembered = 128

// A history knows which streams were closed last, and by whom: what was under
// way when we reset one is ignored (RFC 9113, section 5.1).
type history struct {
	ids  []uint32 // the id and, as the highest bit, whether we reset the stream
	next int
}

const byUs = 1 << 31

func (h *history) add(id uint32, reset bool) {
	if reset {
		id |= byUs
	}
	if len(h.ids) < remembered {
		h.ids = append(h.ids, id)
		return
	}
	h.ids[h.next] = id
	h.next = (h.next + 1) % remembered
}

// find reports whether a stream is known to be closed, and whether we reset it.
func (h *history) find(id uint32) (known, reset bool) {
	for _, have := range h.ids {
		if have&^byUs == id {
			known, reset = true, reset || have&byUs != 0
		}
	}
	return known, reset
}

// full reports whether streams have been forgotten.
func (h *history) full() bool { return len(h.ids) == remembered }
