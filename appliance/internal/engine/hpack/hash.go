// SPDX-License-Identifier: Apache-2.0

package hpack

import "encoding/binary"

// The hash of a string is made of its length and up to 24 bytes of it: of its
// beginning, middle and end. Whoever finds something by it compares the
// strings, and does not look far: strings chosen for their hashes do no harm.
// Its upper bits are the better ones.

const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xc2b2ae3d27d4eb4f
	mixC = 0xd6e8feb86659fd93
)

// slotBits is how many bits of a hash choose a slot of the small hash tables.
const slotBits = 6

func slotOf(hash uint32) uint32 { return hash >> (32 - slotBits) }

// hashBytes hashes bytes.
func hashBytes(p []byte) uint32 {
	switch n := len(p); {
	case n >= 8:
		return fold(binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[n/2-4:]), binary.LittleEndian.Uint64(p[n-8:]), n)
	case n >= 4:
		return fold(uint64(binary.LittleEndian.Uint32(p)), 0, uint64(binary.LittleEndian.Uint32(p[n-4:])), n)
	case n > 0:
		return fold(uint64(p[0]), uint64(p[n/2]), uint64(p[n-1]), n)
	}
	return 0
}

// hashString is hashBytes for strings.
func hashString(s string) uint32 {
	switch n := len(s); {
	case n >= 8:
		return fold(eight(s), eight(s[n/2-4:]), eight(s[n-8:]), n)
	case n >= 4:
		return fold(four(s), 0, four(s[n-4:]), n)
	case n > 0:
		return fold(uint64(s[0]), uint64(s[n/2]), uint64(s[n-1]), n)
	}
	return 0
}

// eight returns the first eight bytes of a string, which has as many.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// four returns the first four bytes of a string, which has as many.
func four(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

func fold(a, b, c uint64, n int) uint32 {
	h := (a+uint64(n))*mixA + (b^b>>32)*mixB + (c^c>>32)*mixC
	return uint32(h>>32) ^ uint32(h)
}
