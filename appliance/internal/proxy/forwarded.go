// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// clientAddress returns the address that the client has by the listener's
// trust: the peer's, or, if the peer is a trusted proxy, the last address in
// X-Forwarded-For that is not one of a trusted proxy.
func (x *exchange) clientAddress() netip.Addr {
	client := x.peer()
	if !x.trustsPeer() {
		return client
	}
	l := x.snapshot.Listeners[x.Request.Listener]
	hops := strings.Split(x.Request.Header.Joined("x-forwarded-for"), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return client
		}
		if client = addr.Unmap().WithZone(""); !l.Trusts(client) {
			return client
		}
	}
	return client
}

func (x *exchange) peer() netip.Addr { return x.Request.Remote.Addr().Unmap().WithZone("") }

// trustsPeer reports whether what the peer says of earlier hops is believed.
func (x *exchange) trustsPeer() bool {
	l := x.snapshot.Listeners[x.Request.Listener]
	return l != nil && l.Trusts(x.peer())
}

// forwarded tells the target who asks. What an untrusted client says of
// earlier hops is dropped.
func (x *exchange) forwarded() {
	h, trusted := &x.Request.Header, x.trustsPeer()
	if !trusted {
		*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool { return tellsOfHops(f.Name) }))
	}
	peer := x.peer().String()
	if before := h.Joined("x-forwarded-for"); before != "" {
		peer = before + ", " + peer
	}
	h.Set("x-forwarded-for", peer)
	if !h.Has("x-forwarded-proto") {
		h.Add("x-forwarded-proto", x.Request.Scheme)
	}
	if !h.Has("x-forwarded-host") {
		h.Add("x-forwarded-host", x.Request.Host)
	}
}

// tellsOfHops reports whether a field says who sent a request earlier.
func tellsOfHops(name string) bool {
	const prefix = "x-forwarded-"
	return len(name) > len(prefix) && message.EqualName(name[:len(prefix)], prefix) ||
		message.EqualName(name, "forwarded") || message.EqualName(name, "x-real-ip")
}
