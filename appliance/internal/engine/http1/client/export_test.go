// SPDX-License-Identifier: Apache-2.0

package client

// Sweep looks at the unused connections now.
func (c *Client) Sweep() { c.pool.look() }
