// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"strings"
)

// ExplainClaim says in words that another object holds a claim already, and at
// which path of the object that claims it too. The text reveals no secret.
func ExplainClaim(claim string, other Key) (path, message string) {
	if address, ok := strings.CutPrefix(claim, "listener/address/"); ok {
		return "address", fmt.Sprintf("%q is the address of %s already; give each listener its own", address, other)
	}
	if strings.HasPrefix(claim, "credential/secret/") {
		return "secret", fmt.Sprintf("is the secret of %s already; it tells who calls, so each credential needs its own", other)
	}
	if route, ok := strings.CutPrefix(claim, "route "); ok {
		return "", fmt.Sprintf("takes the same requests as %s: %s, under the same other conditions; make one of the two more specific", other, explainRoute(route))
	}
	return "", fmt.Sprintf("claims what %s holds already", other)
}

// explainRoute reads what Route.Claims has written.
func explainRoute(claim string) string {
	claim, _, _ = strings.Cut(claim, " [[") // the other conditions
	listener, rest, _ := strings.Cut(claim, " ")
	host, rest, _ := strings.Cut(rest, " ")
	path, method := rest, "*"
	if i := strings.LastIndexByte(rest, ' '); i >= 0 { // a regular expression may have spaces
		path, method = rest[:i], rest[i+1:]
	}
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"listener", listener}, {"host", host}, {"path", path}, {"method", method},
	} {
		if part.value == "*" {
			parts = append(parts, "any "+part.name)
		} else {
			parts = append(parts, part.name+" "+part.value)
		}
	}
	return strings.Join(parts, ", ")
}
