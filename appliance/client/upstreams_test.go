// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

// S1-05: the targets of an upstream come as they were told; what has no upstream
// is not found.
func TestUpstreamTargets(t *testing.T) {
	g := newRig(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method != "GET" || r.URL.EscapedPath() != "/v1/upstreams/a%2Fb/targets" {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, `{"code":"not_found","message":"this node serves no upstream"}`)
			return
		}
		_, _ = io.WriteString(w, `{"node":"n","targets":[{"address":"h:1","state":"ejected","latency":"1.5ms","ejection":{"reason":"why","times":2}}],"new":1}`)
	})
	got, err := g.UpstreamTargets(t.Context(), "a/b")
	if err != nil || got.Node != "n" || len(got.Targets) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	if s := got.Targets[0]; s.Address != "h:1" || s.State != api.TargetEjected || s.Latency.String() != "1.5ms" || s.Ejection == nil || s.Ejection.Times != 2 || s.Check != nil {
		t.Errorf("%+v", s)
	}
	if _, err := g.UpstreamTargets(t.Context(), "other"); !errors.Is(err, client.ErrNotFound) {
		t.Error(err)
	}
}
