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
	*h = message.MakeHeader(slices.DeleteFunc(h.Fields(), func(f message.Field) bool { return namesConsumer(f.Name) }))
}

// namesConsumer reports whether a field is the consumer's, or a target takes
// it for that which turns names of fields into those of variables, as CGI does
// (RFC 3875, section 4.1.18): an underscore is a hyphen there.
func namesConsumer(name string) bool {
	if len(name) != len(consumerHeader) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			c = '-'
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		if c != consumerHeader[i] {
			return false
		}
	}
	return true
}
