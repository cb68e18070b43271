// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Names of fields that say who sent a request earlier.
const (
	xForwardedFor   = "x-forwarded-for"
	xForwardedProto = "x-forwarded-proto"
	xForwardedHost  = "x-forwarded-host"
	forwardedField  = "forwarded"
)

// unknownListener says what holds for a listener that is gone: nobody is
// trusted, and targets are told as by default.
var unknownListener = snapshot.Listener{XForwarded: true}

// listener returns the listener that took the connection.
func (x *exchange) listener() *snapshot.Listener {
	if l := x.snapshot.Listeners[x.Request.Listener]; l != nil {
		return l
	}
	return &unknownListener
}

// clientAddress returns the address that the client has by the listener's
// trust: the peer's, or, if the peer is a trusted proxy, that of the last hop
// in X-Forwarded-For, or else in Forwarded, that is not a trusted proxy.
func (x *exchange) clientAddress() netip.Addr {
	l, peer := x.listener(), x.peer()
	if !l.Trusts(peer) {
		return peer
	}
	hops, _ := hopsBefore(&x.Request.Header)
	client, _ := findClient(l, peer, hops)
	return client
}

func (x *exchange) peer() netip.Addr { return x.Request.Remote.Addr().Unmap().WithZone("") }

// forwarded tells the target who asks, in the fields that the listener names.
// What an untrusted client says of earlier hops is dropped, and so is what
// anybody says with underscores: no proxy spells like that, and one that is
// trusted may have passed it on. A field that this gateway does not write goes,
// if it writes the other: it would end one hop too early.
func (x *exchange) forwarded() {
	h, l, peer := &x.Request.Header, x.listener(), x.peer()
	trusted := l.Trusts(peer)
	var before trail
	if trusted && (l.Forwarded || l.XForwarded && h.Has(forwardedField)) {
		before = readTrail(l, peer, h)
	}
	*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool {
		return tellsOfHops(f.Name) && (!trusted || strings.Contains(f.Name, "_") || l.XForwarded != l.Forwarded && outdated(f.Name, l.XForwarded))
	}))
	ip := x.Request.RemoteIP
	if ip == "" && (l.XForwarded || l.Forwarded) {
		ip = peer.String()
	}
	if l.XForwarded {
		x.tellX(ip, &before)
	}
	if l.Forwarded {
		last := hop{node: ip, host: x.Request.Host, proto: x.Request.Scheme}
		h.Set(forwardedField, before.forwarded(last))
	}
}

// tellX writes X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host.
func (x *exchange) tellX(ip string, before *trail) {
	h := &x.Request.Header
	hops := h.Joined(xForwardedFor)
	if !h.Has(xForwardedFor) {
		hops = before.addresses()
	}
	if hops != "" {
		ip = hops + ", " + ip
	}
	h.Set(xForwardedFor, ip)
	asked := before.asked(hop{host: x.Request.Host, proto: x.Request.Scheme})
	if !h.Has(xForwardedProto) {
		h.Add(xForwardedProto, asked.proto)
	}
	if !h.Has(xForwardedHost) {
		h.Add(xForwardedHost, asked.host)
	}
}

// outdated reports whether a field has its counterpart in the fields that the
// gateway writes, X-Forwarded or not.
func outdated(name string, writesX bool) bool {
	if writesX {
		return message.EqualName(name, forwardedField)
	}
	return message.EqualName(name, xForwardedFor) || message.EqualName(name, xForwardedProto) || message.EqualName(name, xForwardedHost)
}

// tellsOfHops reports whether a field says who sent a request earlier, or a
// target may take it for one that does.
func tellsOfHops(name string) bool {
	const prefix = "x-forwarded-"
	return len(name) > len(prefix) && sameVariable(name[:len(prefix)], prefix) ||
		sameVariable(name, forwardedField) || sameVariable(name, "x-real-ip")
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
