// SPDX-License-Identifier: Apache-2.0

package hpack

import "encoding/binary"

// peekBits is how many bits of a Huffman code are looked up at once: enough for
// two of the bytes that names and values mostly have.
const peekBits = 12

// huffmanPeek holds what the next bits mean: two bytes (or one, and anything),
// how many there are, and the lengths of the first code and of all in bits. It
// is 0 if the first code is longer than the bits.
var huffmanPeek = func() (table [1 << peekBits]uint32) {
	var single [1 << peekBits]uint32 // the byte, above it the length
	for b, code := range huffmanCodes {
		length := uint(huffmanLengths[b])
		if length > peekBits {
			continue
		}
		first := code << (peekBits - length)
		for i := range uint64(1) << (peekBits - length) {
			single[first+i] = uint32(b) | uint32(length)<<8
		}
	}
	for i, one := range single {
		if one == 0 {
			continue
		}
		length := one >> 8
		two := single[uint32(i)<<length%(1<<peekBits)]
		if both := length + two>>8; two != 0 && both <= peekBits {
			table[i] = one&0xff | two&0xff<<8 | 2<<16 | length<<20 | both<<24
		} else {
			table[i] = one&0xff | 1<<16 | length<<20 | length<<24
		}
	}
	return table
}()

// A longCode is what the codes of one length have in common.
type longCode struct {
	first, count uint32
	bytes        []byte // in the order of their codes
}

// longCodes holds the codes that are longer than peekBits.
var longCodes = func() (codes [maxCode + 1]longCode) {
	for b, code := range huffmanCodes {
		c := &codes[huffmanLengths[b]]
		if c.count == 0 {
			c.first = uint32(code)
		}
		c.count++
		c.bytes = append(c.bytes, byte(b))
	}
	return codes
}()

// longest decodes the code at the top of bits, which is longer than peekBits.
// The length is 0 for EOS.
func longest(bits uint64) (b byte, length uint) {
	for length = peekBits + 1; length <= maxCode; length++ {
		c := &longCodes[length]
		if i := uint32(bits>>(64-length)) - c.first; i < c.count {
			return c.bytes[i], length
		}
	}
	return 0, 0
}

// decodeHuffman decodes a string (RFC 7541, section 5.2) into buf, and returns
// its length and whether it has bytes with long codes: control characters are
// among those only. buf has place for two bytes more than the string may have.
func decodeHuffman(buf, p []byte) (w int, rare bool, err error) {
	var bits uint64 // those to come are at the top
	n := uint(0)    // how many they are
	for {
		if n < peekBits {
			bits, n, p = refill(bits, n, p)
			if n < peekBits {
				break
			}
		}
		if w+2 > len(buf) {
			return 0, false, ErrStringTooLong
		}
		e := huffmanPeek[bits>>(64-peekBits)]
		if e == 0 {
			bits, n, p = refill(bits, n, p)
			b, length := longest(bits)
			if length == 0 || length > n {
				return 0, false, ErrHuffman
			}
			buf[w] = b
			w++
			rare = true
			bits <<= length & 63
			n -= length
			continue
		}
		buf[w], buf[w+1] = byte(e), byte(e>>8)
		w += int(e >> 16 & 3)
		bits <<= e >> 24 & 63
		n -= uint(e >> 24)
	}
	for {
		e := huffmanPeek[bits>>(64-peekBits)]
		length := uint(e >> 20 & 15)
		if e == 0 || length > n {
			break
		}
		if w+2 > len(buf) {
			return 0, false, ErrStringTooLong
		}
		buf[w] = byte(e)
		w++
		bits <<= length & 63
		n -= length
	}
	if n > 7 || ^bits>>(64-n) != 0 {
		return 0, false, ErrHuffman
	}
	return w, rare, nil
}

// refill takes more bytes, while there is room for them.
func refill(bits uint64, n uint, p []byte) (uint64, uint, []byte) {
	if len(p) >= 8 {
		bits |= binary.BigEndian.Uint64(p) >> n
		take := (63 - n) / 8
		return bits, n + take*8, p[take:]
	}
	for n <= 56 && len(p) > 0 {
		bits |= uint64(p[0]) << (56 - n)
		n += 8
		p = p[1:]
	}
	return bits, n, p
}
