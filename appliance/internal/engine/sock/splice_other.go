// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package sock

import "io"

// Splice moves exactly n bytes, or all up to the end if n is negative, from
// one connection to another. See the one of Linux, which does so inside the
// kernel.
func Splice(dst, src *Conn, n int64, readBy, writeBy func() Instant) (moved int64, read, write error) {
	buffer := GetLarge()
	defer PutLarge(buffer)
	for n != 0 {
		p := buffer[:]
		if n > 0 {
			p = p[:min(n, int64(len(p)))]
		}
		src.ReadBy(readBy())
		got, err := src.Read(p)
		if err == io.EOF {
			if n > 0 {
				return moved, io.ErrUnexpectedEOF, nil
			}
			return moved, nil, nil
		}
		if err != nil {
			return moved, err, nil
		}
		dst.WriteBy(writeBy())
		wrote, err := dst.Write(p[:got])
		moved += int64(wrote)
		if err != nil {
			return moved, nil, err
		}
		if n > 0 {
			n -= int64(got)
		}
	}
	return moved, nil, nil
}
