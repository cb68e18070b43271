// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

const blocked = `{"message":"this route cannot be served now"}` + "\n"

// A route that cannot run refuses its requests. A less specific one, which may
// lack its authentication, does not get them; the log and the meters say whose
// they were.
func TestBlockedRoute(t *testing.T) {
	for _, test := range []struct {
		name    string
		objects []string
	}{
		{"a plugin does not start", []string{"route", "r", `{"upstream":"u","paths":["/private/*"],"plugins":{"a":{"do":"nothing known"}}}`}},
		{"a policy is missing", []string{"route", "r", `{"upstream":"u","paths":["/private/*"],"policies":["missing"]}`}},
		{"a policy has problems", []string{
			"policy", "p", `{"plugins":{"a":{"no_such_setting":1}}}`,
			"route", "r", `{"upstream":"u","paths":["/private/*"],"policies":["p"]}`,
		}},
		{"the service is missing", []string{"route", "r", `{"service":"missing","paths":["/private/*"]}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t)
			logged := ""
			settings := b.hook("log", hook{done: func(x *plugin.Exchange) { logged = x.Route.ID }})
			b.apply("upstream", "u", `{}`, "route", "all", `{"upstream":"u","paths":["/*"]}`,
				"cluster_settings", "cluster", `{"plugins":{"c":`+settings+`}}`)
			if problems := b.try(test.objects...); len(problems) == 0 {
				t.Fatal("no problem is told")
			}
			if s := b.serve(context.Background(), get("/private/x")); s.status != 503 || s.body != blocked {
				t.Errorf("got %d, %q", s.status, s.body)
			}
			if b.unrouted.end != 0 || b.route.end != 1 || b.route.last.Err == nil || logged != "r" {
				t.Errorf("%d unrouted, %d routed, error %v, logged %q", b.unrouted.end, b.route.end, b.route.last.Err, logged)
			}
			if s := b.serve(context.Background(), call("/private/x")); s.header.Get("grpc-status") != "14" {
				t.Errorf("grpc-status %q", s.header.Get("grpc-status"))
			}
			b.apply("policy", "p", `{"plugins":{}}`, "policy", "missing", `{"plugins":{}}`,
				"route", "r", `{"upstream":"u","paths":["/private/*"],"policies":["p","missing"]}`)
			if s := b.serve(context.Background(), get("/private/x")); s.status != 503 || s.body == blocked {
				t.Errorf("after repair: %d, %q", s.status, s.body)
			}
		})
	}
}
