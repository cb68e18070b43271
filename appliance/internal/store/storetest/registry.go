// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// patience is how long to wait for what must happen; only a failure takes it.
const patience = 30 * time.Second

// RunRegistry tests registries. Each call of open returns an empty one.
func RunRegistry(t *testing.T, open func(*testing.T) store.Registry) {
	t.Run("registry", func(t *testing.T) {
		t.Parallel()
		r := open(t)
		a := Register(t, r, "a", "1")
		b := Register(t, r, "b", "2")
		UntilNodes(t, r, map[string]string{"a": "1", "b": "2"})
		a.Update([]byte("3"))
		a.Update([]byte("4"))
		UntilNodes(t, r, map[string]string{"a": "4", "b": "2"})
		if err := b.Close(testContext(t)); err != nil {
			t.Error(err)
		}
		UntilNodes(t, r, map[string]string{"a": "4"})
		if err := a.Close(testContext(t)); err != nil {
			t.Error(err)
		}
		UntilNodes(t, r, map[string]string{})
	})
}

// Register registers a node with a short lease.
func Register(t testing.TB, r store.Registry, id, value string) store.Registration {
	t.Helper()
	registration, err := r.Register(context.Background(), id, []byte(value), 2*time.Second)
	if err != nil {
		t.Fatalf("register: %v", err)
	}
	return registration
}

// UntilNodes waits until these nodes are live, and no others.
func UntilNodes(t testing.TB, r store.Registry, want map[string]string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		nodes, err := r.Nodes(ctx)
		got := make(map[string]string)
		for id, value := range nodes {
			got[id] = string(value)
		}
		if err == nil && maps.Equal(got, want) {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			t.Fatalf("live nodes: %v, %v; want %v", got, err, want)
		}
	}
}
