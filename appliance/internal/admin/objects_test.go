// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// TestLife follows one object through its statuses and ETags.
func TestLife(t *testing.T) {
	w := newWorld(t)
	const path = "/v1/upstreams/up"
	created := w.want(http.StatusCreated, "PUT", path, `{"description":"a","targets":[{"port":80,"host":"h"}]}`, "If-None-Match", "*")
	const document = `{"id":"up","description":"a","targets":[{"host":"h","port":80}]}`
	if got := strings.TrimSpace(created.body); got != document {
		t.Errorf("stored\n%s, want what was written, without defaults:\n%s", got, document)
	}
	first := created.Header.Get("ETag")
	got := w.want(http.StatusOK, "GET", path, "")
	if got.Header.Get("ETag") != first || got.body != created.body {
		t.Errorf("reads back as %s %s", got.Header.Get("ETag"), got.body)
	}
	if r := w.want(http.StatusNotModified, "GET", path, "", "If-None-Match", first); r.body != "" || r.Header.Get("ETag") != first {
		t.Errorf("304 with %q and ETag %s", r.body, r.Header.Get("ETag"))
	}
	if r := w.want(http.StatusOK, "HEAD", path, ""); r.Header.Get("ETag") != first {
		t.Errorf("HEAD without the ETag")
	}
	updated := w.want(http.StatusOK, "PUT", path, `{"description":"b"}`, "If-Match", `"999", `+first)
	if updated.Header.Get("ETag") == first {
		t.Error("an update kept its ETag")
	}
	w.want(http.StatusPreconditionFailed, "DELETE", path, "", "If-Match", first)
	w.want(http.StatusNoContent, "DELETE", path, "", "If-Match", updated.Header.Get("ETag"))
	w.want(http.StatusNotFound, "GET", path, "")
	w.want(http.StatusNotFound, "DELETE", path, "")
	w.want(http.StatusCreated, "PUT", path, `{"id":"up"}`)
}

// TestIdempotentPut: writing what is there already makes no revision,
// however it is spelled.
func TestIdempotentPut(t *testing.T) {
	w := newWorld(t)
	const path = "/v1/upstreams/up"
	old := w.want(http.StatusCreated, "PUT", path, `{}`).Header.Get("ETag")
	first := w.want(http.StatusOK, "PUT", path, `{"max_idle":5,"labels":{"a":"1","b":"2"}}`, "If-Match", old)
	before := w.contents()
	for _, again := range []struct{ body, field, value string }{
		{`{"max_idle":5,"labels":{"a":"1","b":"2"}}`, "", ""},
		{`{ "labels": {"b":"2", "a":"1"}, "id": "up", "description": null, "max_idle": 5.0 }`, "", ""},
		{`{"max_idle":5,"labels":{"a":"1","b":"2"}}`, "If-Match", "*"},
	} {
		r := w.want(http.StatusOK, "PUT", path, again.body, again.field, again.value)
		if r.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("%s: a new revision", again.body)
		}
	}
	// A change does not pass for the same one made by another.
	w.want(http.StatusPreconditionFailed, "PUT", path, `{"max_idle":5,"labels":{"a":"1","b":"2"}}`, "If-Match", old)
	w.want(http.StatusPreconditionFailed, "PUT", path, `{"max_idle":5,"labels":{"a":"1","b":"2"}}`, "If-None-Match", "*")
	if after := w.contents(); after != before {
		t.Errorf("the store has changed:\n%s", after)
	}
}

// TestSecrets: secrets go in and never come out, in answers, listings, errors
// or logs; leaving them out keeps them.
func TestSecrets(t *testing.T) {
	w := newWorld(t)
	furnish(w)
	pair, other := newPair(t, "a.example"), newPair(t, "b.example")
	const path = "/v1/certificates/c"
	w.want(201, "PUT", path, quote(`{"certificate":%q,"private_key":%q}`, pair.certificate, pair.key))
	w.want(200, "PUT", path, quote(`{"certificate":%q,"description":"kept"}`, pair.certificate))
	kept, err := w.store.Get(context.Background(), store.Key{Kind: "certificate", ID: "c"})
	if err != nil || !strings.Contains(string(kept.Value), `"private_key":"-----BEGIN`) {
		t.Fatalf("the key was not kept: %s %v", kept.Value, err)
	}
	same := w.want(200, "PUT", path, quote(`{"certificate":%q,"description":"kept"}`, pair.certificate))
	if same.Header.Get("ETag") != etagOf(kept.Revision) {
		t.Error("the same document without its secret made a revision")
	}
	// A certificate that the kept key is not for.
	w.want(400, "PUT", path, quote(`{"certificate":%q}`, other.certificate))
	w.want(200, "PUT", path, quote(`{"certificate":%q,"private_key":%q,"private_key_version":2}`, other.certificate, other.key))
	// A new number without the new key would hide that the key never came.
	w.want(400, "PUT", path, quote(`{"certificate":%q,"private_key_version":3}`, other.certificate))
	w.want(200, "PUT", path, quote(`{"certificate":%q,"private_key_version":2}`, other.certificate))
	w.want(200, "GET", path, "")
	w.want(200, "GET", "/v1/certificates", "")
	w.want(200, "GET", "/v1/credentials", "")
	w.want(200, "GET", "/v1/credentials/alice-key", "")
	w.want(200, "PUT", "/v1/credentials/alice-key", `{"consumer":"alice","type":"key","secret":"another-sesame-secret"}`)
	w.want(200, "POST", "/v1/validate", quote(`{"put":[{"kind":"credential","object":{"id":"x","consumer":"alice","type":"key","secret":"another-sesame-secret"}},
		{"kind":"certificate","object":{"id":"c","certificate":%q,"private_key":%q}}]}`, pair.certificate, other.key))
	w.want(400, "PUT", "/v1/credentials/alice-key", `{"consumer":"alice","type":"key","secret":["sesame in a list"]}`)
	w.want(400, "PUT", "/v1/credentials/alice-key", `{"consumer":"alice","type":"key","secret":"sesame\nline two, too long"}`)
	said := w.said.String()
	for _, secret := range []string{"sesame", "PRIVATE KEY", strings.Split(pair.key, "\n")[1], strings.Split(other.key, "\n")[1], testToken} {
		if strings.Contains(strings.ReplaceAll(said, "BEGIN PRIVATE KEY-----\\\"", ""), secret) {
			t.Errorf("%q was told", secret)
		}
	}
	if !strings.Contains(said, "who=test") || !strings.Contains(said, "object=certificate/c") {
		t.Error("the log does not say who changed what")
	}
}

// TestInUseNamesAll: a refused delete names everybody who is in the way.
func TestInUseNamesAll(t *testing.T) {
	w := newWorld(t)
	w.want(201, "PUT", "/v1/upstreams/up", `{}`)
	for i := range 3 {
		w.want(201, "PUT", fmt.Sprintf("/v1/routes/r%d", i), fmt.Sprintf(`{"upstream":"up","paths":["/%d"]}`, i))
	}
	w.want(201, "PUT", "/v1/services/s", `{"upstream":"up"}`)
	e := w.want(409, "DELETE", "/v1/upstreams/up", "").failure(t)
	var by []string
	for _, p := range e.Problems {
		by = append(by, p.Other.String())
	}
	if got := strings.Join(by, " "); got != "route/r0 route/r1 route/r2 service/s" {
		t.Errorf("named %s", got)
	}
}

// failing is a store that does nothing but fail.
type failing struct {
	store.Store
	err error
}

func (f failing) Get(context.Context, store.Key) (store.Object, error) {
	return store.Object{}, store.ErrNotFound
}

func (f failing) Apply(context.Context, []store.Write) (int64, error) {
	return 0, fmt.Errorf("etcd: write: %w", f.err)
}

// TestStoreFailures: what a store may say has a status and a code of its own.
func TestStoreFailures(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{store.ErrReadOnly, 403, api.CodeReadOnly},
		{store.ErrUnavailable, 503, api.CodeUnavailable},
		{store.ErrClosed, 503, api.CodeUnavailable},
		{context.DeadlineExceeded, 503, api.CodeUnavailable},
		{&store.TooLargeError{What: "bytes", Size: 2, Limit: 1}, 413, api.CodeTooLarge},
		{&store.InvalidWriteError{Key: store.Key{Kind: "upstream", ID: "x"}, Reason: "is bad"}, 400, api.CodeInvalid},
		{errors.New("disk 7 is full"), 500, api.CodeInternal},
	} {
		w := newWorldOver(t, failing{err: c.err}, nil)
		r := w.want(c.status, "PUT", "/v1/upstreams/x", `{}`)
		e := r.failure(t)
		if e.Code != c.code {
			t.Errorf("%v: code %s, want %s", c.err, e.Code, c.code)
		}
		if (c.status == 503) != (r.Header.Get("Retry-After") != "") {
			t.Errorf("%v: Retry-After %q", c.err, r.Header.Get("Retry-After"))
		}
		if strings.Contains(r.body, "disk") {
			t.Errorf("an internal error was told: %s", r.body)
		}
	}
}

// TestInfo reads what the cluster tells of itself.
func TestInfo(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	for id, value := range map[string]string{"n2": `{"state":"ready","revision":3}`, "n1": `{"state":"draining"}`, "n3": `broken`} {
		if _, err := w.mem.Register(ctx, id, []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	nodes := read[api.NodesBody](t, w.want(200, "GET", "/v1/nodes", ""))
	if len(nodes.Nodes) != 2 || nodes.Nodes[0].ID != "n1" || nodes.Nodes[1].Revision != 3 {
		t.Errorf("nodes: %+v", nodes)
	}
	plugins := read[api.PluginsBody](t, w.want(200, "GET", "/v1/plugins", ""))
	if len(plugins.Plugins) != 2 || plugins.Plugins[1].Name != "limit" || plugins.Plugins[1].Order != 1 || !json.Valid(plugins.Plugins[1].Schema) {
		t.Errorf("plugins: %+v", plugins)
	}
	if v := read[api.VersionBody](t, w.want(200, "GET", "/v1/version", "")); v.Version != "1.2.3" || v.Cluster != "testers" {
		t.Errorf("version: %+v", v)
	}
	if p := read[api.ProblemsBody](t, w.want(200, "GET", "/v1/problems", "")); p.Revision != 7 || len(p.Problems) != 1 {
		t.Errorf("problems: %+v", p)
	}
	if m := read[api.MatchResult](t, w.want(200, "POST", "/v1/match", `{"method":"GET","path":"/x?y=1","host":"h"}`)); m.Route != "r" {
		t.Errorf("match: %+v", m)
	}
}
