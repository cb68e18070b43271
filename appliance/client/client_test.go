// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

const token = "tell-nobody-this-token"

func TestMain(m *testing.M) { leaktest.Main(m) }

// A rig is a client of a server, with a record of its pauses.
type rig struct {
	*client.Client
	server *httptest.Server
	tries  atomic.Int64 // requests that the server got
	pauses []time.Duration
}

// newRig serves a handler, which is told the number of the request, from 1.
func newRig(t *testing.T, handler func(w http.ResponseWriter, r *http.Request, try int64)) *rig {
	t.Helper()
	g := new(rig)
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(w, r, g.tries.Add(1))
	}))
	t.Cleanup(g.server.Close)
	g.Client = g.connect(t, g.server.URL)
	return g
}

func (g *rig) connect(t *testing.T, endpoint string) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{
		Endpoint: endpoint, Token: token + "\n", UserAgent: "tests/1",
		Sleep: func(ctx context.Context, d time.Duration) error {
			g.pauses = append(g.pauses, d)
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newAdmin(t *testing.T) *admin.Admin {
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	return admin.New(admin.Options{
		Store: store, Registry: store, Catalogue: plugin.NewCatalogue(), Version: "9",
		StaticTokens: map[string]string{"test": token},
	})
}

var upstream, route = api.KindOf("upstream"), api.KindOf("route")

// TestAgainstAdmin uses every method against the real Admin API.
func TestAgainstAdmin(t *testing.T) {
	a := newAdmin(t)
	g := newRig(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		if r.UserAgent() != "tests/1" {
			t.Errorf("User-Agent: %s", r.UserAgent())
		}
		a.ServeHTTP(w, r)
	})
	ctx := t.Context()
	if _, err := g.Get(ctx, upstream, "up"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("get of nothing: %v", err)
	}
	made, err := g.Put(ctx, upstream, "up", json.RawMessage(`{"id":"up","max_idle":5}`), client.If{Absent: true})
	if err != nil || string(made.Object) != `{"id":"up","max_idle":5}` || made.Revision == 0 || made.ID != "up" {
		t.Fatalf("put: %+v %v", made, err)
	}
	if _, err := g.Put(ctx, upstream, "up", json.RawMessage(`{"max_idle":6}`), client.If{Absent: true}); !errors.Is(err, client.ErrRevision) {
		t.Errorf("created twice: %v", err)
	}
	if _, err := g.Put(ctx, upstream, "up", json.RawMessage(`{"max_idle":6}`), client.If{Revision: made.Revision + 100}); !errors.Is(err, client.ErrRevision) {
		t.Errorf("another revision: %v", err)
	}
	got, err := g.Get(ctx, upstream, "up")
	if err != nil || got.Revision != made.Revision || string(got.Object) != string(made.Object) {
		t.Errorf("get: %+v %v", got, err)
	}
	_, err = g.Put(ctx, route, "r", json.RawMessage(`{"upstream":"up","pats":[],"timeout":1}`), client.If{})
	var e *client.Error
	if !errors.As(err, &e) || !errors.Is(err, client.ErrInvalid) || e.Status != 400 || len(e.Problems) != 2 || e.Problems[0].Path != "pats" || !strings.Contains(err.Error(), "route/r: timeout:") {
		t.Errorf("invalid: %v", err)
	}
	if _, err := g.Put(ctx, route, "r", json.RawMessage(`{"upstream":"none"}`), client.If{}); !errors.Is(err, client.ErrConflict) {
		t.Errorf("dangling: %v", err)
	}
	if _, err := g.Put(ctx, route, "r", json.RawMessage(`{"upstream":"up"}`), client.If{}); err != nil {
		t.Error(err)
	}
	if err := g.Delete(ctx, upstream, "up", client.If{}); !errors.Is(err, client.ErrConflict) {
		t.Errorf("delete of what is in use: %v", err)
	}
	if p, err := g.Validate(ctx, api.ValidateRequest{Delete: []api.Key{{Kind: "upstream", ID: "up"}}}); err != nil || len(p.Problems) != 1 {
		t.Errorf("validate: %+v %v", p, err)
	}
	if v, err := g.Version(ctx); err != nil || v.Version != "9" {
		t.Errorf("version: %+v %v", v, err)
	}
	if n, err := g.Nodes(ctx); err != nil || len(n) != 0 {
		t.Errorf("nodes: %v %v", n, err)
	}
	if p, err := g.Plugins(ctx); err != nil || len(p) != 0 {
		t.Errorf("plugins: %v %v", p, err)
	}
	if err := g.Delete(ctx, route, "r", client.If{}); err != nil {
		t.Error(err)
	}
	if err := g.Delete(ctx, route, "r", client.If{}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if len(g.pauses) > 0 {
		t.Errorf("tried again: %v", g.pauses)
	}
	// Nothing runs on this node, which may change: tried again to the end.
	if _, err := g.Problems(ctx); !errors.Is(err, client.ErrUnavailable) || len(g.pauses) != client.DefaultRetries {
		t.Errorf("problems: %v after %v", err, g.pauses)
	}
	if _, err := g.Match(ctx, api.MatchRequest{Method: "GET", Path: "x"}); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("match: %v", err)
	}
}

// TestList follows pages to the end, and no further than it is asked to.
func TestList(t *testing.T) {
	a := newAdmin(t)
	g := newRig(t, func(w http.ResponseWriter, r *http.Request, _ int64) { a.ServeHTTP(w, r) })
	const n = 1203
	for i := range n {
		if _, err := g.Put(t.Context(), upstream, fmt.Sprintf("u%04d", i), json.RawMessage(`{}`), client.If{}); err != nil {
			t.Fatal(err)
		}
	}
	before := g.tries.Load()
	seen := 0
	for object, err := range g.List(t.Context(), upstream) {
		if err != nil {
			t.Fatal(err)
		}
		if object.ID != fmt.Sprintf("u%04d", seen) || object.Revision == 0 {
			t.Fatalf("object %d is %+v", seen, object)
		}
		seen++
	}
	if seen != n || g.tries.Load()-before != 3 {
		t.Errorf("%d objects in %d requests", seen, g.tries.Load()-before)
	}
	before = g.tries.Load()
	for range g.List(t.Context(), upstream) {
		break
	}
	if got := g.tries.Load() - before; got != 1 {
		t.Errorf("%d requests for one object", got)
	}
	g.server.Close()
	errs := 0
	for _, err := range g.List(t.Context(), upstream) {
		if !errors.Is(err, client.ErrUnavailable) {
			t.Errorf("list from a closed server: %v", err)
		}
		errs++
	}
	if errs != 1 {
		t.Errorf("%d errors", errs)
	}
}

// TestBusy: 503 and 429 are tried again, after what Retry-After asks for and a
// random, growing time.
func TestBusy(t *testing.T) {
	g := newRig(t, func(w http.ResponseWriter, r *http.Request, try int64) {
		switch try {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		case 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"version":"1"}`))
		}
	})
	if v, err := g.Version(t.Context()); err != nil || v.Version != "1" {
		t.Fatal(v, err)
	}
	bounds := [][2]time.Duration{
		{7 * time.Second, 7*time.Second + 250*time.Millisecond},
		{30 * time.Second, 30*time.Second + 500*time.Millisecond},
		{0, time.Second},
	}
	if len(g.pauses) != len(bounds) {
		t.Fatalf("pauses %v", g.pauses)
	}
	for i, b := range bounds {
		if g.pauses[i] < b[0] || g.pauses[i] > b[1] {
			t.Errorf("pause %d is %v, want %v to %v", i, g.pauses[i], b[0], b[1])
		}
	}
}

// TestGivesUp: it ends after MaxRetries, and an answer that will not change is
// not asked for again.
func TestGivesUp(t *testing.T) {
	for status, tries := range map[int]int64{503: client.DefaultRetries + 1, 429: client.DefaultRetries + 1, 500: 1, 502: 1, 401: 1, 404: 1, 412: 1} {
		g := newRig(t, func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(status) })
		_, err := g.Get(t.Context(), route, "r")
		if err == nil || g.tries.Load() != tries {
			t.Errorf("%d: %d tries, want %d: %v", status, g.tries.Load(), tries, err)
		}
		if errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrRevision) {
			t.Errorf("%d without the Admin API's body: %v", status, err)
		}
	}
}

// TestReset: a connection that breaks in the middle is tried again, and what
// an earlier try has done is recognised.
func TestReset(t *testing.T) {
	a := newAdmin(t)
	lose := func(t *testing.T) *rig { // carries out each request, and loses every first answer
		return newRig(t, func(w http.ResponseWriter, r *http.Request, try int64) {
			if try%2 == 0 || r.Method == http.MethodGet {
				a.ServeHTTP(w, r)
				return
			}
			a.ServeHTTP(httptest.NewRecorder(), r)
			reset(t, w)
		})
	}
	ctx := t.Context()
	made, err := lose(t).Put(ctx, upstream, "up", json.RawMessage(`{"max_idle": 5, "id":"up"}`), client.If{Absent: true})
	if err != nil || made.Revision == 0 {
		t.Fatalf("create: %v", err)
	}
	changed, err := lose(t).Put(ctx, upstream, "up", json.RawMessage(`{"id":"up","max_idle":6}`), client.If{Revision: made.Revision})
	if err != nil || changed.Revision <= made.Revision {
		t.Fatalf("update: %v", err)
	}
	if err := lose(t).Delete(ctx, upstream, "up", client.If{Revision: changed.Revision}); err != nil {
		t.Fatalf("delete: %v", err)
	}
	// What somebody else made is not taken for one's own.
	other := newRig(t, func(w http.ResponseWriter, r *http.Request, try int64) {
		if try > 1 {
			a.ServeHTTP(w, r)
			return
		}
		theirs := httptest.NewRequest("PUT", "/v1/upstreams/up", strings.NewReader(`{"max_idle":1}`))
		theirs.Header = r.Header.Clone()
		a.ServeHTTP(httptest.NewRecorder(), theirs)
		reset(t, w)
	})
	if _, err := other.Put(ctx, upstream, "up", json.RawMessage(`{"id":"up","max_idle":2}`), client.If{Absent: true}); !errors.Is(err, client.ErrRevision) {
		t.Errorf("another's object: %v", err)
	}
}

// reset breaks the connection so that the client sees a reset.
func reset(t *testing.T, w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// TestHang: the context ends a request that is not answered.
func TestHang(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	released := make(chan struct{})
	g := newRig(t, func(http.ResponseWriter, *http.Request, int64) {
		cancel()
		<-released
	})
	defer close(released)
	_, err := g.Version(ctx)
	if !errors.Is(err, context.Canceled) || len(g.pauses) != 0 {
		t.Errorf("%v after %v", err, g.pauses)
	}
}

// TestCancelledPause: the context ends a pause.
func TestCancelledPause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(503)
		time.AfterFunc(10*time.Millisecond, cancel)
	}))
	defer server.Close()
	c, err := client.New(client.Config{Endpoint: server.URL, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Version(ctx); err == nil {
		t.Error("no error")
	}
}

// TestUnreachable: the error names the endpoint and what to check.
func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	listener.Close()
	g := new(rig)
	_, err = g.connect(t, endpoint).Version(t.Context())
	if !errors.Is(err, client.ErrUnavailable) || !strings.Contains(err.Error(), endpoint) || !strings.Contains(err.Error(), "connection refused; check that a node runs there") {
		t.Errorf("%v", err)
	}
	if len(g.pauses) != client.DefaultRetries {
		t.Errorf("pauses %v", g.pauses)
	}
}

// TestNotTheAdminAPI: what something else answers is told in a line.
func TestNotTheAdminAPI(t *testing.T) {
	for _, c := range []struct {
		name, says string
		handler    http.HandlerFunc
	}{
		{"a proxy's page", `"502 Bad Gateway nginx"`, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			w.Write([]byte("<html>\n<center><h1>502 Bad Gateway</h1>\n</center><hr>nginx</html>"))
		}},
		{"a web page", "did not answer as the Admin API does", func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("<html>Welcome</html>"))
		}},
		{"a proxy's 404", "did not answer as the Admin API does", func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) }},
		{"JSON of another", "did not answer as the Admin API does", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(404)
			w.Write([]byte(`{"error":"nope"}`))
		}},
		{"JSON that is cut off", "did not answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{"version":`))
		}},
		{"a redirect", `redirects to "https://login.example/`, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://login.example/x")
			w.WriteHeader(302)
		}},
		{"no ETag", "no revision", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(`{}`))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newRig(t, func(w http.ResponseWriter, r *http.Request, _ int64) { c.handler(w, r) })
			_, err := g.Get(t.Context(), route, "r")
			if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, client.ErrNotFound) || strings.Contains(err.Error(), token) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestTLS: the server is trusted by its authority, or the error says what to set.
func TestTLS(t *testing.T) {
	a := newAdmin(t)
	server := httptest.NewUnstartedServer(a)
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	ca := string(pemOf(server.Certificate().Raw))
	for _, c := range []struct {
		name, says string
		config     client.Config
	}{
		{"unknown authority", "CA certificate", client.Config{Endpoint: server.URL}},
		{"authority", "", client.Config{Endpoint: server.URL, CACertificate: ca}},
		{"insecure", "", client.Config{Endpoint: server.URL, Insecure: true}},
		{"plaintext to TLS", "HTTPS server", client.Config{Endpoint: strings.Replace(server.URL, "https", "http", 1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Token = token
			cl, err := client.New(c.config)
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			_, err = cl.Version(t.Context())
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v", err)
			}
		})
	}
	plain := httptest.NewServer(a)
	defer plain.Close()
	cl, err := client.New(client.Config{Endpoint: strings.Replace(plain.URL, "http", "https", 1), Token: token})
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := cl.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "http://") {
		t.Errorf("TLS to plaintext: %v", err)
	}
}

// TestConfig: what is wrong with a configuration is said without its secrets.
func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config client.Config
		says   string
	}{
		{client.Config{}, "is missing"},
		{client.Config{Endpoint: "127.0.0.1:9180"}, "https:// or http://"},
		{client.Config{Endpoint: "ftp://x"}, "https:// or http://"},
		{client.Config{Endpoint: "me:tell-nobody@x:9180"}, "https:// or http://"},
		{client.Config{Endpoint: "https://"}, "no host"},
		{client.Config{Endpoint: "https://x:port"}, "not a URL"},
		{client.Config{Endpoint: "https://x/v1/routes"}, `leave out "/v1/routes"`},
		{client.Config{Endpoint: "https://x?a=b"}, `leave out "?a=b"`},
		{client.Config{Endpoint: "https://me:tell-nobody@x"}, "access is by token"},
		{client.Config{Endpoint: "https://x"}, "admin.token"},
		{client.Config{Endpoint: "https://x", Token: "tell-nobody this"}, "position 11"},
		{client.Config{Endpoint: "https://x", Token: "tell-nobody\nthis"}, "copy it again"},
		{client.Config{Endpoint: "https://x", Token: token, CACertificate: "x"}, "PEM"},
	} {
		_, err := client.New(c.config)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "tell-nobody") {
			t.Errorf("%+v: %v, want %q", c.config, err, c.says)
		}
	}
	for _, endpoint := range []string{"http://[::1]:9180/", "https://gateway.example.com"} {
		if _, err := client.New(client.Config{Endpoint: endpoint, Token: token}); err != nil {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// TestTokenIsNotTold: no error has the token, whatever its cause.
func TestTokenIsNotTold(t *testing.T) {
	a := newAdmin(t)
	g := newRig(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		if got := r.Header.Values("Authorization"); !slices.Equal(got, []string{"Bearer " + token}) {
			t.Errorf("Authorization: %q", got)
		}
		r.Header.Set("Authorization", "Bearer another")
		a.ServeHTTP(w, r)
	})
	_, err := g.Version(t.Context())
	if !errors.Is(err, client.ErrUnauthorized) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), token) {
		t.Errorf("%v", err)
	}
}
