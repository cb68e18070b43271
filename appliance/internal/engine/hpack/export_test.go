// SPDX-License-Identifier: Apache-2.0

package hpack

// TableSize returns the size of the dynamic table, in bytes.
func (e *Encoder) TableSize() int { return int(e.table.size) }

// TableSize returns the size of the dynamic table, in bytes.
func (d *Decoder) TableSize() int { return int(d.table.size) }

// Slots returns for how many entries each table has room.
func (e *Encoder) Slots() int { return len(e.table.ring) }

// Slots returns for how many entries each table has room.
func (d *Decoder) Slots() int { return len(d.table.ring) }

// Renumber gives the next entry of an empty table another number.
func (e *Encoder) Renumber(n uint32) { e.table.last = n }

// Kept returns the bytes of the decoder's buffers.
func (d *Decoder) Kept() int { return cap(d.rest) + cap(d.scratch) }

// Remembers reports whether a string is among the recent ones.
func (d *Decoder) Remembers(text string) bool {
	if d.recent.strings == nil {
		return false
	}
	for _, e := range d.recent.strings {
		if e.text == text {
			return true
		}
	}
	return false
}

// Exported for tests.
var (
	AppendInt     = appendInt
	ReadInt       = readInt
	StaticSlot    = staticSlot
	FindStatic    = findStatic
	AppendString  = appendString
	DecodeHuffman = decodeHuffman
	HashBytes     = hashBytes
	HashString    = hashString
	StaticTable   = static
)

// Huffman encodes a string, or returns nil if that is not shorter.
func Huffman(s string) []byte {
	buf := make([]byte, len(s)+huffmanSlack)
	n := encodeHuffman(buf, s)
	if n < 0 {
		return nil
	}
	if n != huffmanLen(s) {
		panic("the length of a code")
	}
	return buf[:n]
}

// Unhuffman decodes a string.
func Unhuffman(p []byte) (string, error) {
	buf := make([]byte, len(p)*8/minCode+2)
	n, _, err := decodeHuffman(buf, p)
	return string(buf[:n]), err
}
