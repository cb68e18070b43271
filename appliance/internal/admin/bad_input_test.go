// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

func etagOf(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

// furnish puts one object of the kinds that others refer to.
func furnish(w *world) {
	w.t.Helper()
	w.want(http.StatusCreated, "PUT", "/v1/upstreams/up", `{"targets":[{"host":"a.example","port":80}]}`)
	w.want(http.StatusCreated, "PUT", "/v1/listeners/web", `{"address":":8080"}`)
	w.want(http.StatusCreated, "PUT", "/v1/routes/home", `{"upstream":"up","paths":["/home"],"listeners":["web"]}`)
	w.want(http.StatusCreated, "PUT", "/v1/consumers/alice", `{}`)
	w.want(http.StatusCreated, "PUT", "/v1/credentials/alice-key", `{"consumer":"alice","type":"key","secret":"sesame-sesame-sesame"}`)
}

// TestBadInput: each mistake gets a clear error with its path, and the store
// stays as it was.
func TestBadInput(t *testing.T) {
	pair := newPair(t, "a.example")
	other := newPair(t, "b.example")
	huge := `{"upstream":"up","description":"` + strings.Repeat("x", 2<<20) + `"}`
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     string
		at                       []string // paths of the problems, in order
		says                     string   // in the message or the first problem
	}{
		{name: "no JSON", body: `{"upstream": up}`, status: 400, code: api.CodeInvalid, at: []string{""}, says: "line 1"},
		{name: "cut off", body: `{"upstream":"up"`, status: 400, code: api.CodeInvalid, at: []string{""}, says: "too early"},
		{name: "two values", body: `{"upstream":"up"} {}`, status: 400, code: api.CodeInvalid, at: []string{""}, says: "follows"},
		{name: "no body", body: ``, status: 400, code: api.CodeInvalid, at: []string{""}},
		{name: "a list", body: `[]`, status: 400, code: api.CodeInvalid, at: []string{""}, says: "must be an object"},
		{name: "null", body: `null`, status: 400, code: api.CodeInvalid, at: []string{""}, says: "must be an object"},
		{name: "not UTF-8", body: "{\"upstream\":\"\xff\"}", status: 400, code: api.CodeInvalid, at: []string{""}, says: "UTF-8"},
		{name: "too deep", body: strings.Repeat(`{"plugins":`, 200) + `1` + strings.Repeat(`}`, 200), status: 400, code: api.CodeInvalid, says: "nests"},
		{name: "unknown field", body: `{"upstream":"up","upstreem":1}`, status: 400, code: api.CodeInvalid, at: []string{"upstreem"}, says: `"upstream"`},
		{name: "field twice", body: `{"upstream":"up","upstream":"up"}`, status: 400, code: api.CodeInvalid, at: []string{"upstream"}, says: "twice"},
		{name: "wrong types", body: `{"upstream":1,"paths":"/","timeout":5}`, status: 400, code: api.CodeInvalid, at: []string{"upstream", "paths", "timeout"}, says: "string"},
		{name: "out of range", path: "/v1/upstreams/x", body: `{"targets":[{"host":"h","port":70000}]}`, status: 400, code: api.CodeInvalid, at: []string{"targets[0].port"}, says: "65535"},
		{name: "missing field", path: "/v1/listeners/x", body: `{}`, status: 400, code: api.CodeInvalid, at: []string{"address"}, says: "required"},
		{name: "unknown plugin", body: `{"upstream":"up","plugins":{"limmit":{}}}`, status: 400, code: api.CodeInvalid, at: []string{"plugins.limmit"}, says: "not a plugin"},
		{name: "plugin setting", body: `{"upstream":"up","plugins":{"limit":{"count":0}}}`, status: 400, code: api.CodeInvalid, at: []string{"plugins.limit.count"}},
		{name: "id of another", body: `{"id":"y","upstream":"up"}`, status: 400, code: api.CodeInvalid, at: []string{"id"}, says: "path says"},
		{name: "id of a wrong type", body: `{"id":7,"upstream":"up"}`, status: 400, code: api.CodeInvalid, at: []string{"id"}},
		{name: "bad id", path: "/v1/routes/a%20b", body: `{"upstream":"up"}`, status: 400, code: api.CodeInvalid, at: []string{"id"}, says: "letters"},
		{name: "id with a slash", path: "/v1/routes/a%2Fb", body: `{"upstream":"up"}`, status: 400, code: api.CodeInvalid, at: []string{"id"}},
		{name: "singleton", path: "/v1/cluster_settings/mine", body: `{}`, status: 400, code: api.CodeInvalid, at: []string{"id"}, says: "only one"},
		{name: "neither service nor upstream", body: `{}`, status: 400, code: api.CodeInvalid, at: []string{"upstream"}},
		{name: "enormous", body: huge, status: 413, code: api.CodeTooLarge, says: "1048576"},
		{name: "not a certificate", path: "/v1/certificates/x", body: quote(`{"certificate":%q,"private_key":%q}`, "garbage", pair.key), status: 400, code: api.CodeInvalid, at: []string{"certificate"}, says: "BEGIN CERTIFICATE"},
		{name: "not a key", path: "/v1/certificates/x", body: quote(`{"certificate":%q,"private_key":%q}`, pair.certificate, "s3cr3t-garbage"), status: 400, code: api.CodeInvalid, at: []string{"private_key"}, says: "PEM private key"},
		{name: "key of another", path: "/v1/certificates/x", body: quote(`{"certificate":%q,"private_key":%q}`, pair.certificate, other.key), status: 400, code: api.CodeInvalid, at: []string{"private_key"}, says: "does not belong"},
		{name: "no key", path: "/v1/certificates/x", body: quote(`{"certificate":%q}`, pair.certificate), status: 400, code: api.CodeInvalid, at: []string{"private_key"}, says: "is required"},
		{name: "dangling references", body: `{"upstream":"nope","policies":["p1","p2"],"listeners":["web","l2"]}`, status: 409, code: api.CodeUnknownReference, at: []string{"listeners[1]", "upstream", "policies[0]", "policies[1]"}, says: `"l2"`},
		{name: "address taken", path: "/v1/listeners/x", body: `{"address":":8080"}`, status: 409, code: api.CodeConflict, at: []string{"address"}, says: "listener/web"},
		{name: "same requests", body: `{"upstream":"up","paths":["/home"],"listeners":["web"]}`, status: 409, code: api.CodeConflict, at: []string{""}, says: "route/home"},
		{name: "same secret", path: "/v1/credentials/x", body: `{"consumer":"alice","type":"key","secret":"sesame-sesame-sesame"}`, status: 409, code: api.CodeConflict, at: []string{"secret"}, says: "credential/alice-key"},
		{name: "in use", method: "DELETE", path: "/v1/upstreams/up", status: 409, code: api.CodeInUse, at: []string{""}, says: "route/home"},
		{name: "delete of nothing", method: "DELETE", path: "/v1/routes/x", status: 404, code: api.CodeNotFound, says: `"x"`},
		{name: "get of nothing", method: "GET", path: "/v1/routes/x", status: 404, code: api.CodeNotFound},
		{name: "get of an impossible id", method: "GET", path: "/v1/routes/a%2Fb", status: 404, code: api.CodeNotFound},
		{name: "media type", body: `{}`, headers: []string{"Content-Type", "text/plain"}, status: 415, code: api.CodeBadRequest, says: "application/json"},
		{name: "no media type", body: `{}`, headers: []string{"Content-Type", ""}, status: 415, code: api.CodeBadRequest},
		{name: "charset", body: `{}`, headers: []string{"Content-Type", "application/json; charset=latin1"}, status: 415, code: api.CodeBadRequest},
		{name: "create what is there", path: "/v1/routes/home", body: `{"upstream":"up"}`, headers: []string{"If-None-Match", "*"}, status: 412, code: api.CodeRevision, says: "exists already"},
		{name: "old revision", path: "/v1/routes/home", body: `{"upstream":"up"}`, headers: []string{"If-Match", `"1"`}, status: 412, code: api.CodeRevision, says: "somebody else"},
		{name: "weak tag", path: "/v1/routes/home", body: `{"upstream":"up"}`, headers: []string{"If-Match", `W/"4"`}, status: 412, code: api.CodeRevision},
		{name: "update of nothing", body: `{"upstream":"up"}`, headers: []string{"If-Match", "*"}, status: 412, code: api.CodeRevision, says: "does not exist"},
		{name: "revision of nothing", body: `{"upstream":"up"}`, headers: []string{"If-Match", `"3"`}, status: 412, code: api.CodeRevision, says: "no longer exists"},
		{name: "tag without quotes", body: `{"upstream":"up"}`, headers: []string{"If-Match", `3`}, status: 400, code: api.CodeBadRequest, says: "quotes"},
		{name: "delete an old revision", method: "DELETE", path: "/v1/routes/home", headers: []string{"If-Match", `"1"`}, status: 412, code: api.CodeRevision},
		{name: "unknown path", method: "GET", path: "/v1/rotes", status: 404, code: api.CodeBadRequest, says: "/v1/routes/{id}"},
		{name: "other version", method: "GET", path: "/v2/routes", status: 404, code: api.CodeBadRequest},
		{name: "double slash", method: "GET", path: "//v1/routes", status: 404, code: api.CodeBadRequest},
		{name: "deeper path", method: "GET", path: "/v1/routes/a/b", status: 404, code: api.CodeBadRequest},
		{name: "no id", method: "GET", path: "/v1/routes/", status: 404, code: api.CodeBadRequest},
		{name: "wrong method", method: "POST", path: "/v1/routes", body: `{}`, status: 405, code: api.CodeBadRequest, says: "GET, HEAD"},
		{name: "limit", method: "GET", path: "/v1/routes?limit=0", status: 400, code: api.CodeBadRequest, says: "1000"},
		{name: "limit twice", method: "GET", path: "/v1/routes?limit=1&limit=2", status: 400, code: api.CodeBadRequest},
		{name: "unknown parameter", method: "GET", path: "/v1/routes?limt=1", status: 400, code: api.CodeBadRequest, says: "page_token"},
		{name: "page token", method: "GET", path: "/v1/routes?page_token=abc", status: 400, code: api.CodeBadRequest, says: "start anew"},
		{name: "match without a path", method: "POST", path: "/v1/match", body: `{"method":"GET"}`, status: 400, code: api.CodeInvalid, at: []string{"path"}},
		{name: "match of no path", method: "POST", path: "/v1/match", body: `{"method":"GET","path":"x"}`, status: 400, code: api.CodeInvalid, at: []string{"path"}},
		{name: "match refused", method: "POST", path: "/v1/match", body: `{"method":"GET","path":"/bad"}`, status: 400, code: api.CodeInvalid, says: "does not exist"},
		{name: "validate nonsense", method: "POST", path: "/v1/validate", body: `{"puts":[]}`, status: 400, code: api.CodeInvalid, at: []string{"puts"}},
		{name: "panic", method: "POST", path: "/v1/match", body: `{"method":"GET","path":"/panic"}`, status: 500, code: api.CodeInternal, says: "log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			furnish(w)
			before := w.contents()
			method, path := c.method, c.path
			if method == "" {
				method = "PUT"
			}
			if path == "" {
				path = "/v1/routes/x"
			}
			r := w.want(c.status, method, path, c.body, c.headers...)
			e := r.failure(t)
			if e.Code != c.code {
				t.Errorf("code %q, want %q", e.Code, c.code)
			}
			if c.at != nil {
				var at []string
				for _, p := range e.Problems {
					at = append(at, p.Path)
				}
				if strings.Join(at, "|") != strings.Join(c.at, "|") {
					t.Errorf("problems at %q, want %q: %s", at, c.at, r.body)
				}
			}
			if !strings.Contains(e.Message, c.says) {
				t.Errorf("the message does not say %q: %s", c.says, e.Message)
			}
			if after := w.contents(); after != before {
				t.Errorf("the store has changed from\n%sto\n%s", before, after)
			}
			if strings.Contains(w.said.String(), "s3cr3t") || strings.Contains(w.said.String(), "sesame") {
				t.Errorf("a secret was told: %s", w.said.String())
			}
		})
	}
}

// TestWrongMethodAllow: RFC 9110, section 15.5.6.
func TestWrongMethodAllow(t *testing.T) {
	w := newWorld(t)
	for path, allow := range map[string]string{"/v1/routes": "GET, HEAD", "/v1/routes/x": "DELETE, GET, HEAD, PUT", "/v1/validate": "POST"} {
		if got := w.want(405, "PATCH", path, `{}`).Header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow: %s, want %s", path, got, allow)
		}
	}
}

// TestManyProblems: an answer does not grow with the number of mistakes.
func TestManyProblems(t *testing.T) {
	w := newWorld(t)
	r := w.want(400, "PUT", "/v1/upstreams/x", `{"targets":[`+strings.Repeat("1,", 100_000)+`1]}`)
	if e := r.failure(t); len(e.Problems) != 100 || !strings.Contains(e.Message, "more)") {
		t.Errorf("%d problems: %s", len(e.Problems), e.Message)
	}
}
