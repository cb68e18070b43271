// SPDX-License-Identifier: Apache-2.0

package http2

// usual holds the names that HTTP/1.1 clients usually send, in small letters.
var usual = func() map[string]string {
	all := make(map[string]string)
	for _, name := range []string{
		"accept", "accept-charset", "accept-encoding", "accept-language", "access-control-request-headers",
		"access-control-request-method", "authorization", "cache-control", "connection", "content-encoding",
		"content-language", "content-length", "content-location", "content-range", "content-type", "cookie", "date",
		"dnt", "expect", "forwarded", "from", "host", "if-match", "if-modified-since", "if-none-match", "if-range",
		"if-unmodified-since", "keep-alive", "origin", "pragma", "priority", "proxy-authorization",
		"proxy-connection", "range", "referer", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform",
		"sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-websocket-extensions",
		"sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version", "te", "traceparent", "tracestate",
		"trailer", "transfer-encoding", "upgrade", "upgrade-insecure-requests", "user-agent", "via",
		"x-api-key", "x-correlation-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port",
		"x-forwarded-proto", "x-real-ip", "x-request-id", "x-requested-with",
	} {
		all[name] = name
	}
	return all
}()

// smallName returns a name in small letters. It allocates only for a name that
// is not usual.
func smallName(name string) string {
	var few [32]byte
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			if len(name) > len(few) {
				return lowerName(name)
			}
			b := few[:copy(few[:], name)]
			for i, c := range b {
				if 'A' <= c && c <= 'Z' {
					b[i] = c | 0x20
				}
			}
			if known, ok := usual[string(b)]; ok {
				return known
			}
			return string(b)
		}
	}
	return name
}
