// SPDX-License-Identifier: Apache-2.0

package client

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"

// A room is memory for bytes that have been read and not been taken. The zero
// room has none.
type room struct {
	small *sock.Small // what data is part of, if that is the room's own
	large *sock.Large
	data  []byte
	r, w  int  // what is not taken is between them
	full  bool // the last read filled it
}

// bytes returns what has not been taken.
func (m *room) bytes() []byte { return m.data[m.r:m.w] }

// space returns where to read to, at least one byte. It gets more memory or
// moves what is there if it has to.
func (m *room) space() []byte {
	if m.r == m.w && m.r > 0 {
		m.r, m.w = 0, 0
	}
	switch {
	case m.data == nil:
		m.small = sock.GetSmall()
		m.data = m.small[:]
	case m.w < len(m.data):
	case m.r > 0:
		m.w = copy(m.data, m.bytes())
		m.r = 0
	default:
		m.grow()
	}
	return m.data[m.w:]
}

// grow moves to larger memory. No line that a parser waits for the end of
// fills that.
func (m *room) grow() {
	large := sock.GetLarge()
	n := copy(large[:], m.bytes())
	m.free()
	*m = room{large: large, data: large[:], w: n}
}

// fit makes an empty room large if much comes, and small if not.
func (m *room) fit() {
	switch {
	case m.r < m.w:
	case m.full && m.large == nil:
		m.free()
		m.large = sock.GetLarge()
		m.data = m.large[:]
	case !m.full && m.large != nil:
		m.free()
	}
}

// free gives the memory back.
func (m *room) free() {
	if m.small != nil {
		sock.PutSmall(m.small)
	}
	if m.large != nil {
		sock.PutLarge(m.large)
	}
	*m = room{}
}
