// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"crypto/tls"
	"net/netip"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A Listener is a compiled listener.
type Listener struct {
	API     *api.Listener
	TLS     *tls.Config    // nil on a plaintext listener; ALPN is the engine's business
	Trusted []netip.Prefix // proxies whose word on the client's address counts
}

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
	l := &Listener{API: config}
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
