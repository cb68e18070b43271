// SPDX-License-Identifier: Apache-2.0

package client

import (
	"net"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Adopt takes over a new connection that somebody else has made. It waits for
// a request with the unused ones.
func (c *Client) Adopt(conn net.Conn, socket *sock.Conn) { c.pool.put(c.own(conn, socket)) }
