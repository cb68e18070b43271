// SPDX-License-Identifier: Apache-2.0

package hpack

// appendInt appends an integer with a prefix of that many bits, behind the bits
// that say what it is (RFC 7541, section 5.1).
func appendInt(dst []byte, kind byte, prefix uint, v uint32) []byte {
	limit := uint32(1)<<prefix - 1
	if v < limit {
		return append(dst, kind|byte(v))
	}
	dst = append(dst, kind|byte(limit))
	for v -= limit; v >= 0x80; v >>= 7 {
		dst = append(dst, byte(v)|0x80)
	}
	return append(dst, byte(v))
}

// maxIntBytes is how many bytes an integer may have behind its prefix: 2^32-1
// has five.
const maxIntBytes = 5

// readInt reads an integer with a prefix of that many bits (RFC 7541, section
// 5.1). It returns how many bytes that were, 0 if some are missing. p is not
// empty.
func readInt(p []byte, prefix uint) (v uint32, n int, err error) {
	limit := uint32(1)<<prefix - 1
	if v = uint32(p[0]) & limit; v < limit {
		return v, 1, nil
	}
	sum, shift := uint64(limit), uint(0)
	for i, c := range p[1:] {
		sum += uint64(c&0x7f) << shift
		if sum > 1<<32-1 {
			return 0, 0, ErrInteger
		}
		if c < 0x80 {
			return uint32(sum), i + 2, nil
		}
		if i == maxIntBytes-1 {
			return 0, 0, ErrInteger
		}
		shift += 7
	}
	return 0, 0, nil
}
