// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Trust that is taken away or changed does not live on in connections that
// were made under it.
func TestTrustIsNotTakenOver(t *testing.T) {
	authority, other := testkit.NewAuthority(t), testkit.NewAuthority(t)
	address := testkit.HTTP(t, testkit.ServerTLS(t, authority, "backend.test"), testkit.EchoHTTP)
	yes := true
	for name, test := range map[string]struct{ before, after *api.UpstreamTLS }{
		"authority":    {&api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test"}, &api.UpstreamTLS{CACertificate: other.PEM, ServerName: "backend.test"}},
		"name":         {&api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test"}, &api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "frontend.test"}},
		"verification": {&api.UpstreamTLS{InsecureSkipVerify: &yes}, &api.UpstreamTLS{}},
		"all settings": {&api.UpstreamTLS{InsecureSkipVerify: &yes}, nil},
	} {
		u := spec(api.ProtocolHTTPS, address)
		u.TLS = test.before
		first := newPool(t, u, nil)
		if _, err := send(t, first, "/"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		changed := spec(api.ProtocolHTTPS, address)
		changed.TLS = test.after
		if _, err := send(t, newPool(t, changed, first), "/"); err == nil {
			t.Errorf("%s: the target is still trusted", name)
		}
	}
}

// A target that asks for a certificate gets the upstream's; one that does
// not like it fails the request and says what to do. What was made under one certificate does
// not serve under another.
func TestClientCertificate(t *testing.T) {
	authority, clients := testkit.NewAuthority(t), testkit.NewAuthority(t)
	good, _, _ := clients.Issue(t, "gateway.test")
	other, _, _ := testkit.NewAuthority(t).Issue(t, "gateway.test")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		asks := testkit.ServerTLS(t, authority, "backend.test")
		asks.ClientAuth, asks.ClientCAs, asks.MaxVersion = tls.RequireAndVerifyClientCert, clients.Pool(), version
		address := testkit.HTTP(t, asks, func(w http.ResponseWriter, r *http.Request) {
			if r.TLS.PeerCertificates[0].DNSNames[0] != "gateway.test" {
				t.Errorf("the target saw %v", r.TLS.PeerCertificates[0].DNSNames)
			}
			testkit.EchoHTTP(w, r)
		})
		u := spec(api.ProtocolHTTPS, address)
		u.TLS = &api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test", ClientCertificate: "c"}
		var previous *upstream.Pool
		for _, test := range []struct {
			name string
			own  *tls.Certificate
			ok   bool
		}{{"none", nil, false}, {"a good one", &good, true}, {"one of a stranger", &other, false}, {"the good one again", &good, true}, {"none again", nil, false}} {
			p, err := upstream.New(u, previous, upstream.Env{ClientCertificate: test.own})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.Close)
			previous = p
			_, err = send(t, p, "/")
			// With TLS 1.3 the complaint may be lost: what was sent meanwhile
			// makes the kernel throw it away.
			told := err != nil && (version == tls.VersionTLS13 || strings.Contains(err.Error(), "set the upstream's tls.client_certificate"))
			if test.ok && err != nil || !test.ok && !told {
				t.Errorf("%s, %s: %v", tls.VersionName(version), test.name, err)
			}
		}
	}
}

// Connections go on under a certificate that means the same.
func TestClientCertificateTakenOver(t *testing.T) {
	authority := testkit.NewAuthority(t)
	own, _, _ := authority.Issue(t, "gateway.test")
	again := own
	u := spec(api.ProtocolHTTPS, testkit.HTTP(t, testkit.ServerTLS(t, authority, "backend.test"), testkit.EchoHTTP))
	u.TLS = &api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test", ClientCertificate: "c"}
	var previous *upstream.Pool
	for _, certificate := range []*tls.Certificate{&own, &again} {
		p, err := upstream.New(u, previous, upstream.Env{ClientCertificate: certificate})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		previous = p
		if _, err := send(t, p, "/"); err != nil {
			t.Fatal(err)
		}
	}
	if dialled := previous.Targets()[0].Stats().Dialled; dialled != 1 {
		t.Errorf("%d connections were made, want 1", dialled)
	}
}

// A target below the upstream's min_version is refused.
func TestLowestVersion(t *testing.T) {
	authority := testkit.NewAuthority(t)
	old := testkit.ServerTLS(t, authority, "backend.test")
	old.MaxVersion = tls.VersionTLS12
	u := spec(api.ProtocolHTTPS, testkit.HTTP(t, old, testkit.EchoHTTP))
	u.TLS = &api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test", MinVersion: api.TLS12}
	first := newPool(t, u, nil)
	if _, err := send(t, first, "/"); err != nil {
		t.Error(err)
	}
	u.TLS = &api.UpstreamTLS{CACertificate: authority.PEM, ServerName: "backend.test", MinVersion: api.TLS13}
	if _, err := send(t, newPool(t, u, first), "/"); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.2 serves under min_version 1.3: %v", err)
	}
}
