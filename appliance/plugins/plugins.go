// SPDX-License-Identifier: Apache-2.0

// Package plugins lists the plugins that are built into Penstock.
package plugins

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// All returns every plugin. The order of this list IS the order of execution:
// requests pass it from top to bottom, responses from bottom to top.
func All() *plugin.Catalogue {
	return plugin.NewCatalogue(
	// Observe: outermost, so that it sees the answers of all others.

	// Who calls.

	// Limits.

	// Change messages.

	// Change bodies: innermost, so that others see what the client gets last.
	)
}
