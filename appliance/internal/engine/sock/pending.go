// SPDX-License-Identifier: Apache-2.0

package sock

import "syscall"

// Pending reports whether bytes can be read at once. The end of the peer's
// side is none.
func (c *Conn) Pending() bool {
	pending := false
	_ = c.raw.Control(func(fd uintptr) { // a closed connection has none
		var one [1]byte
		n, errno := receive(fd, one[:], syscall.MSG_PEEK)
		pending = errno == 0 && n > 0
	})
	return pending
}
