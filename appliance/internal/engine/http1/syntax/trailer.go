// SPDX-License-Identifier: Apache-2.0

package syntax

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/message"

// noTrailers are fields that may not be trailers (RFC 9110, section 6.5.1):
// those about framing, routing, authentication and the handling of the content,
// modifiers of requests and controls of responses. Whoever merges trailers into
// the header would take them for what they are not.
var noTrailers = [...]string{
	"age", "authorization", "cache-control", "connection", "content-disposition", "content-encoding", "content-language",
	"content-length", "content-location", "content-range", "content-security-policy", "content-type", "cookie", "date",
	"expect", "expires", "forwarded", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
	"if-unmodified-since", "keep-alive", "location", "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization",
	"proxy-connection", "range", "retry-after", "set-cookie", "strict-transport-security", "te", "trailer",
	"transfer-encoding", "upgrade", "vary", "via", "www-authenticate", "x-real-ip",
}

// forwarding begins the names of fields in which proxies say who sent a request.
const forwarding = "x-forwarded-"

// mayTrail reports whether a field may be a trailer.
func mayTrail(name string) bool {
	for _, no := range noTrailers {
		if message.EqualName(name, no) {
			return false
		}
	}
	return len(name) < len(forwarding) || !message.EqualName(name[:len(forwarding)], forwarding)
}
