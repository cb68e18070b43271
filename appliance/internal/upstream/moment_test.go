// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
)

// ejecting returns a detector that ejects at the first failure.
func ejecting(t *testing.T) *health.Detector {
	var passive api.PassiveCheck
	passive.SetDefaults()
	passive.ConsecutiveFailures, passive.MaxEjected = 1, 100
	d := health.NewDetector(passive, nil, nil)
	t.Cleanup(d.Close)
	return d
}

// unconnected returns a target of a tier that no request can be sent to.
func unconnected(d *health.Detector, address string, tier int) *Target {
	return &Target{
		Spec: api.Target{Tier: &tier}, endpoint: &endpoint{address: address},
		load: new(balance.Load), well: new(atomic.Int64), record: d.Record(address),
	}
}

// S1-05: a view is of one moment. When a target fails while one is made, the
// groups that are left still take every request.
func TestViewIsOfOneMoment(t *testing.T) {
	for _, algorithm := range []string{api.Random, api.ConsistentHash} {
		d := ejecting(t)
		var others []*Target
		for i := range 400 {
			target := unconnected(d, fmt.Sprintf("10.0.%d.%d:80", i/256, i%256), i%2)
			if i%10 >= 2 {
				target.record.Report(true, 0)
			}
			others = append(others, target)
		}
		took := time.Millisecond
		for i := range 300 {
			last := unconnected(d, fmt.Sprintf("10.1.%d.%d:80", i/256, i%256), 2)
			p := &Pool{targets: append(others[:len(others):len(others)], last), viewer: viewer{algorithm: algorithm}}
			var failing sync.WaitGroup
			began := time.Now()
			at := began.Add(rand.N(took))
			failing.Go(func() {
				for time.Now().Before(at) {
				}
				last.record.Report(true, 0)
			})
			p.build(began)
			took = max(time.Since(began), time.Microsecond)
			failing.Wait()
			groups := p.current.Load().groups
			if upTo := groups[len(groups)-1].upTo; upTo != 1 {
				t.Fatalf("%s: %d groups take %.2f of the requests", algorithm, len(groups), upTo)
			}
		}
	}
}

// Mappings of consistent hashing are made again only where they are others: the
// health of a target is nothing to them, in however many tiers.
func TestHashedTiersAreKept(t *testing.T) {
	d := ejecting(t)
	p := &Pool{viewer: viewer{algorithm: api.ConsistentHash}}
	for i := range 200 {
		p.targets = append(p.targets, unconnected(d, fmt.Sprintf("10.0.0.%d:80", i), i%2))
	}
	p.build(time.Now())
	before := p.current.Load().groups
	p.targets[0].record.Report(true, 0)
	p.build(time.Now())
	for i, now := range p.current.Load().groups {
		if now.balancer != before[i].balancer {
			t.Errorf("that of tier %d is another one", i)
		}
	}
}
