// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"encoding/binary"
	"math/bits"
)

// class says what a byte may be part of.
type class uint8

const (
	inToken  class = 1 << iota // tchar (RFC 9110, section 5.6.2)
	inHost                     // a registered name or IPv4 address: unreserved (RFC 3986, section 3.2.2)
	inDigits                   // DIGIT
)

// classes has the classes of every byte.
var classes = makeClasses()

func makeClasses() (table [256]class) {
	for c := range 256 {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if letter || digit {
			table[c] |= inToken | inHost
		}
		if digit {
			table[c] |= inDigits
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		table[c] |= inToken
	}
	for _, c := range []byte("-._~") {
		table[c] |= inHost
	}
	return table
}

// all reports whether every byte of s is of the class. It is true of "".
func all(s string, is class) bool {
	for i := range len(s) {
		if classes[s[i]]&is == 0 {
			return false
		}
	}
	return true
}

// IsToken reports whether s is a token: a method or a field name (RFC 9110,
// section 5.6.2).
func IsToken(s string) bool { return s != "" && all(s, inToken) }

// IsValue reports whether s can be a field's value: visible ASCII, spaces,
// tabs and bytes beyond ASCII (RFC 9110, section 5.5).
func IsValue(s string) bool {
	for i := range len(s) {
		if isControl(s[i]) {
			return false
		}
	}
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// control returns the index of the first control character in b at or after i,
// tabs included, or len(b). It looks at eight bytes at a time.
func control(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// Of both terms the lowest bit that is set stands for the first byte that
		// is below a space, and the first that is DEL.
		del := x ^ 0x7f*ones
		if m := (x-' '*ones)&^x&highs | (del-ones)&^del&highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] < ' ' || b[i] == 0x7f {
			return i
		}
	}
	return i
}

// isTarget reports whether s has nothing but what a request target may have:
// visible ASCII but for "#" (RFC 9112, section 3.2). It looks at eight bytes at
// a time.
func isTarget(s string) bool {
	for len(s) >= 8 {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		del, hash := x^0x7f*ones, x^'#'*ones
		if (x|(x-'!'*ones)|(del-ones)&^del|(hash-ones)&^hash)&highs != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if c := s[i]; c < '!' || c > '~' || c == '#' {
			return false
		}
	}
	return true
}
