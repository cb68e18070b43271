// SPDX-License-Identifier: Apache-2.0

package hpack

import "slices"

// An Index says whether a field may enter the dynamic table.
type Index uint8

const (
	// Indexed: the field enters the table, if it fits (RFC 7541, section 6.2.1).
	Indexed Index = iota
	// Unindexed: the value is not likely to come again (section 6.2.2).
	Unindexed
	// NameIndexed: the value is not likely to come again, but the name is. The
	// field enters the table if no other with its name is there, so that the next
	// ones need not spell the name.
	NameIndexed
	// Never: the value is a secret. It enters no table on its way, and is not
	// looked for in one (sections 6.2.3 and 7.1.3).
	Never
)

// The representations of fields (RFC 7541, section 6).
const (
	indexedField   = 0x80 // and seven bits
	literalIndexed = 0x40 // and six
	sizeUpdate     = 0x20 // and five
	literalNever   = 0x10 // and four
	literal        = 0x00 // and four
)

// maxEncoderTable is the largest table that an encoder uses, in bytes, however
// much the peer allows.
const maxEncoderTable = 4096

// Overhead is how many bytes AppendField needs at most beside a name and a
// value: with room for them and Overhead it does not allocate a buffer.
const Overhead = 32

// An Encoder encodes the field sections of one direction of a connection. Init
// comes first.
type Encoder struct {
	table   encoderTable
	changed bool   // the peer has to be told of the table's size
	least   uint32 // the smallest size since it was told
}

// Init prepares the encoder for a peer that allows tables of that many bytes:
// 4096 before its settings have come.
func (e *Encoder) Init(maxTable uint32) {
	*e = Encoder{}
	e.table.limit = maxEncoderTable
	if maxTable < maxEncoderTable {
		e.SetMaxTableSize(maxTable)
	}
}

// SetMaxTableSize takes the peer's SETTINGS_HEADER_TABLE_SIZE, in bytes. It must
// not be called within a section. The next section begins by saying which size
// is used now, at most 4096 (RFC 7541, sections 4.2 and 6.3).
//
// If the table has been smaller in between, the section says so before, and
// that it was empty if that is what the peer's decoder needs: some take a
// second update for a late one while their table has entries.
func (e *Encoder) SetMaxTableSize(n uint32) {
	n = min(n, maxEncoderTable)
	if !e.changed {
		if n == e.table.limit {
			return
		}
		e.changed, e.least = true, e.table.limit
	}
	e.least = min(e.least, n)
	e.table.resize(n)
	if e.least < n && e.table.count > 0 {
		e.least = 0
		e.table.resize(0)
		e.table.limit = n
	}
}

// AppendField appends a field of the current section (RFC 7541, section 6). The
// name is in small letters. Neither is checked.
func (e *Encoder) AppendField(dst []byte, name, value string, index Index) []byte {
	if e.changed {
		dst = e.appendSize(dst)
	}
	if index == Indexed && inDynamic(name, value) {
		return e.appendIndexed(dst, 0, name, value)
	}
	at, pair := findStatic(name, value)
	if pair && index != Never {
		return append(dst, indexedField|byte(at))
	}
	if index == Indexed {
		return e.appendIndexed(dst, at, name, value)
	}
	kind, prefix := byte(literal), uint(4)
	if index == Never {
		kind = literalNever
	}
	if at == 0 {
		hash := hashString(name)
		at = e.table.findName(hash, name)
		if at == 0 && index == NameIndexed && e.table.fits(name, value) {
			kind, prefix = literalIndexed, 6
			e.table.add(pairHash(hash, value), hash, name, value)
		}
	}
	return appendLiteral(dst, kind, prefix, at, name, value)
}

// inDynamic reports whether a field cannot be in the static table as a whole:
// there, only names of a few have values.
func inDynamic(name, value string) bool {
	return value != "" && name != "" && name[0] != ':' && len(name) != len("accept-encoding")
}

func pairHash(name uint32, value string) uint32 { return name*31 + hashString(value) }

// appendIndexed appends a field that is in the dynamic table, or enters it if it
// fits. at is the index of its name in the static table, 0 if that is not known.
func (e *Encoder) appendIndexed(dst []byte, at uint32, name, value string) []byte {
	names := hashString(name)
	hash := pairHash(names, value)
	if i := e.table.findPair(hash, name, value); i > 0 {
		if i < 0x7f {
			return append(dst, indexedField|byte(i))
		}
		return appendInt(dst, indexedField, 7, i)
	}
	if at == 0 {
		at, _ = findStatic(name, value)
	}
	if at == 0 {
		at = e.table.findName(names, name)
	}
	kind, prefix := byte(literal), uint(4)
	if e.table.fits(name, value) {
		kind, prefix = literalIndexed, 6
		e.table.add(hash, names, name, value)
	}
	return appendLiteral(dst, kind, prefix, at, name, value)
}

// appendSize appends the updates of the table's size.
func (e *Encoder) appendSize(dst []byte) []byte {
	e.changed = false
	if e.least < e.table.limit {
		dst = appendInt(dst, sizeUpdate, 5, e.least)
	}
	return appendInt(dst, sizeUpdate, 5, e.table.limit)
}

// appendLiteral appends a field as a literal, with the index of its name or 0.
func appendLiteral(dst []byte, kind byte, prefix uint, at uint32, name, value string) []byte {
	dst = appendInt(dst, kind, prefix, at)
	if at == 0 {
		dst = appendString(dst, name)
	}
	return appendString(dst, value)
}

// huffmanCoded marks a string as Huffman-coded, beside seven bits of its length
// (RFC 7541, section 5.2).
const huffmanCoded = 0x80

// appendString appends a string, Huffman-coded if that is shorter.
func appendString(dst []byte, s string) []byte {
	if len(s) >= 0x7f {
		return appendLong(dst, s)
	}
	at := len(dst)
	dst = slices.Grow(dst, 1+len(s)+huffmanSlack)
	if n := encodeHuffman(dst[at+1:at+1+len(s)+huffmanSlack], s); n >= 0 {
		dst = dst[:at+1+n]
		dst[at] = huffmanCoded | byte(n)
		return dst
	}
	dst = append(dst, byte(len(s)))
	return append(dst, s...)
}

// appendLong appends a string whose length may need more than one byte.
func appendLong(dst []byte, s string) []byte {
	n := huffmanLen(s)
	if n >= len(s) {
		return append(appendInt(dst, 0, 7, uint32(len(s))), s...)
	}
	dst = appendInt(dst, huffmanCoded, 7, uint32(n))
	at := len(dst)
	dst = slices.Grow(dst, len(s)+huffmanSlack)
	encodeHuffman(dst[at:at+len(s)+huffmanSlack], s)
	return dst[:at+n]
}
