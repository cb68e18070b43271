// SPDX-License-Identifier: Apache-2.0

package sock

import "net"

// An interruption is the error of a read that somebody else has ended. It is
// temporary, so that TLS above the connection can go on reading after Resume:
// any other error ends its reading side for good.
type interruption struct{}

var _ net.Error = interruption{}

func (interruption) Error() string   { return "the read was interrupted" }
func (interruption) Timeout() bool   { return false }
func (interruption) Temporary() bool { return true }
