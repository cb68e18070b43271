// SPDX-License-Identifier: Apache-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// S1-74: one file is a whole configuration; a changed file is served, a broken
// one is not, and the Admin API only reads.
func TestFile(t *testing.T) {
	host, port, _ := net.SplitHostPort(testkit.HTTP(t, nil, testkit.EchoHTTP))
	address := testkit.FreeAddress(t)
	path := filepath.Join(t.TempDir(), "config.yaml")
	write := func(route string) {
		text := fmt.Sprintf("listeners:\n  - {id: main, address: %q}\nupstreams:\n  - id: web\n    targets: [{host: %s, port: %s}]\nroutes:\n  - {id: r, upstream: web, %s}\n", address, host, port, route)
		whole := path + ".new" // the file is looked at at any time
		if err := errors.Join(os.WriteFile(whole, []byte(text), 0o600), os.Rename(whole, path)); err != nil {
			t.Fatal(err)
		}
	}
	write(`paths: ["/first"]`)
	c := config(t)
	c.File = path
	log := &testLog{}
	c.Log = slog.New(slog.NewJSONHandler(log, nil))
	logged := func(text string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !strings.Contains(log.String(), text); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%q is not logged:\n%s", text, log.String())
			}
		}
	}
	g, err := gateway.Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	expect := func(path string, want int) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			got := ask(t, "GET", "http://"+address+path, "")
			if got == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d, want %d", path, got, want)
			}
		}
	}
	expect("/first", 200)
	write(`paths: ["/second"]`)
	expect("/second", 200)
	expect("/first", 404)
	write(`paths: [`)
	logged("the changed file has mistakes; the last good configuration stays in force")
	write(`paths: ["/third"], policies: [missing]`)
	logged("route/r: policies[0]: refers to policy/missing, which does not exist")
	expect("/second", 200)
	expect("/third", 404)
	if n := strings.Count(log.String(), `"level":"ERROR"`); n != 2 || strings.Contains(log.String(), "store is") {
		t.Errorf("%d errors are logged:\n%s", n, log.String())
	}
	if got := ask(t, "PUT", "http://"+g.AdminAddress()+"/v1/routes/x", `{"upstream":"web"}`); got < 400 || got >= 500 {
		t.Errorf("a write got %d", got)
	}
	if got := ask(t, "GET", "http://"+g.AdminAddress()+"/v1/routes/r", ""); got != 200 {
		t.Errorf("a read got %d", got)
	}
}

func ask(t *testing.T, method, url, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer a-token-for-tests")
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// What keeps a file from being served is told before.
func TestCheckFile(t *testing.T) {
	for _, test := range []struct{ name, text, err string }{
		{"good", "upstreams:\n  - id: u\n", ""},
		{"empty", "", "the file is empty"},
		{"settings without an id", "cluster_settings: {plugins: {compress: {}}}\n", ""},
		{"settings with another id", "cluster_settings: {id: other}\n", `id: must be "cluster"`},
		{"a log that cannot be opened", "cluster_settings: {plugins: {access_log: {path: /no/such/directory/log}}}\n", ""},
		{"dangling", "routes:\n  - {id: r, upstream: nobody}\n", "route/r: upstream: refers to upstream/nobody, which does not exist"},
		{"invalid", "routes:\n  - {id: r, upstram: u}\n", "upstram"},
		{"twice", "upstreams: [{id: u}]\nroutes:\n  - {id: a, upstream: u}\n  - {id: b, upstream: u}\n", "route/b: takes the same requests as route/a"},
		{"a plugin's settings", "upstreams: [{id: u}]\nroutes:\n  - {id: a, upstream: u, plugins: {rate_limit: {count: -1}}}\n", "plugins.rate_limit.count"},
		{"no YAML", "{", "check.yaml"},
	} {
		path := filepath.Join(t.TempDir(), "check.yaml")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := gateway.CheckFile(path)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
