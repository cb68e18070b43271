// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"os"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// patience is how long a target may take to say whether it wants a body whose
// sender waits for 100 Continue. One that does not know the expectation says
// nothing, and gets the body then (RFC 9110, section 10.1.1).
const patience = time.Second

// awaitWord waits until the target has said something, or for long enough.
// Then the body is sent.
func (c *conn) awaitWord(s *sending) error {
	n, err := c.read(c.room.space(), patience, sock.Now())
	c.room.w += n
	if errors.Is(err, os.ErrDeadlineExceeded) && !c.watch.over() {
		c.pump = startPump(c, s.request)
		return nil
	}
	return err
}
