// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/file"
)

// TestInstances follows instances as a deployment platform reports them
// (S3-02 to S3-04, S3-24, S3-25): each is registered, weighted, drained and
// removed by itself.
func TestInstances(t *testing.T) {
	w := newWorld(t)
	furnish(w)
	const a = "/v1/instances/web-1"
	created := w.want(http.StatusCreated, "PUT", a, `{"upstream":"up","host":"10.0.0.1","port":80,"tags":{"version":"2"}}`)
	if got, want := strings.TrimSpace(created.body), `{"id":"web-1","upstream":"up","host":"10.0.0.1","port":80,"tags":{"version":"2"}}`; got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
	// Reported again and again, it is the same revision.
	same := w.want(http.StatusOK, "PUT", a, `{"upstream":"up","host":"10.0.0.1","port":80,"tags":{"version":"2"}}`)
	if same.Header.Get("ETag") != created.Header.Get("ETag") {
		t.Error("the same report made a revision")
	}
	w.want(http.StatusOK, "PUT", a, `{"upstream":"up","host":"10.0.0.1","port":80,"weight":3,"draining":true}`, "If-Match", created.Header.Get("ETag"))
	w.want(http.StatusPreconditionFailed, "PUT", a, `{"upstream":"up","host":"10.0.0.1","port":80}`, "If-Match", created.Header.Get("ETag"))
	w.want(http.StatusCreated, "PUT", "/v1/instances/web-2", `{"upstream":"up","host":"10.0.0.1","port":80}`)
	if list := read[api.ListBody](t, w.want(200, "GET", "/v1/instances", "")); len(list.Items) != 2 {
		t.Errorf("%d instances are listed", len(list.Items))
	}
	w.want(http.StatusNoContent, "DELETE", a, "")
	w.want(http.StatusNotFound, "GET", a, "")
}

// TestInstanceWithoutUpstream: an upstream that does not exist is a mistake of
// who reports.
func TestInstanceWithoutUpstream(t *testing.T) {
	w := newWorld(t)
	furnish(w)
	before := w.contents()
	r := w.want(http.StatusConflict, "PUT", "/v1/instances/a", `{"upstream":"upp","host":"10.0.0.1","port":80}`).failure(t)
	if r.Code != api.CodeUnknownReference || len(r.Problems) != 1 || r.Problems[0].Path != "upstream" || *r.Problems[0].Other != (api.Key{Kind: "upstream", ID: "upp"}) {
		t.Errorf("got %+v", r)
	}
	if after := w.contents(); after != before {
		t.Errorf("refused, and yet the store has changed:\n%s", after)
	}
	dry := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", `{"put":[{"kind":"instance","object":{"id":"a","upstream":"upp","host":"10.0.0.1","port":80}}]}`))
	if len(dry.Problems) != 1 || dry.Problems[0].Code != api.CodeUnknownReference {
		t.Errorf("validate: %+v", dry)
	}
	dry = read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate",
		`{"put":[{"kind":"instance","object":{"id":"a","upstream":"new","host":"10.0.0.1","port":80}},{"kind":"upstream","object":{"id":"new"}}]}`))
	if len(dry.Problems) != 0 {
		t.Errorf("validate with its upstream: %+v", dry)
	}
}

// TestInstancesDoNotKeepTheirUpstream: who owns the upstream deletes it without
// asking the platform, also in the dry run that a plan makes, and the instances
// stay for their owner to delete, or to be used when the upstream is there again.
func TestInstancesDoNotKeepTheirUpstream(t *testing.T) {
	w := newWorld(t)
	w.want(201, "PUT", "/v1/upstreams/up", `{}`)
	w.want(201, "PUT", "/v1/routes/r", `{"upstream":"up"}`)
	w.want(201, "PUT", "/v1/instances/a", `{"upstream":"up","host":"10.0.0.1","port":80}`)
	w.want(201, "PUT", "/v1/instances/b", `{"upstream":"up","host":"10.0.0.2","port":80}`)
	refused := w.want(409, "DELETE", "/v1/upstreams/up", "").failure(t)
	if len(refused.Problems) != 1 || *refused.Problems[0].Other != (api.Key{Kind: "route", ID: "r"}) {
		t.Errorf("the upstream of a route: %+v", refused)
	}
	w.want(204, "DELETE", "/v1/routes/r", "")
	dry := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", `{"delete":[{"kind":"upstream","id":"up"}]}`))
	if len(dry.Problems) != 0 {
		t.Errorf("the dry run says %+v", dry)
	}
	w.want(204, "DELETE", "/v1/upstreams/up", "")
	w.want(200, "GET", "/v1/instances/a", "")
	w.want(409, "PUT", "/v1/instances/a", `{"upstream":"up","host":"10.0.0.1","port":80,"draining":true}`)
	w.want(204, "DELETE", "/v1/instances/a", "")
	w.want(201, "PUT", "/v1/upstreams/up", `{}`)
	w.want(200, "PUT", "/v1/instances/b", `{"upstream":"up","host":"10.0.0.2","port":80,"draining":true}`)
}

// The same over a store that is not asked but read.
func TestInstancesInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	content := "upstreams:\n- id: up\ninstances:\n- {id: a, upstream: up, host: 10.0.0.1, port: 80}\n"
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := file.Open(path, file.Config{Kinds: map[string]string{"upstreams": "upstream", "instances": "instance"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := newWorldOver(t, s, nil)
	dry := read[api.ProblemsBody](t, w.want(200, "POST", "/v1/validate", `{"delete":[{"kind":"upstream","id":"up"}]}`))
	if len(dry.Problems) != 0 {
		t.Errorf("the dry run says %+v", dry)
	}
	w.want(200, "GET", "/v1/instances/a", "")
	w.want(403, "PUT", "/v1/instances/a", `{"upstream":"up","host":"10.0.0.2","port":80}`)
}
