// SPDX-License-Identifier: Apache-2.0

package gatewaytest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// Three short objects are a gateway, and they serve as soon as they were
// written (S1-60).
func TestServes(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "target saw "+r.URL.Path)
	}))
	defer target.Close()
	host, port, _ := strings.Cut(strings.TrimPrefix(target.URL, "http://"), ":")

	g := gatewaytest.Start(t, nil)
	address := gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "web", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "target", `{"targets":[{"host":"`+host+`","port":`+port+`}]}`)
	g.Put(t, "route", "all", `{"paths":["/*"],"upstream":"target"}`)

	response, err := http.Get("http://" + address + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if response.StatusCode != 200 || string(body) != "target saw /x" {
		t.Fatalf("got %d %q", response.StatusCode, body)
	}
}

// read returns the body of an answer, which must be 200.
func read(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("got %d %s", response.StatusCode, body)
	}
	return string(body)
}
