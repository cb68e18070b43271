// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"log/slog"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
)

// upstreams returns what the pools of a gateway get. Active checks are the
// node's, whichever upstreams they are for.
func upstreams(config Config, checker *health.Checker) upstream.Env {
	return upstream.Env{
		Zone:    config.Zone,
		Checker: checker,
		Discover: func(settings api.Discovery, log *slog.Logger) discovery.Source {
			return discovery.New(settings, discovery.Options{Log: log})
		},
		Log: config.Log,
	}
}
