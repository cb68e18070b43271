// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// maxNodeServers is how many servers of the node are asked: the system's own
// resolver does not know more either.
const maxNodeServers = 3

// nodeServers returns the DNS servers of the node. Without a file, or without
// one in it, that is one on the node itself.
func nodeServers(file string) ([]netip.AddrPort, error) {
	b, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the node's DNS servers are not known: %w", err)
	}
	return parseResolvConf(string(b)), nil
}

// parseResolvConf reads the name servers of a resolv.conf, such as 10.0.0.2
// or, as some systems have it, [10.0.0.2]:5353. It passes over everything else.
func parseResolvConf(text string) (servers []netip.AddrPort) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		host, port, err := net.SplitHostPort(fields[1])
		if err != nil {
			host, port = fields[1], "53"
		}
		ip, err := netip.ParseAddr(host)
		number, invalid := strconv.ParseUint(port, 10, 16)
		if err == nil && invalid == nil && len(servers) < maxNodeServers {
			servers = append(servers, netip.AddrPortFrom(ip, uint16(number)))
		}
	}
	if len(servers) == 0 {
		return []netip.AddrPort{
			netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53),
			netip.AddrPortFrom(netip.IPv6Loopback(), 53),
		}
	}
	return servers
}
