// SPDX-License-Identifier: Apache-2.0

package sock_test

import "testing"

func TestPending(t *testing.T) {
	c, peer := pair(t)
	if c.Pending() {
		t.Error("bytes before there are any")
	}
	write(t, peer, "x")
	_ = peer.CloseWrite()
	p := make([]byte, 2)
	for !c.Pending() { // until it has arrived
	}
	if n, err := c.Read(p); n != 1 || err != nil || c.Pending() {
		t.Errorf("%d, %v; the end of the peer's side is taken for bytes", n, err)
	}
	c.Close()
	if c.Pending() {
		t.Error("a closed connection has bytes")
	}
}
