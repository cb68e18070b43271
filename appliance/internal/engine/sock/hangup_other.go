// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package sock

// HungUp is Gone: an end behind bytes that are not read yet is not found.
func (c *Conn) HungUp() error { return c.Gone() }
