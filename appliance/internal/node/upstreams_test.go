// SPDX-License-Identifier: Apache-2.0

package node_test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// S1-05, S1-06: of each target of an upstream that the node serves, what it is
// doing; of an upstream that the node does not serve, nothing.
func TestUpstreamTargets(t *testing.T) {
	n := start(t, time.Second, nil)
	if said, ok := n.UpstreamTargets("u"); ok || said.Targets != nil || n.Pool("u") != nil {
		t.Errorf("no upstream has %+v", said)
	}
	host, port, _ := net.SplitHostPort(testkit.HTTP(t, nil, testkit.EchoHTTP))
	address := testkit.FreeAddress(t)
	n.write("listener", "l", fmt.Sprintf(`{"address":%q}`, address),
		"upstream", "u", fmt.Sprintf(`{"targets":[{"host":%q,"port":%s,"weight":3,"zone":"z","tier":2},{"host":"127.9.9.9","port":1,"tier":2}],
			"balance":{"algorithm":"ewma"},"health":{"passive":{"consecutive_failures":1}}}`, host, port),
		"route", "r", `{"paths":["/*"],"upstream":"u"}`)
	for range 20 { // each fails once at the second target, which is then ejected
		if got := get(once, "http://"+address+"/"); got != 200 {
			t.Fatalf("status %d", got)
		}
	}
	eventually(t, "end all requests", func() bool {
		said, _ := n.UpstreamTargets("u")
		return said.Targets[0].InFlight == 0
	})
	said, ok := n.UpstreamTargets("u")
	if !ok || said.Node != "n1" || len(said.Targets) != 2 {
		t.Fatalf("%+v", said)
	}
	if s := said.Targets[0]; s.Address != net.JoinHostPort(host, port) || s.Weight != 3 || s.Zone != "z" || s.Tier != 2 ||
		s.Source != api.TargetConfigured || s.State != api.TargetAvailable || s.Requests != 20 || s.Connections < 1 || s.Latency <= 0 || s.Check != nil || s.Ejection != nil {
		t.Errorf("the first: %+v", s)
	}
	s := said.Targets[1]
	if s.Address != "127.9.9.9:1" || s.Weight != 1 || s.State != api.TargetEjected || s.Connections != 0 || s.Latency != 0 || s.Ejection == nil {
		t.Fatalf("the second: %+v", s)
	}
	since, err := time.Parse(time.RFC3339, s.Since)
	until, err2 := time.Parse(time.RFC3339, s.Ejection.Until)
	if err != nil || err2 != nil || s.Ejection.Since != s.Since || until.Sub(since) != 30*time.Second || s.Ejection.Times != 1 || s.Ejection.Reason != "a request failed" {
		t.Errorf("its ejection: %+v, since %s", s.Ejection, s.Since)
	}
	n.write("route", "r", "", "upstream", "u", "")
	if _, ok := n.UpstreamTargets("u"); ok {
		t.Error("an upstream that is gone still has targets")
	}
}
