// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"net/netip"

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
	if g.AdminAddress() == "" {
		return
	}
	if config.Token != "" {
		log.Info("the Admin API accepts the token in PENSTOCK_TOKEN too; it cannot be revoked while the process runs")
	}
	if config.AdminTLS.Certificate == "" && exposed(g.AdminAddress()) {
		log.Warn("the Admin API can be reached from other machines without TLS: tokens cross the network in plain text; give --admin-cert and --admin-key", "admin", g.AdminAddress())
	}
}

// exposed reports whether other machines can reach an address.
func exposed(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err != nil || !at.Addr().Unmap().IsLoopback()
}
