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
		addr, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return client
		}
		if client = addr.Unmap().WithZone(""); !l.Trusts(client) {
			return client
		}
	}
	return client
}

// parseHop reads an address of X-Forwarded-For, to which some proxies add a
// port.
func parseHop(s string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return addr, true
	}
	withPort, err := netip.ParseAddrPort(s)
	return withPort.Addr(), err == nil
}

func (x *exchange) peer() netip.Addr { return x.Request.Remote.Addr().Unmap().WithZone("") }

// trustsPeer reports whether what the peer says of earlier hops is believed.
func (x *exchange) trustsPeer() bool {
	l := x.snapshot.Listeners[x.Request.Listener]
	return l != nil && l.Trusts(x.peer())
}

// forwarded tells the target who asks. What an untrusted client says of
// earlier hops is dropped, and so is what anybody says with underscores: no
// proxy spells like that, and one that is trusted may have passed it on.
func (x *exchange) forwarded() {
	h, trusted := &x.Request.Header, x.trustsPeer()
	*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool {
		return tellsOfHops(f.Name) && (!trusted || strings.Contains(f.Name, "_"))
	}))
	peer := x.Request.RemoteIP
	if peer == "" {
		peer = x.peer().String()
	}
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

// tellsOfHops reports whether a field says who sent a request earlier, or a
// target may take it for one that does.
func tellsOfHops(name string) bool {
	const prefix = "x-forwarded-"
	return len(name) > len(prefix) && sameVariable(name[:len(prefix)], prefix) ||
		sameVariable(name, "forwarded") || sameVariable(name, "x-real-ip")
}

// sameVariable reports whether a field has a name, given in small letters, or
// a target takes it for that which turns names of fields into those of
// variables, as CGI does (RFC 3875, section 4.1.18): an underscore is a hyphen
// there.
func sameVariable(field, name string) bool {
	if len(field) != len(name) {
		return false
	}
	for i := range len(field) {
		c := field[i]
		switch {
		case c == '_':
			c = '-'
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}
