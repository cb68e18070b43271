// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// census is a registry of nodes in zones.
type census struct {
	store.Registry
	mu    sync.Mutex
	zones []string
	err   error
}

func (c *census) Nodes(context.Context) (map[string][]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	nodes := map[string][]byte{"draining": []byte(`{"id":"draining","zone":"a","state":"draining"}`), "broken": []byte("{")}
	for i, zone := range c.zones {
		id := string(rune('A' + i))
		nodes[id], _ = json.Marshal(api.Node{ID: id, Zone: zone, State: "serving"})
	}
	return nodes, c.err
}

// S3-47: requests come to zones in proportion to the nodes that serve there.
func TestArrivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry, changes := &census{zones: []string{"a", "a", "b", "a"}}, 0
		arrivals := node.NewArrivals(registry)
		if arrivals.Shares() != nil {
			t.Error("shares are known before anything was counted")
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			arrivals.Run(ctx, func() { changes++ })
		}()
		for i, step := range []struct {
			change  func()
			want    map[string]float64
			changes int
		}{
			{func() {}, map[string]float64{"a": 0.75, "b": 0.25}, 1},
			{func() {}, map[string]float64{"a": 0.75, "b": 0.25}, 1},
			{func() { registry.zones = []string{"a", "b"} }, map[string]float64{"a": 0.5, "b": 0.5}, 2},
			{func() { registry.err = errors.New("away") }, map[string]float64{"a": 0.5, "b": 0.5}, 2},
			{func() { registry.err, registry.zones = nil, nil }, map[string]float64{"a": 0.5, "b": 0.5}, 2},
			{func() { registry.zones = []string{"b"} }, map[string]float64{"b": 1}, 3},
		} {
			registry.mu.Lock()
			step.change()
			registry.mu.Unlock()
			if i > 0 {
				time.Sleep(10 * time.Second)
			}
			synctest.Wait()
			if got := arrivals.Shares(); !maps.Equal(got, step.want) || changes != step.changes {
				t.Errorf("step %d: %v after %d changes, want %v after %d", i, got, changes, step.want, step.changes)
			}
		}
		stop()
		<-done
	})
}
