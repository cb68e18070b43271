// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"encoding/json"
	"maps"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// arrivalsStep is how often the nodes of the cluster are counted.
const arrivalsStep = 10 * time.Second

// Arrivals tells which share of the cluster's requests comes to the nodes of
// each zone, by the number of its live nodes: in front of them is somebody who
// spreads requests evenly.
type Arrivals struct {
	registry store.Registry
	shares   atomic.Pointer[map[string]float64]
}

// NewArrivals returns arrivals that are unknown until Run has begun, and for good
// without a registry.
func NewArrivals(registry store.Registry) *Arrivals { return &Arrivals{registry: registry} }

// Shares returns the shares by zone, nil while they are unknown. The caller must
// not change the map.
func (a *Arrivals) Shares() map[string]float64 {
	if shares := a.shares.Load(); shares != nil {
		return *shares
	}
	return nil
}

// Run counts until ctx ends, and calls changed after each change. While the
// registry cannot be reached, what was counted last holds.
func (a *Arrivals) Run(ctx context.Context, changed func()) {
	if a.registry == nil {
		<-ctx.Done()
		return
	}
	tick := time.NewTicker(arrivalsStep)
	defer tick.Stop()
	for {
		if a.count(ctx) {
			changed()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// count reports whether the shares have changed.
func (a *Arrivals) count(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, arrivalsStep)
	defer cancel()
	nodes, err := a.registry.Nodes(ctx)
	if err != nil {
		return false
	}
	zones, all := make(map[string]float64), 0.0
	for _, value := range nodes {
		var n api.Node
		if json.Unmarshal(value, &n) == nil && n.State == "serving" {
			zones[n.Zone]++
			all++
		}
	}
	if all == 0 {
		return false
	}
	for zone := range zones {
		zones[zone] /= all
	}
	if maps.Equal(zones, a.Shares()) {
		return false
	}
	a.shares.Store(&zones)
	return true
}
