// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A certificate is a parsed key pair and the names it answers to.
type certificate struct {
	pair  tls.Certificate
	names []string // canonical host patterns
}

func (b *build) makeCertificate(o *object, config *api.Certificate) {
	pair, err := tls.X509KeyPair([]byte(config.Certificate), []byte(config.PrivateKey))
	if err != nil {
		o.failWith("private_key", err)
		return
	}
	cert := &certificate{pair: pair}
	for _, name := range config.Names {
		cert.names = append(cert.names, name.Canonical())
	}
	if len(cert.names) == 0 {
		for _, name := range append([]string{pair.Leaf.Subject.CommonName}, pair.Leaf.DNSNames...) {
			cert.names = append(cert.names, strings.ToLower(name))
		}
	}
	b.certs[o.ID] = cert
}

// serverTLS returns a configuration that picks the certificate by the server
// name: exact, then wildcard, then the first one of the listener. Of several
// for one name, the first that the client can use and that is valid now.
//
// It has no keys for session tickets, so that the engine's own hold for every
// configuration that a listener has had: sessions outlive a change. What was
// proved in a session is judged anew by the ClientAuth and ClientCAs given here.
func (b *build) serverTLS(config *api.ListenerTLS) *tls.Config {
	byName := make(map[string][]*tls.Certificate)
	for _, id := range config.Certificates {
		cert := b.certs[id]
		for _, name := range cert.names {
			byName[name] = append(byName[name], &cert.pair)
		}
	}
	first := &b.certs[config.Certificates[0]].pair
	now := b.env.Now
	t := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
			if certs := byName[name]; name != "" && certs != nil {
				return choose(certs, hello, now), nil
			}
			if _, parent, ok := strings.Cut(name, "."); ok {
				if certs := byName["*."+parent]; certs != nil {
					return choose(certs, hello, now), nil
				}
			}
			return first, nil
		},
	}
	if config.MinVersion == api.TLS13 {
		t.MinVersion = tls.VersionTLS13
	}
	for _, suite := range config.Ciphers {
		id, _ := suite.ID() // decoding holds that it has one
		t.CipherSuites = append(t.CipherSuites, id)
	}
	if config.ClientCA != "" {
		t.ClientCAs = x509.NewCertPool()
		t.ClientCAs.AppendCertsFromPEM([]byte(config.ClientCA)) // decoding holds that all of it can be read
		t.ClientAuth = tls.RequireAndVerifyClientCert
		if config.ClientAuth == api.ClientAuthOptional {
			t.ClientAuth = tls.VerifyClientCertIfGiven
		}
	}
	return t
}

// clientCertificate returns the certificate by which the gateway proves itself
// to the targets of an upstream, or nil.
func (b *build) clientCertificate(config *api.Upstream) *tls.Certificate {
	if config.TLS == nil || config.TLS.ClientCertificate == "" {
		return nil
	}
	return &b.certs[config.TLS.ClientCertificate].pair
}

func choose(certs []*tls.Certificate, hello *tls.ClientHelloInfo, now func() time.Time) *tls.Certificate {
	if len(certs) == 1 {
		return certs[0]
	}
	at := now()
	for _, c := range certs {
		if !at.Before(c.Leaf.NotBefore) && !at.After(c.Leaf.NotAfter) && hello.SupportsCertificate(c) == nil {
			return c
		}
	}
	return certs[0]
}
