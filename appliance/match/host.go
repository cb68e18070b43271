// SPDX-License-Identifier: Apache-2.0

package match

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// MaxHost is the length in bytes of the longest name of a host (RFC 1035,
// section 2.3.4, without what DNS itself adds).
const MaxHost = 253

// A HostPattern is a host name, an IP address, or "*." and a name for every
// name below it.
type HostPattern string

// SchemaFormat names the syntax.
func (HostPattern) SchemaFormat() string { return "host_pattern" }

// A Host is a parsed HostPattern.
type Host struct {
	Name     string // as CleanHost returns it, without "*."
	Wildcard bool   // matches the names below Name, and not Name
}

// Check says what is wrong with the pattern.
func (p HostPattern) Check() error {
	_, err := p.Parse()
	return err
}

// Canonical returns the one spelling of all patterns that match the same
// hosts. A pattern that fails Check is returned as it is.
func (p HostPattern) Canonical() string {
	h, err := p.Parse()
	if err != nil {
		return string(p)
	}
	return h.String()
}

// Parse reads the pattern; its errors are those of Check.
func (p HostPattern) Parse() (Host, error) {
	s := string(p)
	switch {
	case s == "":
		return Host{}, errors.New("must not be empty; leave hosts out to match any host")
	case s == "*":
		return Host{}, errors.New(`"*" is not a host pattern; leave hosts out to match any host`)
	case strings.Contains(s, "://"):
		return Host{}, fmt.Errorf("must be a host without a scheme; is %q", clip(s))
	}
	if addr, ok := parseAddr(s); ok {
		if addr.Zone() != "" {
			return Host{}, fmt.Errorf("an IP address of a host has no zone; is %q", clip(s))
		}
		return Host{Name: addr.String()}, nil
	}
	name, wildcard := strings.CutPrefix(s, "*.")
	if strings.HasPrefix(name, "[") || strings.Contains(name, ":") {
		return Host{}, fmt.Errorf(`must be a host without a port, or an IP address; is %q`, clip(s))
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err := checkName(name); err != nil {
		return Host{}, fmt.Errorf(`%w; a host is a name such as "api.example.com", an IP address, or "*.example.com" for every name below; is %q`, err, clip(s))
	}
	return Host{Name: name, Wildcard: wildcard}, nil
}

// parseAddr reads an IP address, IPv6 with or without brackets.
func parseAddr(s string) (netip.Addr, bool) {
	if strings.HasPrefix(s, "[") {
		inner, ok := strings.CutSuffix(s[1:], "]")
		if !ok || !strings.Contains(inner, ":") {
			return netip.Addr{}, false
		}
		s = inner
	}
	addr, err := netip.ParseAddr(s)
	return addr, err == nil
}

// checkName holds the preferred syntax of names (RFC 1034, section 3.5) in
// small letters, with the underscores that are used in practice.
func checkName(name string) error {
	if len(name) > MaxHost {
		return fmt.Errorf("a name has at most %d characters, this one has %d", MaxHost, len(name))
	}
	label := ""
	for label = range strings.SplitSeq(name, ".") {
		if label == "" {
			return errors.New("a label between dots must not be empty")
		}
		if len(label) > 63 {
			return fmt.Errorf("a label between dots has at most 63 characters, %q has %d", clip(label), len(label))
		}
		if label[0] == '-' || label[len(label)-1] == '-' {
			return fmt.Errorf("a label does not begin or end with a hyphen, as %q does", label)
		}
		for i := range len(label) {
			if err := checkNameByte(label[i]); err != nil {
				return err
			}
		}
	}
	if strings.Trim(label, "0123456789") == "" {
		return errors.New("the last label of a name is not a number")
	}
	return nil
}

func checkNameByte(c byte) error {
	switch {
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		return nil
	case c >= 0x80:
		return errors.New(`names outside ASCII are given in their xn-- form, such as "xn--bcher-kva.example"`)
	case c == '*':
		return errors.New(`"*" may only stand alone as the first label`)
	}
	return fmt.Errorf("%q cannot be in a host name", c)
}

// String returns the canonical pattern.
func (h Host) String() string {
	if h.Wildcard {
		return "*." + h.Name
	}
	return h.Name
}

// Matches reports whether the pattern matches a host as CleanHost returns it.
func (h Host) Matches(host string) bool {
	if !h.Wildcard {
		return host == h.Name
	}
	front, ok := strings.CutSuffix(host, h.Name)
	return ok && len(front) > 1 && front[0] != '.' && front[len(front)-1] == '.'
}

// CleanHost returns the form of a request's host that is matched: in small
// letters, without port and trailing dot, IP addresses in their canonical
// form without brackets. It allocates only where something changes.
func CleanHost(host string) string {
	if host == "" {
		return ""
	}
	if host[0] == '[' {
		end := strings.IndexByte(host, ']')
		if addr, ok := parseAddr(host[:end+1]); ok {
			return addr.String()
		}
		return strings.ToLower(host)
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
