// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	state "github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// What was applied is served, and the data sources show it in the same run.
func TestAccDataSources(t *testing.T) {
	w := newGateway(t)
	target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, "the target saw %s", r.URL.Path)
	}))
	t.Cleanup(target.Close)
	address := gatewaytest.FreeAddress(t)
	at := tfjsonpath.New[string]
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: w.config(fmt.Sprintf(`
locals {
  target = split(":", %q)
}

resource "penstock_listener" "web" {
  id      = "web"
  address = %q
}

resource "penstock_upstream" "target" {
  id      = "target"
  targets = [{ host = local.target[0], port = tonumber(local.target[1]) }]
}

resource "penstock_route" "users" {
  id       = "users"
  paths    = ["/users/{id}"]
  methods  = ["GET"]
  upstream = penstock_upstream.target.id
  plugins  = { headers = {}, rate_limit = { count = 100 } }
}

data "penstock_route_match" "user" {
  path       = "/users/42?x=y"
  depends_on = [penstock_route.users, penstock_listener.web]
}

data "penstock_route_match" "post" {
  method     = "POST"
  headers    = { x-tenant = "a", x-debug = null }
  path       = "/users/42"
  depends_on = [penstock_route.users]
}

data "penstock_nodes" "all" {
  depends_on = [data.penstock_route_match.user]
}

data "penstock_plugins" "all" {}
`, target.Listener.Addr(), address)),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.penstock_route_match.user", at("route"), knownvalue.StringExact("users")),
				statecheck.ExpectKnownValue("data.penstock_route_match.user", at("upstream"), knownvalue.StringExact("target")),
				statecheck.ExpectKnownValue("data.penstock_route_match.user", at("service"), knownvalue.Null()),
				statecheck.ExpectKnownValue("data.penstock_route_match.user", at("params").AtMapKey("id"), knownvalue.StringExact("42")),
				statecheck.ExpectKnownValue("data.penstock_route_match.user", at("plugins"), knownvalue.ListExact([]knownvalue.Check{
					knownvalue.StringExact("rate_limit"), knownvalue.StringExact("headers"),
				})),
				statecheck.ExpectKnownValue("data.penstock_route_match.post", at("route"), knownvalue.Null()),
				statecheck.ExpectKnownValue("data.penstock_route_match.post", at("rejected").AtSliceIndex(0).AtMapKey("route"), knownvalue.StringExact("users")),
				statecheck.ExpectKnownValue("data.penstock_nodes.all", at("nodes").AtSliceIndex(0).AtMapKey("id"), knownvalue.StringExact("test")),
				statecheck.ExpectKnownValue("data.penstock_plugins.all", at("plugins").AtSliceIndex(0).AtMapKey("name"), knownvalue.StringExact(catalogue.Specs()[0].Name)),
			},
			Check: func(*state.State) error {
				response, err := http.Get("http://" + address + "/users/42")
				if err != nil {
					return err
				}
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				if err != nil || string(body) != "the target saw /users/42" {
					return fmt.Errorf("the gateway answered %d %q (%w)", response.StatusCode, body, err)
				}
				return nil
			},
		}},
	})
}
