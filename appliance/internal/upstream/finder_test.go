// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A silent source finds one target if it is the first, and nothing otherwise.
type silent struct{ found []api.Target }

func (s silent) Run(ctx context.Context, publish func([]api.Target)) {
	if s.found != nil {
		publish(s.found)
	}
	<-ctx.Done()
}

// S1-07: a change of how often or whom to ask must not empty the upstream until
// the next answer, which may not come for long. Another question is another list.
func TestDiscoveryChanges(t *testing.T) {
	first := true
	env := upstream.Env{Discover: func(api.Discovery, discovery.Options) discovery.Source {
		defer func() { first = false }()
		if first {
			return silent{[]api.Target{{Host: "10.0.0.1", Port: 80}}}
		}
		return silent{}
	}}
	asking := func(change func(*api.DNSDiscovery)) *api.Upstream {
		u := spec(api.ProtocolHTTP)
		dns := &api.DNSDiscovery{}
		dns.SetDefaults()
		dns.Name, dns.Port = "orders.internal", 80
		change(dns)
		u.Discovery = &api.Discovery{DNS: dns}
		return u
	}
	next := func(u *api.Upstream, previous *upstream.Pool) *upstream.Pool {
		p, err := upstream.New(u, previous, env)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if previous != nil {
			previous.Close()
		}
		return p
	}
	p := next(asking(func(*api.DNSDiscovery) {}), nil)
	for until := time.Now().Add(patience); len(p.Targets()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("nothing is found")
		}
	}
	for name, change := range map[string]func(*api.DNSDiscovery){
		"keep":     func(d *api.DNSDiscovery) { d.Keep = schema.Duration(time.Minute) },
		"resolver": func(d *api.DNSDiscovery) { d.Resolver = []api.ResolverAddress{"10.0.0.53"} },
		"timeout":  func(d *api.DNSDiscovery) { d.Timeout = schema.Duration(time.Second) },
	} {
		p = next(asking(change), p)
		if got, err := p.Pick(anyone, nil); err != nil || got.Address() != "10.0.0.1:80" {
			t.Fatalf("%s: %v", name, err)
		}
	}
	p = next(asking(func(d *api.DNSDiscovery) { d.Name = "billing.internal" }), p)
	if _, err := p.Pick(anyone, nil); !errors.Is(err, upstream.ErrNoTarget) {
		t.Errorf("a target of another name is picked: %v", err)
	}
}

// A fed source finds what it is given.
type fed chan []api.Target

func (f fed) Run(ctx context.Context, publish func([]api.Target)) {
	for {
		select {
		case list := <-f:
			publish(list)
		case <-ctx.Done():
			return
		}
	}
}
