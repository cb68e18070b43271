// SPDX-License-Identifier: Apache-2.0

package node

import (
	"log/slog"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
)

// EngineOptions returns what a listener tells the engine.
func EngineOptions(l *snapshot.Listener) engine.Options {
	return newListeners(nil, slog.New(slog.DiscardHandler)).options(l.API.ID, l)
}
