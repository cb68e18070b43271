// SPDX-License-Identifier: Apache-2.0

package target

import (
	"io"
	"net"
)

// serveHole takes a request and answers nothing.
func (s *server) serveHole(c net.Conn) {
	if _, err := c.Read(make([]byte, 1)); err != nil {
		return
	}
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	_, _ = io.Copy(io.Discard, c) // until nobody waits any more
}
