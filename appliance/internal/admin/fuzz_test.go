// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// FuzzAdminBodies: whatever body is put to whatever kind, the answer is no
// server error; what is accepted reads back equal, and writing it again
// changes nothing.
func FuzzAdminBodies(f *testing.F) {
	pair := newPair(f, "a.example")
	for kind, body := range map[string]string{
		"upstreams":        `{"protocol":"https","targets":[{"host":"h","port":1,"weight":0},{"host":"g","port":2,"tags":{"v":"1"}}],"tls":{"server_name":"x"},"connect_timeout":"1.5s"}`,
		"instances":        `{"upstream":"up","host":"10.0.0.1","port":80,"weight":5,"zone":"z","tags":{"v":"1"},"draining":true}`,
		"routes":           `{"upstream":"up","hosts":["*.example.com"],"paths":["/a/{b}/*","~^/v[0-9]+/$"],"methods":["GET"],"headers":[{"name":"X","value":"1"}],"condition":"request.method == 'GET'","plugins":{"limit":{"count":1}}}`,
		"services":         `{"id":"x","upstream":"up","labels":{"a":"b"}}`,
		"listeners":        `{"address":"127.0.0.1:81","http2":false,"trusted_proxies":["10.0.0.0/8"]}`,
		"consumers":        `{"plugins":{"limit":{"count":1e0}}}`,
		"credentials":      `{"consumer":"alice","type":"key","secret":"0123456789abcdef"}`,
		"policies":         `{"plugins":{"limit":{"count":5},"first":{"count":2.0}},"description":"<&>\u2028"}`,
		"cluster_settings": `{"id":"cluster","policies":[]}`,
		"certificates":     quote(`{"certificate":%q,"private_key":%q,"names":["a.example"]}`, pair.certificate, pair.key),
	} {
		for i, k := range api.Kinds() {
			if k.Plural == kind {
				f.Add(uint8(i), []byte(body))
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		w := newWorld(t)
		furnish(w)
		k := api.Kinds()[int(kind)%len(api.Kinds())]
		id := "x"
		if k.Singleton != "" {
			id = k.Singleton
		}
		path := "/v1/" + k.Plural + "/" + id
		before := w.contents()
		put := w.do("PUT", path, string(body))
		if put.StatusCode >= 500 {
			t.Fatalf("%d: %s", put.StatusCode, put.body)
		}
		if put.StatusCode >= 400 {
			if after := w.contents(); after != before {
				t.Fatalf("refused, and yet the store has changed:\n%s", after)
			}
		}
		dry := `{"put":[{"kind":"` + k.Name + `","object":` + string(body) + `}]}`
		if r := w.do("POST", "/v1/validate", dry); r.StatusCode >= 500 {
			t.Fatalf("validate: %d: %s", r.StatusCode, r.body)
		}
		if put.StatusCode >= 400 {
			return
		}
		got := w.want(http.StatusOK, "GET", path, "")
		if got.body != put.body || got.Header.Get("ETag") != put.Header.Get("ETag") {
			t.Fatalf("put %s, read %s", put.body, got.body)
		}
		again := w.want(http.StatusOK, "PUT", path, got.body)
		if again.Header.Get("ETag") != put.Header.Get("ETag") || !bytes.Equal([]byte(again.body), []byte(put.body)) {
			t.Fatalf("what was read and written again differs:\n%s%s", put.body, again.body)
		}
	})
}
