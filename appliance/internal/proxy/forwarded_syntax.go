// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"net/netip"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// appendElement appends an element of Forwarded to those that are there (RFC
// 7239, section 4). What is not known is left out, but for the node, which is
// "unknown" then.
func appendElement(b []byte, h hop) []byte {
	if len(b) > 0 {
		b = append(b, ", "...)
	}
	b = appendNode(append(b, "for="...), h.node)
	if h.host != "" && quotable(h.host) {
		b = appendValue(append(b, ";host="...), h.host)
	}
	if isToken(h.proto) {
		b = append(append(b, ";proto="...), h.proto...)
	}
	return b
}

// appendNode appends a node: an address in quotes where the syntax needs them
// (RFC 7239, section 6), or "unknown" for everything else.
func appendNode(b []byte, node string) []byte {
	if addr, ok := parseHop(node); ok {
		addr = addr.WithZone("")
		withPort, err := netip.ParseAddrPort(node)
		switch {
		case err == nil:
			b = append(b, '"')
			b = netip.AddrPortFrom(addr, withPort.Port()).AppendTo(b)
			return append(b, '"')
		case addr.Is4():
			return addr.AppendTo(b)
		}
		b = append(b, `"[`...)
		b = addr.AppendTo(b)
		return append(b, `]"`...)
	}
	return append(b, "unknown"...)
}

// appendValue appends a token as it is and anything else in quotes (RFC 9110,
// section 5.6.4), so that no value can begin another parameter or element.
func appendValue(b []byte, s string) []byte {
	if isToken(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// readForwarded reads Forwarded (RFC 7239, section 4). It reports false if any
// of it breaks the syntax: then nobody knows where one hop ends and the next
// begins. White space around semicolons is accepted, as many write it.
func readForwarded(s string) ([]hop, bool) {
	var hops []hop
	for {
		s = strings.TrimLeft(s, " \t")
		switch {
		case s == "":
			return hops, true
		case s[0] == ',': // lists may have empty elements (RFC 9110, section 5.6.1.2)
			s = s[1:]
			continue
		}
		h, rest, ok := readElement(s)
		if !ok {
			return nil, false
		}
		hops = append(hops, h)
		s = rest
	}
}

// readElement reads one element and the comma after it.
func readElement(s string) (h hop, rest string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t")
		switch {
		case s == "":
			return h, "", true
		case s[0] == ',':
			return h, s[1:], true
		case s[0] == ';':
			s = s[1:]
			continue
		}
		name, after, found := strings.Cut(s, "=")
		if !found || !isToken(name) {
			return h, "", false
		}
		value, after, ok := readValue(after)
		if !ok || !h.set(name, value) {
			return h, "", false
		}
		s = strings.TrimLeft(after, " \t")
		if s != "" && s[0] != ',' && s[0] != ';' {
			return h, "", false
		}
	}
}

// set takes a parameter. It reports false of one that came before or is empty.
func (h *hop) set(name, value string) bool {
	var to *string
	switch {
	case message.EqualName(name, "for"):
		to = &h.node
	case message.EqualName(name, "host"):
		to = &h.host
	case message.EqualName(name, "proto"):
		to = &h.proto
	default:
		return true
	}
	was := *to
	*to = value
	return was == "" && value != ""
}

// readValue reads a token or a quoted string.
func readValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		end := strings.IndexAny(s, " \t,;")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], isToken(s[:end])
	}
	var unescaped strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return unescaped.String(), s[i+1:], quotable(unescaped.String())
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		unescaped.WriteByte(s[i])
	}
	return "", "", false
}

// quotable reports whether a quoted string can hold s (RFC 9110, section
// 5.6.4): it has no control characters.
func quotable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return !isTokenChar(c) })
}

func isTokenChar(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return letter || strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}
