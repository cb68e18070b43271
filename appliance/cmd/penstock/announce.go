// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
)

// announce tells where everything is.
func announce(log *slog.Logger, config gateway.Config, g *gateway.Gateway) {
	from := "embedded etcd in " + config.DataDir
	switch {
	case config.File != "":
		from = config.File
	case len(config.Etcd.Endpoints) > 0:
		from = "etcd"
	}
	log.Info("penstock runs", "version", version, "node", config.NodeID, "cluster", config.Cluster, "configuration", from,
		"admin", g.AdminAddress(), "operations", g.OperationsAddress())
	if path := g.FirstToken(); path != "" {
		log.Info("a token for the Admin API was written; give it to Terraform as PENSTOCK_TOKEN", "file", path)
	}
}
