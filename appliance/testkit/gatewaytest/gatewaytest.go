// SPDX-License-Identifier: Apache-2.0

// Package gatewaytest runs a whole gateway inside a test.
package gatewaytest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A Gateway is a whole appliance in the test's process, with its own embedded
// etcd.
type Gateway struct {
	*gateway.Gateway
	Endpoint string // of the Admin API
	Token    string // for the Admin API
	Client   *client.Client
}

// Start starts a gateway that serves nothing yet and ends with the
// test. change, which may be nil, changes its configuration first.
func Start(t testing.TB, change func(*gateway.Config)) *Gateway {
	t.Helper()
	config := gateway.Config{
		NodeID: "test", Cluster: "default", Version: "test",
		DataDir: t.TempDir(), Admin: "127.0.0.1:0", Operations: "127.0.0.1:0",
		Token: "a-token-for-tests-only",
		Grace: 5 * time.Second, Log: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	g, err := gateway.Start(context.Background(), config)
	if err != nil {
		t.Fatalf("start a gateway: %v", err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Errorf("the gateway ended with an error: %v", err)
		}
	})
	kit := &Gateway{Gateway: g, Endpoint: "http://" + g.AdminAddress(), Token: config.Token}
	if kit.Client, err = client.New(client.Config{Endpoint: kit.Endpoint, Token: kit.Token}); err != nil {
		t.Fatalf("client: %v", err)
	}
	t.Cleanup(kit.Client.Close)
	return kit
}

// Put writes an object and waits until the node serves it.
func (g *Gateway) Put(t testing.TB, kind, id, document string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	o, err := g.Client.Put(ctx, api.KindOf(kind), id, []byte(document), client.If{})
	if err != nil {
		t.Fatalf("put %s/%s: %v", kind, id, err)
	}
	if err := g.Node().WaitApplied(ctx, o.Revision); err != nil {
		t.Fatalf("put %s/%s: %v", kind, id, err)
	}
}

// Delete deletes an object and waits until the node no longer serves it.
func (g *Gateway) Delete(t testing.TB, kind, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	before := g.Node().Revision()
	if err := g.Client.Delete(ctx, api.KindOf(kind), id, client.If{}); err != nil {
		t.Fatalf("delete %s/%s: %v", kind, id, err)
	}
	if err := g.Node().WaitApplied(ctx, before+1); err != nil {
		t.Fatalf("delete %s/%s: %v", kind, id, err)
	}
}

// FreeAddress returns a loopback address that nothing listens on at the moment.
func FreeAddress(t testing.TB) string { return testkit.FreeAddress(t) }
