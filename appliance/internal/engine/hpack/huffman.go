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

// huffmanCodes holds the code of each byte.
var huffmanCodes = func() (codes [256]uint64) {
	code := uint64(0)
	for length := uint8(minCode); length <= maxCode; length++ {
		for b, l := range huffmanLengths {
			if l == length {
				codes[b] = code
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
	var bits uint64 // those to write are at the top
	n, w, most := uint(0), 0, len(s)
	for len(s) > 0 {
		code, length := huffmanCodes[s[0]], uint(huffmanLengths[s[0]])
		some := 1
		if len(s) >= 4 { // four at once, mostly
			length1, length2, length3 := uint(huffmanLengths[s[1]]), uint(huffmanLengths[s[2]]), uint(huffmanLengths[s[3]])
			if all := length + length1 + length2 + length3; all <= 56 {
				code = code<<(length1&63) | huffmanCodes[s[1]]
				code = code<<(length2&63) | huffmanCodes[s[2]]
				code = code<<(length3&63) | huffmanCodes[s[3]]
				length, some = all, 4
			}
		}
		s = s[some:]
		if w > most {
			return -1
		}
		n += length
		bits |= code << (-n & 63)
		binary.BigEndian.PutUint64(buf[w:], bits)
		w += int(n / 8)
		bits <<= n & 56
		n %= 8
	}
	if n > 0 {
		if w >= most {
			return -1
		}
		buf[w] = byte(bits>>56) | 0xff>>n // filled up with bits of EOS: ones
		w++
	}
	if w >= most {
		return -1
	}
	return w
}

// huffmanLen returns the length of a string's Huffman code in bytes.
func huffmanLen(s string) int {
	n := 0
	for i := range len(s) {
		n += int(huffmanLengths[s[i]])
	}
	return (n + 7) / 8
}
