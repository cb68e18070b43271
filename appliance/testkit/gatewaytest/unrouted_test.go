// SPDX-License-Identifier: Apache-2.0

package gatewaytest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// The cluster's access log has the requests that no route takes, too, and its
// other plugins have no say in them.
func TestUnroutedRequestsAreLogged(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	g := gatewaytest.Start(t, nil)
	address := gatewaytest.FreeAddress(t)
	g.Put(t, "listener", "main", object(t, map[string]any{"address": address}))
	g.Put(t, "cluster_settings", "cluster", object(t, map[string]any{"plugins": map[string]any{
		"access_log": map[string]any{"path": log}, "key_auth": map[string]any{},
	}}))
	response, err := http.Get("http://" + address + "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("got %s, want 404", response.Status)
	}
	if err := g.Close(); err != nil { // writes what is on its way
		t.Fatal(err)
	}
	lines, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(lines), `"/nowhere"`) || !strings.Contains(string(lines), `404`) {
		t.Errorf("the log has no line for it: %q", lines)
	}
}
