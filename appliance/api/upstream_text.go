// SPDX-License-Identifier: Apache-2.0

package api

import (
	"errors"
	"net/netip"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A RequestTarget is the path of a request with its query, if any (RFC 9112,
// section 3.2.1).
type RequestTarget string

// SchemaFormat names the syntax.
func (RequestTarget) SchemaFormat() string { return "request_target" }

// Check says what is wrong with the target.
func (t RequestTarget) Check() error {
	bad := func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '#' }
	if !strings.HasPrefix(string(t), "/") || strings.ContainsFunc(string(t), bad) || len(t) > 4096 {
		return errors.New(`must be a path, with a query or without, such as "/health?full=1": at most 4096 visible characters of ASCII, and no "#"`)
	}
	return nil
}

// An Authority is a host, with a port or without (RFC 9110, section 7.2).
type Authority string

// SchemaFormat names the syntax.
func (Authority) SchemaFormat() string { return "authority" }

// Check says what is wrong with the authority.
func (a Authority) Check() error {
	host, port, hasPort := strings.Cut(string(a), ":")
	good := schema.CheckFormat("host", host) == nil
	if rest, ok := strings.CutPrefix(string(a), "["); ok {
		host, port, ok = strings.Cut(rest, "]")
		ip, err := netip.ParseAddr(host)
		good = ok && err == nil && ip.Is6()
		port, hasPort = strings.CutPrefix(port, ":")
		good = good && (hasPort || port == "")
	}
	if !good || hasPort && !isPort(port) {
		return errAuthority
	}
	return nil
}

var errAuthority = errors.New(`must be a host, with a port or without, such as "orders.internal" or "orders.internal:8080"`)

// isPort reports whether s is a port in the shortest spelling.
func isPort(s string) bool {
	_, err := netip.ParseAddrPort("127.0.0.1:" + s)
	return err == nil && s[0] != '0'
}

// A CookieName is the name of a cookie: a token (RFC 6265, section 4.1.1).
type CookieName string

// SchemaFormat names the syntax.
func (CookieName) SchemaFormat() string { return "cookie_name" }

// Check says what is wrong with the name.
func (n CookieName) Check() error {
	if n == "" || len(n) > 128 || strings.ContainsFunc(string(n), notTokenChar) {
		return errors.New(`must be the name of a cookie: up to 128 letters, digits, hyphens and underscores, such as "penstock_target"`)
	}
	return nil
}

// A ResolverAddress is the address of a DNS server, with a port if it is not 53.
type ResolverAddress string

// SchemaFormat names the syntax.
func (ResolverAddress) SchemaFormat() string { return "resolver_address" }

// Check says what is wrong with the address.
func (a ResolverAddress) Check() error {
	if _, err := a.AddrPort(); err != nil {
		return errors.New(`must be an IP address, with a port or without, such as "10.0.0.2", "10.0.0.2:5353" or "[fd00::2]:53"`)
	}
	return nil
}

// AddrPort returns the address of a valid one, with port 53 if it has none.
func (a ResolverAddress) AddrPort() (netip.AddrPort, error) {
	if ip, err := netip.ParseAddr(string(a)); err == nil {
		return netip.AddrPortFrom(ip, 53), nil
	}
	with, err := netip.ParseAddrPort(string(a))
	if err == nil && with.Port() == 0 {
		return with, errors.New("no port is 0")
	}
	return with, err
}
