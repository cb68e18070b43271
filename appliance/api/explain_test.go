// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// TestExplainClaim: every claim that a kind makes is explained, at the field
// that makes it, without what is secret.
func TestExplainClaim(t *testing.T) {
	for _, c := range []struct {
		claimer    api.Claimer
		path, says string
	}{
		{&api.Listener{Address: ":8080"}, "address", `":8080" is the address of other/x already`},
		{&api.Credential{Type: "key", Secret: "sesame-sesame-sesame"}, "secret", "is the secret of other/x already"},
		{&api.Route{}, "", "other/x: any listener, any host, any path, any method,"},
		{&api.Route{Listeners: []string{"web"}, Hosts: []match.HostPattern{"*.example.com"}, Paths: []match.PathPattern{"~^/a b/"}, Methods: []string{"GET"}, Headers: []api.ValueMatch{{Name: "A"}}},
			"", "listener web, host *.example.com, path ~^/a b/, method GET,"},
		{&api.Route{GRPC: []api.GRPCMatch{{Service: "a.B", Method: "C"}}}, "", "path grpc:a.B/C, any method"},
	} {
		claims := c.claimer.Claims()
		if len(claims) != 1 {
			t.Fatalf("%T claims %q", c.claimer, claims)
		}
		path, message := api.ExplainClaim(claims[0], api.Key{Kind: "other", ID: "x"})
		if path != c.path || !strings.Contains(message, c.says) {
			t.Errorf("%q: %q: %s", claims[0], path, message)
		}
		if strings.Contains(message, "sesame") || strings.Contains(message, api.Fingerprint("key", "sesame-sesame-sesame")) {
			t.Errorf("a secret was told: %s", message)
		}
	}
	if _, message := api.ExplainClaim("something/new", api.Key{Kind: "other", ID: "x"}); !strings.Contains(message, "other/x") {
		t.Errorf("%s", message)
	}
}
