// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"net/netip"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// target takes apart a request target (RFC 9112, section 3.2). Host is "" if
// it has none.
func (p *parser) target(r *message.Request, target string) *Error {
	r.Host = ""
	if target[0] == '/' {
		return p.path(r, target)
	}
	if target == "*" {
		if r.Method != "OPTIONS" {
			return p.fail("the target * with a method other than OPTIONS")
		}
		r.Path, r.Query, r.HasQuery = "*", "", false
		return nil
	}
	rest, ok := afterScheme(target)
	if !ok {
		return p.fail("the target is neither a path nor a URL of http or https")
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	if !IsHost(rest[:end]) {
		return p.fail("the target's host is not a host with at most a port")
	}
	r.Host = rest[:end]
	switch rest = rest[end:]; {
	case rest == "" && r.Method == "OPTIONS":
		r.Path, r.Query, r.HasQuery = "*", "", false
		return nil
	case rest == "":
		r.Path, r.Query, r.HasQuery = "/", "", false
		return nil
	case rest[0] == '/':
		return p.path(r, rest)
	}
	if !isTarget(rest) {
		return p.badTarget()
	}
	r.Path, r.Query, r.HasQuery = "/", rest[1:], true
	return nil
}

// path takes apart a path with a query.
func (p *parser) path(r *message.Request, s string) *Error {
	if !isTarget(s) {
		return p.badTarget()
	}
	r.Path, r.Query, r.HasQuery = s, "", false
	if i := strings.IndexByte(s, '?'); i >= 0 {
		r.Path, r.Query, r.HasQuery = s[:i], s[i+1:], true
	}
	return nil
}

func (p *parser) badTarget() *Error {
	return p.fail(`the target has a "#" or bytes that are no visible ASCII`)
}

// afterScheme returns what follows "http://" or "https://".
func afterScheme(url string) (rest string, ok bool) {
	for _, scheme := range [...]string{"http://", "https://"} {
		if n := len(scheme); len(url) >= n && url[n-3:n] == "://" && message.EqualName(url[:n-3], scheme[:n-3]) {
			return url[n:], true
		}
	}
	return "", false
}

// IsPath reports whether s can be a request's path: visible ASCII without "#"
// and "?" that begins with "/" (RFC 9112, section 3.2.1).
func IsPath(s string) bool {
	return s != "" && s[0] == '/' && isTarget(s) && strings.IndexByte(s, '?') < 0
}

// IsQuery reports whether s can be a request's query, "" included: visible
// ASCII without "#".
func IsQuery(s string) bool { return isTarget(s) }

// IsHost reports whether s is a host with at most a port (RFC 9110, section
// 7.2): a name of unreserved characters (RFC 3986, section 2.3), an IPv4
// address, or an IPv6 address in brackets, and a port up to 65535.
func IsHost(s string) bool {
	if s == "" {
		return false
	}
	end := 0
	if s[0] == '[' {
		end = strings.IndexByte(s, ']') + 1
		if end == 0 {
			return false
		}
		ip, err := netip.ParseAddr(s[1 : end-1])
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return false
		}
	} else {
		for end < len(s) && classes[s[end]]&inHost != 0 {
			end++
		}
		if end == 0 {
			return false
		}
	}
	return end == len(s) || s[end] == ':' && isPort(s[end+1:])
}

func isPort(s string) bool {
	if s == "" || len(s) > 5 || !all(s, inDigits) {
		return false
	}
	n, _ := decimal(s)
	return n <= 65535
}
