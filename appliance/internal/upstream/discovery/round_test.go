// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Within a round, the server that has answered is asked first, and then the
// others in their order, each once.
func TestProvenServerFirst(t *testing.T) {
	var servers []netip.AddrPort
	for _, s := range []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"} { // where nothing listens
		servers = append(servers, netip.MustParseAddrPort(s))
	}
	for proven, want := range []string{"123", "213", "312"} {
		r := &round{servers: servers, timeout: time.Minute}
		r.proven.Store(int32(proven))
		_, _, err := r.ask(t.Context(), question{"orders.internal.", dnsmessage.TypeA})
		if err == nil {
			t.Fatal("somebody answered")
		}
		got := ""
		for part := range strings.SplitSeq(err.Error(), "127.0.0.1:") {
			got += part[:1]
		}
		if got = got[1:]; got != want {
			t.Errorf("with the server %d proven, asked in the order %s, want %s: %v", proven, got, want, err)
		}
	}
}
