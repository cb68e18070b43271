// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// consumerHeader tells targets which consumer calls. A plugin that has found
// out sets it; what clients say there reaches neither plugins nor targets.
const consumerHeader = "x-consumer-id"

// removeConsumer removes what a client says of who it is.
func removeConsumer(h *message.Header) {
	*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool { return sameVariable(f.Name, consumerHeader) }))
}
