// SPDX-License-Identifier: Apache-2.0

package sock

import "io"

// A Source is a body whose bytes come straight from a socket, as they are: no
// TLS, no chunks.
type Source interface {
	io.ReadCloser

	// Left returns how many bytes are left, -1 if the end of the connection is the
	// end of the body, 0 if there are none or they cannot be spliced.
	Left() int64

	// SpliceTo moves what is left to another connection, what is buffered first.
	// writeBy tells the deadline of each step when it begins. After it the body is
	// at its end, or read or write say why not.
	SpliceTo(dst *Conn, writeBy func() Instant) (moved int64, read, write error)
}
