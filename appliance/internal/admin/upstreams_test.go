// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
)

// S1-05, S1-06: the targets of an upstream, as the node sees them.
func TestUpstreamTargets(t *testing.T) {
	w := newWorld(t)
	r := w.want(200, "GET", "/v1/upstreams/served/targets", "")
	if want := `{"node":"n1","targets":[{"address":"10.0.0.1:80","weight":1,"tier":0,"source":"configured","state":"available","in_flight":3,"requests":0,"connections":0}]}`; strings.TrimSpace(r.body) != want {
		t.Errorf("%s, want %s", r.body, want)
	}
	w.want(200, "GET", "/v1/upstreams/%73erved/targets", "")
	w.want(200, "HEAD", "/v1/upstreams/served/targets", "")
	// The object may be in the store: what counts is what the node serves.
	w.want(201, "PUT", "/v1/upstreams/stored", `{}`)
	e := w.want(404, "GET", "/v1/upstreams/stored/targets", "").failure(t)
	if e.Code != api.CodeNotFound || !strings.Contains(e.Message, `"stored"`) {
		t.Errorf("%+v", e)
	}
	w.want(401, "GET", "/v1/upstreams/served/targets", "", "Authorization", "")
	w.want(400, "GET", "/v1/upstreams/served/targets?limit=1", "")
	if r := w.want(405, "PUT", "/v1/upstreams/served/targets", `{}`); r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow: %s", r.Header.Get("Allow"))
	}
	for _, path := range []string{
		"/v1/upstreams//targets", "/v1/upstreams/served/targets/", "/v1/upstreams/served/targets/x", "/v1/upstreams/served/", "/v1/upstreams/served/x",
		"/v1/upstreams/served%2Ftargets/x", "/v1/routes/served/targets", "/v1/nodes/x/targets", "/v1/upstreams/{id}/{id}/targets",
	} {
		if e := w.want(404, "GET", path, "").failure(t); e.Code != api.CodeBadRequest {
			t.Errorf("%s: %+v", path, e)
		}
	}
}

// A node that serves nothing yet says so, and when to come back.
func TestUpstreamTargetsTooEarly(t *testing.T) {
	a := admin.New(admin.Options{Catalogue: catalogue(), StaticTokens: map[string]string{"test": testToken}})
	r := httptest.NewRequest("GET", "/v1/upstreams/u/targets", nil)
	r.Header.Set("Authorization", "Bearer "+testToken)
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, r)
	if recorder.Code != 503 || recorder.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}
