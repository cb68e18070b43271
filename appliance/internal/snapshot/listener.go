// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"crypto/tls"
	"net/netip"
	"strings"

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
	for _, p := range l.Trusted {
		if p.Contains(peer) {
			return true
		}
	}
	return false
}

// ownListeners gives next its own map when listeners change.
func (c *Compiler) ownListeners(dirty map[api.Key]bool, next *Snapshot) {
	for key := range dirty {
		if key.Kind == api.KindListener {
			next.Listeners = cloned(next.Listeners)
			return
		}
	}
}

func (c *Compiler) compileListener(id string, o *object, next *Snapshot) {
	delete(next.Listeners, id)
	if !o.usable() {
		return
	}
	l := &Listener{API: o.value.(*api.Listener)}
	for _, network := range l.API.TrustedProxies {
		l.Trusted = append(l.Trusted, parseNetwork(network))
	}
	if l.API.TLS != nil {
		l.TLS = c.serverTLS(l.API.TLS)
	}
	next.Listeners[id] = l
}

// parseNetwork reads what the check cidr accepts.
func parseNetwork(s string) netip.Prefix {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked()
	}
	a := netip.MustParseAddr(s)
	return netip.PrefixFrom(a, a.BitLen())
}

// A certificate is a parsed key pair and the names it answers to.
type certificate struct {
	pair  tls.Certificate
	names []string // canonical host patterns
}

func (c *Compiler) compileCertificate(id string, o *object) {
	delete(c.certs, id)
	if !o.usable() {
		return
	}
	config := o.value.(*api.Certificate)
	pair, err := tls.X509KeyPair([]byte(config.Certificate), []byte(config.PrivateKey))
	if err != nil {
		o.problems = append(o.problems, problem(o.Key, api.CodeUnusable, "private_key", err.Error()))
		return
	}
	cert := &certificate{pair: pair}
	for _, name := range config.Names {
		cert.names = append(cert.names, name.Canonical())
	}
	if len(cert.names) == 0 {
		for _, name := range append([]string{pair.Leaf.Subject.CommonName}, pair.Leaf.DNSNames...) {
			if name != "" {
				cert.names = append(cert.names, strings.ToLower(name))
			}
		}
	}
	c.certs[id] = cert
}

// serverTLS returns a configuration that picks the certificate by the server
// name: exact, then wildcard, then the first one of the listener.
func (c *Compiler) serverTLS(config *api.ListenerTLS) *tls.Config {
	byName := make(map[string]*tls.Certificate)
	for _, id := range config.Certificates {
		cert := c.certs[id]
		for _, name := range cert.names {
			if byName[name] == nil {
				byName[name] = &cert.pair
			}
		}
	}
	first := &c.certs[config.Certificates[0]].pair
	t := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
			if cert := byName[name]; cert != nil {
				return cert, nil
			}
			if _, parent, ok := strings.Cut(name, "."); ok {
				if cert := byName["*."+parent]; cert != nil {
					return cert, nil
				}
			}
			return first, nil
		},
	}
	if config.MinVersion == "1.3" {
		t.MinVersion = tls.VersionTLS13
	}
	return t
}
