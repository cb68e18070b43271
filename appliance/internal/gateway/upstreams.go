// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
)

// upstreams returns what the pools of a gateway get. Active checks are the
// node's, whichever upstreams they are for.
func upstreams(config Config, checker *health.Checker, arrives func() map[string]float64) upstream.Env {
	return upstream.Env{
		Zone:     config.Zone,
		Checker:  checker,
		Discover: discovery.New,
		Arrives:  arrives,
		Log:      observe.NewBurst(config.Log),
	}
}
