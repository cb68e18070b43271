// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
)

// TestPaging: all pages show the revision of the first one, whatever is
// written between them.
func TestPaging(t *testing.T) {
	t.Run("memory", func(t *testing.T) { testPaging(t, newWorld(t)) })
	t.Run("etcd", func(t *testing.T) {
		s := etcdtest.Start(t).Store("admin")
		testPaging(t, newWorldOver(t, s, s))
	})
}

func testPaging(t *testing.T, w *world) {
	const n = 25
	for i := range n {
		w.want(201, "PUT", fmt.Sprintf("/v1/upstreams/u%02d", i), `{"description":"old"}`)
	}
	var ids []string
	var revision int64
	token := ""
	for page := 0; ; page++ {
		query := url.Values{"limit": {"10"}}
		if token != "" {
			query.Set("page_token", token)
		}
		body := read[api.ListBody](t, w.want(200, "GET", "/v1/upstreams?"+query.Encode(), ""))
		if page == 0 {
			revision = body.Revision
		}
		if body.Revision != revision {
			t.Errorf("page %d shows revision %d, the first one %d", page, body.Revision, revision)
		}
		for _, item := range body.Items {
			ids = append(ids, item.ID)
			if want := fmt.Sprintf(`{"id":%q,"description":"old"}`, item.ID); string(item.Object) != want {
				t.Errorf("%s, want %s", item.Object, want)
			}
		}
		// Everything changes before the next page.
		for i := range n {
			w.want(200, "PUT", fmt.Sprintf("/v1/upstreams/u%02d", i), fmt.Sprintf(`{"description":"new %d"}`, page))
		}
		w.want(http.StatusCreated, "PUT", fmt.Sprintf("/v1/upstreams/u%02d-new-%d", n-1, page), `{}`)
		if token = body.Next; token == "" {
			break
		}
	}
	if len(ids) != n {
		t.Errorf("%d objects, want %d: %v", len(ids), n, ids)
	}
}

// TestPageGone: a token whose revision is no longer kept says so.
func TestPageGone(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		w.want(201, "PUT", fmt.Sprintf("/v1/upstreams/u%d", i), `{}`)
	}
	body := read[api.ListBody](t, w.want(200, "GET", "/v1/upstreams?limit=1", ""))
	w.mem.Compact(body.Revision + 1)
	w.want(http.StatusGone, "GET", "/v1/upstreams?page_token="+body.Next, "")
	// It is of this listing and no other.
	w.want(400, "GET", "/v1/routes?page_token="+body.Next, "")
}

// TestEmptyList: no objects are an empty list, not null.
func TestEmptyList(t *testing.T) {
	w := newWorld(t)
	if body := read[map[string]any](t, w.want(200, "GET", "/v1/routes", "")); body["items"] == nil {
		t.Errorf("items: %v", body)
	}
}
