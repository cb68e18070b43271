// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S1-42: targets that are down see hardly more than the clients' requests,
// however many tries a request could have: the budget caps the retries of all
// of them together.
func TestUpstreamStormIsCapped(t *testing.T) {
	const clients, each, percent = 16, 250, 20
	for _, c := range []struct {
		name    string
		retries string
		fail    func(m *member)
		status  int
	}{
		{"status", `"statuses":["503"]`, func(m *member) { m.down.Store(true) }, 503},
		{"reset", `"on":["connect","reset"]`, func(m *member) { m.breaks.Store(true) }, 502},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, f, address := gatewaytest.Start(t, nil), newFleet(t), gatewaytest.FreeAddress(t)
			ips := loopbacks(20, 5)
			for _, ip := range ips {
				c.fail(f.member(ip))
			}
			g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
			g.Put(t, "upstream", "dead", upstreamOf(f.targets(ips...), fmt.Sprintf(
				`,"retries":{%s,"attempts":10,"backoff":"1ms","max_backoff":"2ms","budget":%d,"budget_per_second":0}`, c.retries, percent)))
			g.Put(t, "route", "dead", `{"paths":["/*"],"upstream":"dead"}`)
			var asking sync.WaitGroup
			var other atomic.Pointer[string]
			for i := range clients {
				asking.Go(func() {
					client, end := newClient([]string{"HTTP/1.1", "h2c"}[i%2])
					defer end()
					for range each {
						ctx, cancel := context.WithTimeout(t.Context(), patience)
						status, _, body, err := fetch(ctx, client, "GET", "http://"+address+"/")
						cancel()
						if err != nil || status != c.status {
							said := fmt.Sprintf("%d %s, %v", status, body, err)
							other.Store(&said)
							return
						}
					}
				})
			}
			asking.Wait()
			if said := other.Load(); said != nil {
				t.Fatalf("a client got %s, want %d", *said, c.status)
			}
			const requests = clients * each
			seen := f.asked(ips...)
			t.Logf("%d requests became %d at the targets: %.3f x", requests, seen, float64(seen)/requests)
			if most := int64(requests * (100 + percent) / 100); seen > most {
				t.Errorf("%d requests became %d at the targets, at most %d are in the budget", requests, seen, most)
			}
			if seen < requests+requests*percent/200 {
				t.Errorf("%d requests became %d at the targets: nothing was tried again", requests, seen)
			}
		})
	}
}
