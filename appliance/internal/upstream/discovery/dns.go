// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// lookups is how many names of SRV records are looked up at a time.
const lookups = 16

// dns looks up the targets of [api.DNSDiscovery].
type dns struct {
	name       string // ends in a dot
	kinds      []dnsmessage.Type
	port       uint16
	weight     int
	timeout    time.Duration
	servers    []netip.AddrPort // empty: those of resolvConf
	resolvConf string
}

func newDNS(s api.DNSDiscovery, o Options) *poller {
	d := &dns{
		name:       strings.TrimSuffix(s.Name, ".") + ".",
		kinds:      kindsOf(s.Type),
		port:       uint16(s.Port),
		weight:     s.Weight,
		timeout:    s.Timeout.Std(),
		resolvConf: o.ResolvConf,
	}
	if d.resolvConf == "" {
		d.resolvConf = "/etc/resolv.conf"
	}
	for _, r := range s.Resolver {
		if a, err := r.AddrPort(); err == nil { // settings are valid
			d.servers = append(d.servers, a)
		}
	}
	minTTL := max(s.MinTTL.Std(), time.Millisecond)
	return &poller{
		lookup: d.lookup,
		minTTL: minTTL,
		maxTTL: max(s.MaxTTL.Std(), minTTL),
		keep:   s.Keep.Std(),
		zone:   s.Zone,
		log:    o.Log.With("name", s.Name, "type", s.Type),
		report: o.Report,
	}
}

// kindsOf returns what to ask for.
func kindsOf(settings string) []dnsmessage.Type {
	switch settings {
	case "a":
		return []dnsmessage.Type{dnsmessage.TypeA}
	case "aaaa":
		return []dnsmessage.Type{dnsmessage.TypeAAAA}
	case "srv":
		return []dnsmessage.Type{dnsmessage.TypeSRV}
	}
	return []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}
}

// lookup asks all that there is to ask, once.
func (d *dns) lookup(ctx context.Context) outcome {
	servers := d.servers
	if len(servers) == 0 {
		var err error
		if servers, err = nodeServers(d.resolvConf); err != nil {
			return outcome{err: err}
		}
	}
	r := &round{servers: servers, timeout: d.timeout}
	var o outcome
	if d.kinds[0] == dnsmessage.TypeSRV {
		o = d.lookupServices(ctx, r)
	} else {
		o = d.lookupAddresses(ctx, r)
	}
	total := 0
	o.found, total = unique(o.found)
	o.dropped = total - len(o.found)
	return o
}

// lookupAddresses finds the addresses of the name. Each kind is a part.
func (d *dns) lookupAddresses(ctx context.Context, r *round) outcome {
	o := outcome{unknown: make(map[string]bool)}
	seen := make(map[netip.Addr]bool)
	var negative lifetime
	for _, a := range r.addresses(ctx, d.name, d.kinds) {
		part := a.kind.String()
		if a.err != nil {
			o.unknown[part] = true
			o.err = first(o.err, a.err)
			continue
		}
		o.answered, o.server = true, a.server
		o.ttl, negative = o.ttl.least(a.ttl), negative.least(a.negative)
		for _, ip := range a.found {
			if !seen[ip] {
				seen[ip] = true
				o.found = append(o.found, record{address: netip.AddrPortFrom(ip, d.port), weight: d.weight, part: part})
			}
		}
	}
	if len(o.found) == 0 {
		o.ttl = o.ttl.least(negative)
	}
	return o
}

// lookupServices finds the services of the name, and the addresses of their
// targets in the same answer or by questions of their own. Each target is a
// part. Every address of a target has the weight of its record.
func (d *dns) lookupServices(ctx context.Context, r *round) outcome {
	a, server, err := r.ask(ctx, question{d.name, dnsmessage.TypeSRV})
	if err != nil {
		return outcome{err: err}
	}
	services, ttl := a.servicesOf(d.name)
	if len(services) == 0 {
		ttl = ttl.least(a.negativeTTL)
	}
	o := outcome{answered: true, server: server, ttl: ttl, unknown: make(map[string]bool)}
	hosts := r.hosts(ctx, services, &a.extra)
	seen := make(map[service]bool)
	counted := make(map[string]bool)
	for _, s := range services {
		s.ttl = lifetime{}
		if seen[s] { // a set has no record twice (RFC 2181, section 5)
			continue
		}
		seen[s] = true
		h := hosts[s.target]
		if !counted[s.target] {
			counted[s.target] = true
			o.ttl = o.ttl.least(h.ttl)
			if h.err != nil {
				o.unknown[s.target] = true
				o.err = first(o.err, h.err)
			}
		}
		for _, ip := range h.found {
			o.found = append(o.found, record{netip.AddrPortFrom(ip, s.port), max(s.weight, 1), s.priority, s.target})
		}
	}
	return o
}

// A host is what was found of the target of a service.
type host struct {
	found []netip.Addr
	ttl   lifetime
	err   error // not everything is known
}

// hosts finds the addresses of the targets of services. It ends in bounded
// time however many there are: those for which it does not suffice are
// unknown this time.
func (r *round) hosts(ctx context.Context, services []service, extra *records) map[string]host {
	hosts := make(map[string]host)
	var missing []string
	for _, s := range services {
		if _, ok := hosts[s.target]; ok {
			continue
		}
		found, ttl := extra.addressesOf(s.target)
		hosts[s.target] = host{found: found, ttl: ttl}
		if len(found) == 0 {
			missing = append(missing, s.target)
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 2*r.timeout*time.Duration(len(r.servers)), fmt.Errorf("%d names of SRV records take too long", len(missing)))
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup
	next := make(chan string)
	for range min(lookups, len(missing)) {
		group.Go(func() {
			for name := range next {
				h := r.host(ctx, name)
				mu.Lock()
				hosts[name] = h
				mu.Unlock()
			}
		})
	}
	for _, name := range missing {
		next <- name
	}
	close(next)
	group.Wait()
	return hosts
}

func (r *round) host(ctx context.Context, name string) (h host) {
	var negative lifetime
	for _, a := range r.addresses(ctx, name, []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA}) {
		h.found = append(h.found, a.found...)
		h.ttl, negative = h.ttl.least(a.ttl), negative.least(a.negative)
		h.err = first(h.err, a.err)
	}
	if h.found = once(h.found); len(h.found) == 0 {
		h.ttl = h.ttl.least(negative)
	}
	return h
}

// first returns the first error: of many names that cannot be looked up, one
// says why.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
