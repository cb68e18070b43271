// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A hop is who sent a request to a proxy, and what was asked there. What is
// not known is empty.
type hop struct {
	node  string // an address, which may have a port, or a name that hides one
	host  string
	proto string
}

// A trail is what a trusted proxy says of the hops before it.
type trail struct {
	hops   []hop
	client int    // which of the hops is the client, len(hops) if it is the peer
	field  string // Forwarded as it came, if it can be believed
}

// readTrail reads what a trusted peer says.
func readTrail(l *snapshot.Listener, peer netip.Addr, h *message.Header) trail {
	hops, fromX := hopsBefore(h)
	t := trail{hops: hops}
	_, t.client = findClient(l, peer, hops)
	if !fromX {
		if hops != nil {
			t.field = h.Joined(forwardedField)
		}
		return t
	}
	// A proxy that only writes X-Forwarded-For may pass a client's Forwarded on.
	if beside, ok := readForwarded(h.Joined(forwardedField)); ok && slices.EqualFunc(hops, beside, sameNode) {
		t.hops, t.field = beside, h.Joined(forwardedField)
		return t
	}
	if t.client < len(hops) {
		asked := &t.hops[t.client]
		asked.host, asked.proto = h.Get(xForwardedHost), h.Get(xForwardedProto)
	}
	return t
}

// hopsBefore returns the hops that X-Forwarded-For names, or else Forwarded,
// and whether it was the former. A Forwarded that breaks the syntax names none.
func hopsBefore(h *message.Header) (hops []hop, fromX bool) {
	if !h.Has(xForwardedFor) {
		if !h.Has(forwardedField) {
			return nil, false
		}
		hops, _ = readForwarded(h.Joined(forwardedField))
		return hops, false
	}
	list := h.Joined(xForwardedFor)
	hops = make([]hop, 0, strings.Count(list, ",")+1)
	for node := range strings.SplitSeq(list, ",") {
		hops = append(hops, hop{node: strings.TrimSpace(node)})
	}
	return hops, true
}

// findClient returns the address of the last hop that is not a trusted proxy
// and which of the hops it is, len(hops) for the peer. What cannot be read
// ends the search: nobody vouches for what stands before it.
func findClient(l *snapshot.Listener, peer netip.Addr, hops []hop) (client netip.Addr, at int) {
	client, at = peer, len(hops)
	for i, hop := range slices.Backward(hops) {
		addr, ok := parseHop(hop.node)
		if !ok {
			break
		}
		if client, at = addr.Unmap().WithZone(""), i; !l.Trusts(client) {
			break
		}
	}
	return client, at
}

// parseHop reads an address, to which some proxies add a port.
func parseHop(s string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return addr, true
	}
	withPort, err := netip.ParseAddrPort(s)
	return withPort.Addr(), err == nil
}

func sameNode(a, b hop) bool {
	first, ok := parseHop(a.node)
	second, ok2 := parseHop(b.node)
	return ok && ok2 && first.Unmap() == second.Unmap()
}

// asked returns what the client asked its first trusted proxy, as far as that
// is known and can stand in a field of its own; otherwise what was asked here.
func (t *trail) asked(here hop) hop {
	if t.client == len(t.hops) {
		return here
	}
	there := t.hops[t.client]
	if isToken(there.proto) {
		here.proto = there.proto
	}
	if isHost(there.host) {
		here.host = there.host
	}
	return here
}

// isHost reports whether s has only what hosts and ports consist of.
func isHost(s string) bool {
	const more = "[]:"
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return !isTokenChar(c) && !strings.ContainsRune(more, c) })
}

// addresses returns the hops as X-Forwarded-For has them (RFC 7239, section
// 7.4).
func (t *trail) addresses() string {
	if len(t.hops) == 0 {
		return ""
	}
	nodes := make([]string, len(t.hops))
	for i, hop := range t.hops {
		nodes[i] = "unknown"
		if addr, ok := parseHop(hop.node); ok {
			nodes[i] = addr.WithZone("").String()
		}
	}
	return strings.Join(nodes, ", ")
}

// forwarded returns Forwarded with one more hop at its end.
func (t *trail) forwarded(last hop) string {
	var room [256]byte
	b := append(room[:0], t.field...)
	if t.field == "" {
		for _, hop := range t.hops {
			b = appendElement(b, hop)
		}
	}
	return string(appendElement(b, last))
}
