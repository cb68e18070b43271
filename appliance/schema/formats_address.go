// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

// checkHost accepts what RFC 1123, section 2.1 calls a host name, underscores
// as in service names, and IP addresses. A name whose last label is a number
// would be an address to some programs and is refused.
func checkHost(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return nil
	}
	if strings.Contains(s, "://") {
		return errors.New("must be a host name or IP address without a scheme")
	}
	if strings.HasPrefix(s, "[") {
		return errors.New("must be a host name or IP address without brackets or port")
	}
	if len(s) > 253 || !hostPattern.MatchString(s) {
		return errors.New("must be a host name or IP address, without a port")
	}
	last := strings.TrimSuffix(s, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	if strings.Trim(last, "0123456789") == "" {
		return errors.New("must be a host name or IP address; it ends in a number and is not an IP address")
	}
	return nil
}

func checkCIDR(s string) error {
	if _, err := netip.ParsePrefix(s); err == nil {
		return nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return nil
	}
	return errors.New(`must be an IP address or a network such as "10.0.0.0/8" or "2001:db8::/32"`)
}

func checkListenAddress(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return errors.New(`must be "address:port", with the port, such as "127.0.0.1:8080" or "[::1]:8080"`)
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return errors.New(`must be "address:port" or ":port"`)
	}
	port, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil || port == 0 {
		return errors.New("must end in a port between 1 and 65535")
	}
	if i == 0 {
		return nil
	}
	if _, err := netip.ParseAddrPort(s); err != nil {
		return errors.New(`must have an IP address of this machine before the port (IPv6 in brackets), or nothing for all of its addresses`)
	}
	return nil
}
