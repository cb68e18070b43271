// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
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
