// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"crypto/tls"
	"net/netip"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Listener is a compiled listener.
type Listener struct {
	API     *api.Listener
	TLS     *tls.Config    // nil on a plaintext listener; ALPN is the engine's business
	Trusted []netip.Prefix // proxies whose word on the client's address counts

	// In which fields targets are told of the client.
	XForwarded bool // X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host
	Forwarded  bool // Forwarded

	via [message.HTTP3 + 1]string // by the version of HTTP of what came; "" if there is none
}

// Via returns what a message that came in a version of HTTP has appended to
// its Via field (RFC 9110, section 7.6.3), "" if nothing.
func (l *Listener) Via(received message.Proto) string { return l.via[received] }

// Trusts reports whether the peer's X-Forwarded fields are believed.
func (l *Listener) Trusts(peer netip.Addr) bool {
	peer = peer.WithZone("") // no prefix contains an address with one
	for _, p := range l.Trusted {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

func (b *build) makeListener(config *api.Listener) *Listener {
	l := &Listener{
		API:        config,
		XForwarded: config.Forwarded == api.ForwardedX || config.Forwarded == api.ForwardedBoth,
		Forwarded:  config.Forwarded == api.ForwardedField || config.Forwarded == api.ForwardedBoth,
	}
	if config.Via != "" {
		for proto, version := range [...]string{"1.0", "1.1", "2", "3"} {
			l.via[proto] = version + " " + string(config.Via)
		}
	}
	for _, network := range config.TrustedProxies {
		l.Trusted = append(l.Trusted, parseNetwork(network))
	}
	if config.TLS != nil {
		l.TLS = b.serverTLS(config.TLS)
	}
	return l
}

// parseNetwork reads what the check cidr accepts.
func parseNetwork(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a := netip.MustParseAddr(s)
	return netip.PrefixFrom(a, a.BitLen())
}
