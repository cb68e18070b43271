// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// headerOf returns the fields of h sorted by name, names in small letters if
// the message came in HTTP/2.
func headerOf(h http.Header, major int) message.Header {
	fields := make([]message.Field, 0, len(h)+4)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		spelled := name
		if major >= 2 {
			spelled = strings.ToLower(name)
		}
		for _, value := range h[name] {
			fields = append(fields, message.Field{Name: spelled, Value: value})
		}
	}
	return message.MakeHeader(fields)
}

// announced returns the names of trailers that a message declared.
func announced(trailer http.Header, major int) message.Header {
	named := make(http.Header, len(trailer))
	for name := range trailer {
		named[name] = []string{""}
	}
	return headerOf(named, major)
}

// addFields adds the fields of src to h, but for those that net/http makes
// itself from the length of the body and the trailers.
func addFields(h http.Header, src *message.Header) {
	for _, f := range src.Fields() {
		switch name := http.CanonicalHeaderKey(f.Name); name {
		case "Content-Length", "Transfer-Encoding", "Trailer":
		default:
			h[name] = append(h[name], f.Value)
		}
	}
}
