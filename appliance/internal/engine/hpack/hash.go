// SPDX-License-Identifier: Apache-2.0

package hpack

import "encoding/binary"

// The hash of a string is made of its length and up to 24 bytes of it: of its
// beginning, middle and end. Whoever finds something by it compares the
// strings, and does not look far: strings chosen for their hashes do no harm.

const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xc2b2ae3d27d4eb4f
)

// hashBytes hashes bytes.
func hashBytes(p []byte) uint32 {
	n := len(p)
	if n >= 8 {
		mid := n/2 - 4
		return fold(binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[mid:]), binary.LittleEndian.Uint64(p[n-8:]), n)
	}
	var a uint64
	for _, c := range p {
		a = a<<8 | uint64(c)
	}
	return fold(a, 0, 0, n)
}

// hashString is hashBytes for strings.
func hashString(s string) uint32 {
	n := len(s)
	if n >= 8 {
		return fold(word(s), word(s[n/2-4:]), word(s[n-8:]), n)
	}
	var a uint64
	for i := range n {
		a = a<<8 | uint64(s[i])
	}
	return fold(a, 0, 0, n)
}

// word returns the first eight bytes of a string, which has as many.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func fold(a, b, c uint64, n int) uint32 {
	h := (a ^ uint64(n)) * mixA
	h = (h>>29 ^ h ^ b) * mixB
	h = (h>>31 ^ h ^ c) * mixA
	return uint32(h >> 32)
}
