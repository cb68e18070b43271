// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"net/http/httptest"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// AdminToken is what the Admin API of StartAdmin accepts.
const AdminToken = "a-token-for-tests"

// StartAdmin serves the Admin API over an empty store in memory, without a
// data plane, until the test ends, and returns its URL.
func StartAdmin(t testing.TB, plugins *plugin.Catalogue) string {
	t.Helper()
	store := memory.New()
	server := httptest.NewServer(admin.New(admin.Options{
		Store: store, Registry: store, Catalogue: plugins, Cluster: "test", Version: "test",
		StaticTokens: map[string]string{"test": AdminToken},
	}))
	t.Cleanup(func() {
		server.Close()
		_ = store.Close() // it is memory
	})
	return server.URL
}
