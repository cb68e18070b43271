// SPDX-License-Identifier: Apache-2.0

// Package match is the language of routes: patterns of hosts and paths, and
// conditions in CEL. Whoever checks a configuration before it is applied and
// the router that runs it read it with the same code.
//
// # Paths
//
// A path pattern is one of
//
//	/users         that path and no other; /users/ is another
//	/users/*       a prefix: /users itself, /users/ and everything below; /* is every path
//	/users/{id}    a parameter: any one segment that is not empty
//	/users/{id}/*  both
//	~^/v[0-9]+/    a regular expression in RE2 syntax; it begins with "^", and
//	               ends with "$" if it is to match whole paths
//
// Gateway and upstream must not disagree about which path a request has, or a
// request gets past the plugins of the route it belongs to. So the gateway
// forwards the path as it came and matches a clean form of it, which
// CleanPath computes:
//
//   - A path that has "." or ".." segments, encoded slashes, backslashes, NUL,
//     control characters or broken percent-encoding is refused, as is one
//     that has them in encoded form: upstreams read these in different ways,
//     and no client of good will sends them. A dot segment before ";" is one too.
//   - Percent-encoding does not matter: %41 and A are the same. What cannot
//     stand in a path as itself (RFC 3986, section 3.3) is encoded with capital
//     digits, in the path and in the pattern. %25 remains, so nothing is
//     decoded twice.
//   - A run of slashes counts as one: //admin is matched by /admin. A slash at
//     the end counts.
//   - Case matters. So does everything after ";" in a segment.
//
// Regular expressions and CEL conditions see the same clean form.
//
// # Hosts
//
// A host pattern is a name, an IP address, or "*." and a name, which stands
// for names with one or more labels in front. Names are compared without case,
// port and trailing dot. Names outside ASCII are written in their xn-- form
// (RFC 5891), which is what clients send.
package match

// MaxPattern is the length in bytes of the longest path pattern.
const MaxPattern = 2048

// clip keeps an error readable when the input is not.
func clip(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}
