// SPDX-License-Identifier: Apache-2.0

// Package plugins lists the plugins that are built into Penstock.
package plugins

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	accesslog "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/access_log"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/compress"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/headers"
	keyauth "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/key_auth"
	ratelimit "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/rate_limit"
)

// All returns every plugin. The order of this list IS the order of execution:
// requests pass it from top to bottom, responses from bottom to top.
func All() *plugin.Catalogue {
	return plugin.NewCatalogue(
		// Observe: outermost, so that it sees the answers of all others.
		accesslog.Spec,

		// Who calls.
		keyauth.Spec,

		// Limits.
		ratelimit.Spec,

		// Change messages.
		headers.Spec,

		// Change bodies: innermost, so that others see what the client gets last.
		compress.Spec,
	)
}
