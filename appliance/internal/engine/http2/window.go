// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Windows of streams grow while those who take the bytes are fast: a path that
// is long needs one that is large, and nobody else may have so much kept for him.
const (
	maxStreamWindow = 1 << 20
	maxGrown        = 2 << 20 // of all streams of a connection together, beyond what each has at first
	fast            = sock.Instant(200 * time.Millisecond)
)

// tune returns by how much a window grows with the credit that is due: it is
// doubled if half of it was taken in a short time. The caller holds c.mu.
func (s *stream) tune() int64 {
	c, in, now := s.c, &s.in, sock.Now()
	since := in.credited
	in.credited = now
	size := in.size.Load()
	more := min(size, maxStreamWindow-size, maxGrown-c.grown)
	if since == 0 || now-since > fast || more <= 0 {
		return 0
	}
	c.grown += more
	in.size.Store(size + more)
	return more
}
