// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

const testToken = "a-token-for-tests"

// limitConfig are the settings of a plugin that exists for these tests.
type limitConfig struct {
	Count int `json:"count" check:"min=1" doc:"Requests allowed."`
}

func (*limitConfig) Validate() error              { return nil }
func (*limitConfig) New(*plugin.Env) (any, error) { return nil, nil }

func catalogue() *plugin.Catalogue {
	return plugin.NewCatalogue(
		plugin.Define("first", "# First\n\nFirst of all.\n", func() limitConfig { return limitConfig{} }),
		plugin.Define("limit", "# Limit\n\nRefuses too much.\n", func() limitConfig { return limitConfig{} }),
	)
}

// running is a fake data plane.
type running struct{}

func (running) Problems() api.ProblemsBody {
	return api.ProblemsBody{Revision: 7, Problems: []api.Problem{{Key: api.Key{Kind: "listener", ID: "web"}, Code: api.CodeUnusable, Message: "the address is in use"}}}
}

func (running) UpstreamTargets(id string) (api.UpstreamTargets, bool) {
	return api.UpstreamTargets{Node: "n1", Targets: []api.TargetStatus{
		{Address: "10.0.0.1:80", Weight: 1, Source: api.TargetConfigured, State: api.TargetAvailable, InFlight: 3},
	}}, id == "served"
}

func (running) Match(r api.MatchRequest) (api.MatchResult, error) {
	if r.Path == "/bad" {
		return api.MatchResult{}, errors.New("listener \"x\" does not exist")
	}
	if r.Path == "/panic" {
		panic("as the test wants")
	}
	return api.MatchResult{Route: "r", Plugins: []string{"limit"}}, nil
}

// A world is an Admin API over a store, and everything it has said.
type world struct {
	t     testing.TB
	admin *admin.Admin
	store store.Store
	mem   *memory.Store // nil over another store

	mu   sync.Mutex
	said bytes.Buffer // all answers and logs
}

func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.said.Write(b)
}

func newWorld(t testing.TB) *world {
	mem := memory.New()
	t.Cleanup(func() { mem.Close() })
	w := newWorldOver(t, mem, mem)
	w.mem = mem
	return w
}

func newWorldOver(t testing.TB, s store.Store, registry store.Registry) *world {
	w := &world{t: t, store: s}
	w.admin = admin.New(admin.Options{
		Store: s, Registry: registry, Catalogue: catalogue(), Running: running{},
		StaticTokens: map[string]string{"test": testToken, "empty": ""},
		Cluster:      "testers", Version: "1.2.3",
		Log: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return w
}

// A reply is an answer that was read.
type reply struct {
	*http.Response
	body string
}

// do sends a request; headers are names and values in turn.
func (w *world) do(method, path, body string, headers ...string) reply {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("Authorization", "Bearer "+testToken)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	recorder := httptest.NewRecorder()
	w.admin.ServeHTTP(recorder, r)
	response := recorder.Result()
	data, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 400 && method != http.MethodHead {
		var e api.ErrorBody
		if err := json.Unmarshal(data, &e); err != nil || e.Code == "" || e.Message == "" || response.Header.Get("Content-Type") != "application/json" {
			w.t.Errorf("%s %s: a failure without an ErrorBody: %d %s", method, path, response.StatusCode, data)
		}
	}
	_, _ = w.Write(data)
	return reply{response, string(data)}
}

// want sends a request and fails the test unless the status is this one.
func (w *world) want(status int, method, path, body string, headers ...string) reply {
	w.t.Helper()
	r := w.do(method, path, body, headers...)
	if r.StatusCode != status {
		w.t.Fatalf("%s %s: status %d, want %d: %s", method, path, r.StatusCode, status, r.body)
	}
	return r
}

func (r reply) failure(t testing.TB) api.ErrorBody {
	t.Helper()
	var e api.ErrorBody
	if err := json.Unmarshal([]byte(r.body), &e); err != nil {
		t.Fatalf("not an ErrorBody: %s", r.body)
	}
	return e
}

func read[T any](t testing.TB, r reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

// contents is everything that the store has, to be compared.
func (w *world) contents() string {
	w.t.Helper()
	var all strings.Builder
	for _, kind := range api.Kinds() {
		page, err := w.store.List(context.Background(), kind.Name, store.ListOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range page.Objects {
			all.WriteString(o.String() + " " + etagOf(o.Revision) + " " + string(o.Value) + "\n")
		}
	}
	return all.String()
}
