// SPDX-License-Identifier: Apache-2.0

package hpack

import "encoding/binary"

// huffmanLengths holds the lengths of the codes in bits (RFC 7541, appendix B).
// The code is canonical: of two codes the longer one is larger, and of two of
// the same length that of the larger byte, so that the lengths are all there is
// to know. EOS, 30 bits, is the last one.
var huffmanLengths = [256]uint8{
	13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
	28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
	6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
	5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
	13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
	15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
	6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
	20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
	24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
	22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
	21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
	26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
	19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
	20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
	26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
}

const (
	minCode = 5
	maxCode = 30
)

// huffmanCodes holds for each byte its code, above eight bits for its length.
var huffmanCodes = func() (codes [256]uint64) {
	code := uint64(0)
	for length := uint8(minCode); length <= maxCode; length++ {
		for b, l := range huffmanLengths {
			if l == length {
				codes[b] = code<<8 | uint64(l)
				code++
			}
		}
		code <<= 1
	}
	return codes
}()

// huffmanSlack is how much longer than the string the buffer of appendHuffman
// is.
const huffmanSlack = 8

// encodeHuffman writes the Huffman code of a string (RFC 7541, section 5.2),
// and returns its length, or -1 if it is not shorter than the string: what is
// in buf is then worth nothing. buf is huffmanSlack longer than the string.
func encodeHuffman(buf []byte, s string) int {
	var bits uint64
	n, w := uint64(0), 0
	for i := range len(s) {
		code := huffmanCodes[s[i]]
		length := code & 0xff
		bits = bits<<(length&63) | code>>8
		if n += length; n >= 32 {
			if w > len(s) {
				return -1
			}
			n -= 32
			binary.BigEndian.PutUint32(buf[w:], uint32(bits>>(n&63)))
			w += 4
		}
	}
	end := w + int(n+7)/8
	if end >= len(s) {
		return -1
	}
	// The rest is filled up with bits of EOS: ones.
	binary.BigEndian.PutUint32(buf[w:], uint32(bits<<((32-n)&63))|(1<<(32-n)-1))
	return end
}

// huffmanLen returns the length of a string's Huffman code in bytes.
func huffmanLen(s string) int {
	n := 0
	for i := range len(s) {
		n += int(huffmanLengths[s[i]])
	}
	return (n + 7) / 8
}
