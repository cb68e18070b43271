// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// What the Admin API refuses does not touch what runs.
func TestBadInputChangesNothing(t *testing.T) {
	s := newSite(t, gatewaytest.Start(t, nil))
	l := s.load(t)
	revision := s.Node().Revision()
	for _, bad := range []struct{ kind, id, document string }{
		{"route", "web", `{"paths":["/*"],"upstream":"web"`},
		{"route", "web", `[]`},
		{"route", "web", `{"paths":["/*"],"upstream":"nobody"}`},
		{"route", "web", `{"paths":["no slash"],"upstream":"web"}`},
		{"route", "web", `{"paths":["/*"],"upstream":"web","plugins":{"nobody":{}}}`},
		{"route", "web", `{"paths":["/*"],"upstream":"web","plugins":{"rate_limit":{"count":"many"}}}`},
		{"route", "web", `{"paths":["/*"],"upstream":"web","timeout":"-1s"}`},
		{"route", "web", `{"paths":["/*"],"upstream":"web","condition":"request.path =="}`},
		{"route", "another", `{"paths":["/*"],"upstream":"web"}`},
		{"route", "bad id!", `{"paths":["/x"],"upstream":"web"}`},
		{"listener", "plain", `{"address":"nowhere"}`},
		{"listener", "another", `{"address":"` + s.plain + `"}`},
		{"listener", "secure", `{"address":"` + s.secure + `","tls":{"certificates":["nobody"]}}`},
		{"upstream", "web", `{"targets":[{"host":"127.0.0.1","port":99999}]}`},
		{"certificate", "main", `{"certificate":"no PEM","private_key":"none"}`},
		{"cluster_settings", "another", `{}`},
	} {
		if _, err := s.Client.Put(t.Context(), api.KindOf(bad.kind), bad.id, []byte(bad.document), client.If{}); err == nil {
			t.Errorf("%s/%s takes %s", bad.kind, bad.id, bad.document)
		}
	}
	for _, used := range []struct{ kind, id string }{{"upstream", "web"}, {"certificate", "main"}} {
		if err := s.Client.Delete(t.Context(), api.KindOf(used.kind), used.id, client.If{}); err == nil {
			t.Errorf("%s/%s was deleted while in use", used.kind, used.id)
		}
	}
	l.flows(t)
	if now := s.Node().Revision(); now != revision {
		t.Errorf("revision %d became %d", revision, now)
	}
	if p := s.Node().Problems(); len(p.Problems) != 0 {
		t.Errorf("problems: %v", p.Problems)
	}
	l.stop()
	l.check(t)
}
