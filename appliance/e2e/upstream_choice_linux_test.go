// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A chooser is a gateway with one upstream, and a client that wants to know who
// answers.
type chooser struct {
	*gatewaytest.Gateway
	*fleet
	url    string
	client *http.Client
}

func newChooser(t *testing.T, zone string) *chooser {
	address := gatewaytest.FreeAddress(t)
	c := &chooser{gatewaytest.Start(t, func(c *gateway.Config) { c.Zone = zone }), newFleet(t), "http://" + address + "/", nil}
	client, end := newClient("HTTP/1.1")
	t.Cleanup(end)
	c.client = client
	c.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	return c
}

// serve has the gateway serve the targets with more members of the upstream.
func (c *chooser) serve(t *testing.T, targets []spec, more string) {
	t.Helper()
	c.Put(t, "upstream", "web", upstreamOf(targets, more))
	c.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
}

// one asks once and returns the address of who has answered.
func (c *chooser) one(t *testing.T, head ...string) (ip string, header http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status, header, ip, err := fetch(ctx, c.client, "GET", c.url, head...)
	if err != nil || status != 200 {
		t.Fatalf("%d %s, %v", status, ip, err)
	}
	return ip, header
}

// many asks n times and returns how often each address has answered.
func (c *chooser) many(t *testing.T, n int) map[string]int {
	t.Helper()
	times := make(map[string]int)
	for range n {
		ip, _ := c.one(t)
		times[ip]++
	}
	return times
}

// become waits until n requests are answered by these targets and no others.
func (c *chooser) become(t *testing.T, n int, ips ...string) {
	t.Helper()
	eventually(t, fmt.Sprint("go to ", ips, " alone"), func() bool {
		return slices.Equal(slices.Sorted(maps.Keys(c.many(t, n))), slices.Sorted(slices.Values(ips)))
	})
}

func (c *chooser) at(ip string, zone string, tier, weight int) spec {
	return spec{Host: ip, Port: c.port, Zone: zone, Tier: tier, Weight: &weight}
}

const quickChecks = `"health":{"active":{"interval":"100ms","timeout":"100ms","healthy_threshold":1,"unhealthy_threshold":1}}`

// S1-02: weights are what requests are shared by, and change without a restart.
func TestUpstreamWeightsChangeLive(t *testing.T) {
	c := newChooser(t, "")
	a, b := "127.30.0.1", "127.30.0.2"
	for _, w := range [][2]int{{3, 1}, {1, 3}, {1, 0}, {1, 1}} {
		c.serve(t, []spec{c.at(a, "", 0, w[0]), c.at(b, "", 0, w[1])}, "")
		got := c.many(t, 200)
		want := 200 * w[0] / (w[0] + w[1])
		if got[a] < want-2 || got[a] > want+2 || got[a]+got[b] != 200 {
			t.Errorf("weights %d and %d: %v of 200", w[0], w[1], got)
		}
	}
}

// S3-47, S3-48: requests stay in the node's zone as long as it has enough
// healthy targets, go to others when it has none, and come back.
func TestUpstreamPrefersItsZone(t *testing.T) {
	c := newChooser(t, "here")
	here, there := loopbacks(31, 2), loopbacks(32, 2)
	var targets []spec
	for _, ip := range here {
		targets = append(targets, c.at(ip, "here", 0, 1))
	}
	for _, ip := range there {
		targets = append(targets, c.at(ip, "there", 0, 1))
	}
	c.serve(t, targets, `,"zones":{},`+quickChecks)
	c.become(t, 40, here...)
	for _, ip := range here {
		c.member(ip).sick.Store(true)
	}
	c.become(t, 40, there...)
	c.member(here[0]).sick.Store(false) // half of the zone
	c.become(t, 60, here[0], there[0], there[1])
	c.member(here[1]).sick.Store(false)
	c.become(t, 40, here...)
}

// S1-02, S1-05: a tier gets requests when checks find the ones before it ill.
func TestUpstreamTiersFailOver(t *testing.T) {
	c := newChooser(t, "")
	first, second := loopbacks(33, 2), loopbacks(34, 2)
	c.serve(t, []spec{c.at(first[0], "", 0, 1), c.at(second[0], "", 1, 1), c.at(first[1], "", 0, 1), c.at(second[1], "", 1, 1)}, ","+quickChecks)
	c.become(t, 40, first...)
	for _, ip := range first {
		c.member(ip).sick.Store(true)
	}
	c.become(t, 40, second...)
	for _, ip := range first {
		c.member(ip).sick.Store(false)
	}
	c.become(t, 40, first...)
}

// S1-03: a client stays at its target when others come and go, moves when it
// goes itself, and the cookie does not tell an address.
func TestUpstreamKeepsClientsAtTheirTargets(t *testing.T) {
	c := newChooser(t, "")
	ips := loopbacks(35, 4)
	const sticky = `,"balance":{"sticky":{"cookie":"at"}}`
	c.serve(t, c.targets(ips[:3]...), sticky)
	cookie := func(header http.Header) string {
		value, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
		return value
	}
	first, header := c.one(t)
	jar := cookie(header)
	if !strings.HasPrefix(jar, "at=") || strings.Contains(jar, first) || strings.Contains(jar, "127") {
		t.Fatalf("the cookie is %q", jar)
	}
	stays := func(what string) {
		t.Helper()
		for range 30 {
			if ip, header := c.one(t, "Cookie", "other=1; "+jar); ip != first || cookie(header) != "" {
				t.Fatalf("%s: at %s and told %q, was at %s", what, ip, cookie(header), first)
			}
		}
	}
	stays("at rest")
	others := slices.DeleteFunc(slices.Clone(ips), func(ip string) bool { return ip == first })
	c.serve(t, c.targets(append(others[1:], first)...), sticky) // one has gone, one has come
	stays("when others have changed")
	c.serve(t, c.targets(others...), sticky)
	moved, header := c.one(t, "Cookie", jar)
	if moved == first || cookie(header) == "" || cookie(header) == jar {
		t.Errorf("when its target has gone: at %s, told %q", moved, cookie(header))
	}
}

// S1-03: what a hash is taken of stays at its target; a target that comes takes
// little more than its share from the others, and nothing moves between those.
func TestUpstreamHashesConsistently(t *testing.T) {
	c := newChooser(t, "")
	ips, keys := loopbacks(36, 11), 400
	const hash = `,"balance":{"algorithm":"consistent_hash","hash_on":[{"source":"header","name":"x-user"}]}`
	where := func() []string {
		at := make([]string, keys)
		for k := range at {
			at[k], _ = c.one(t, "X-User", fmt.Sprint("user-", k))
		}
		return at
	}
	c.serve(t, c.targets(ips[:10]...), hash)
	before := where()
	if again := where(); !slices.Equal(before, again) {
		t.Error("keys move at rest")
	}
	c.serve(t, c.targets(ips...), hash)
	toNew, between := 0, 0
	for k, ip := range where() {
		switch {
		case ip == ips[10]:
			toNew++
		case ip != before[k]:
			between++
		}
	}
	// A share is 36 of 400 keys; so few keys scatter widely around it.
	if moved := toNew + between; moved == 0 || moved > 80 || between > 20 {
		t.Errorf("of %d keys %d moved to the new target and %d between others", keys, toNew, between)
	}
	c.serve(t, c.targets(ips[:10]...), hash)
	if !slices.Equal(where(), before) {
		t.Error("keys do not come back")
	}
}

// S1-02: a target that comes begins with a tenth of its share; those that are
// there from the beginning do not.
func TestUpstreamStartsSlowly(t *testing.T) {
	c := newChooser(t, "")
	ips := loopbacks(37, 5)
	const slow = `,"balance":{"slow_start":"1h"}`
	c.serve(t, c.targets(ips[:4]...), slow)
	if got := c.many(t, 200); len(got) != 4 || got[ips[0]] < 45 || got[ips[0]] > 55 {
		t.Errorf("at first: %v", got)
	}
	c.serve(t, c.targets(ips...), slow)
	got := c.many(t, 410)
	if n := got[ips[4]]; n < 6 || n > 16 { // 10 of 410
		t.Errorf("a new target gets %d of 410 requests at once: %v", n, got)
	}
}
