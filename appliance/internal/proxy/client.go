// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"
	"slices"
	"strings"
)

// clientAddress returns the address that the client has by the listener's
// trust: the peer's, or, if the peer is a trusted proxy, the last address in
// X-Forwarded-For that is not one of a trusted proxy.
func (x *exchange) clientAddress() netip.Addr {
	peer := x.Request.Remote.Addr().Unmap()
	l := x.snapshot.Listeners[x.Request.Listener]
	if l == nil || !l.Trusts(peer) {
		return peer
	}
	client := peer
	hops := strings.Split(x.Request.Header.Joined("x-forwarded-for"), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return client
		}
		if client = addr.Unmap(); !l.Trusts(client) {
			return client
		}
	}
	return client
}

// trustsPeer reports whether what the peer says of earlier hops is kept.
func (x *exchange) trustsPeer() bool {
	l := x.snapshot.Listeners[x.Request.Listener]
	return l != nil && l.Trusts(x.Request.Remote.Addr().Unmap())
}
