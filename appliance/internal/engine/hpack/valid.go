// SPDX-License-Identifier: Apache-2.0

package hpack

import "encoding/binary"

// tokens holds the bytes that names of fields consist of in HTTP/2 (RFC 9110,
// section 5.6.2; RFC 9113, section 8.2).
var tokens = func() (is [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
		is[c] = true
	}
	return is
}()

// nameFlags judges a name.
func nameFlags(name string) Flags {
	if name != "" && name[0] == ':' {
		name = name[1:]
	}
	if name == "" {
		return BadName
	}
	for i := range len(name) {
		if !tokens[name[i]] {
			return BadName
		}
	}
	return 0
}

const (
	eachOne  = 0x0101010101010101
	eachHigh = 0x8080808080808080
)

// valueFlags judges a value: eight bytes at once, and one by one only if there
// is something among them.
func valueFlags(v []byte) Flags {
	if edges(v) != 0 {
		return BadValue
	}
	rest := v
	for len(rest) >= 8 {
		w := binary.LittleEndian.Uint64(rest)
		del := w ^ 0x7f*eachOne
		if ((w-' '*eachOne)&^w|(del-eachOne)&^del)&eachHigh != 0 {
			break
		}
		rest = rest[8:]
	}
	for _, c := range rest {
		if c < ' ' && c != '\t' || c == 0x7f {
			return BadValue
		}
	}
	return 0
}

// edges judges the first and the last byte of a value.
func edges(v []byte) Flags {
	if len(v) > 0 && (blank(v[0]) || blank(v[len(v)-1])) {
		return BadValue
	}
	return 0
}

func blank(c byte) bool { return c == ' ' || c == '\t' }
