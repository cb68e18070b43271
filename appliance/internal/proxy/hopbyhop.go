// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// takeOver makes the client's request the gateway's own (RFC 9110, section
// 7.6). It comes before the plugins, so that no client can have a field
// removed that a plugin has set by naming it in Connection.
func (x *exchange) takeOver() {
	r := x.Request
	upgrade, trailers := r.Upgrade(), r.Header.HasToken("te", "trailers")
	removeHopByHop(&r.Header)
	if upgrade != "" && mayUpgrade(upgrade) {
		r.Header.Add("Connection", "Upgrade")
		r.Header.Add("Upgrade", upgrade)
	}
	if trailers {
		r.Header.Add("te", "trailers")
	}
	removeConsumer(&r.Header)
	x.forwarded()
	x.via()
}

// mayUpgrade reports whether a protocol may be tunnelled. HTTP itself may not:
// through a tunnel of HTTP/2 (h2c) a client would reach the target past
// routes and plugins. Whoever ignores Upgrade answers the request as it is.
func mayUpgrade(protocols string) bool {
	for protocol := range strings.SplitSeq(protocols, ",") {
		protocol = strings.TrimSpace(protocol)
		if strings.HasPrefix(protocol, "h2") || strings.HasPrefix(protocol, "http") || strings.HasPrefix(protocol, "tls") {
			return false
		}
	}
	return true
}

// isHopByHop reports whether a field is about one connection only (RFC 9110,
// section 7.6.1, and those that clients still send). The length tells most
// names apart.
func isHopByHop(name string) bool {
	switch len(name) {
	case 2:
		return message.EqualName(name, "te")
	case 7:
		return message.EqualName(name, "upgrade")
	case 10:
		return message.EqualName(name, "connection") || message.EqualName(name, "keep-alive")
	case 16:
		return message.EqualName(name, "proxy-connection")
	case 17:
		return message.EqualName(name, "transfer-encoding")
	case 18:
		return message.EqualName(name, "proxy-authenticate")
	case 19:
		return message.EqualName(name, "proxy-authorization")
	}
	return false
}

// removeHopByHop removes the fields that are about one connection, with those
// that Connection names, in one pass: a client may name very many. Framing of
// the body is the engine's business.
func removeHopByHop(h *message.Header) {
	named := connectionOptions(h)
	*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool {
		return isHopByHop(f.Name) || named != nil && named[strings.ToLower(f.Name)]
	}))
}

// connectionOptions returns what Connection names in small letters, but for
// what it names every day; nil if there is nothing else.
func connectionOptions(h *message.Header) map[string]bool {
	if !h.Has("connection") {
		return nil
	}
	var named map[string]bool
	for value := range h.Values("connection") {
		for name := range strings.SplitSeq(value, ",") {
			switch name = strings.ToLower(strings.Trim(name, " \t")); name {
			case "", "close", "keep-alive", "upgrade", "te":
			default:
				if named == nil {
					named = make(map[string]bool)
				}
				named[name] = true
			}
		}
	}
	return named
}
