// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/netip"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Discovery finds targets beside those that the configuration lists.
type Discovery struct {
	DNS *DNSDiscovery `json:"dns,omitzero" doc:"By the DNS records of a name."`
}

// DNSDiscovery finds targets by the records of a name.
type DNSDiscovery struct {
	Name     string            `json:"name" check:"format=host" doc:"Name to ask for, such as orders.internal, or _http._tcp.orders.internal for srv. It is complete: search domains and the hosts file do not apply."`
	Type     string            `json:"type" check:"enum=a|aaaa|address|srv" doc:"Records to ask for: a (IPv4), aaaa (IPv6), address (both), or srv, which give the ports and weights, and priorities as tiers."`
	Port     int               `json:"port,omitzero" check:"min=1,max=65535" doc:"Port of the targets. Required with a, aaaa and address; the records of srv have their own."`
	Weight   int               `json:"weight" check:"min=1,max=10000" doc:"Weight of each target; the records of srv have their own."`
	Zone     string            `json:"zone,omitzero" check:"format=id" doc:"Zone that the targets run in."`
	Resolver []ResolverAddress `json:"resolver,omitzero" check:"min=1,max=8,unique" doc:"Addresses of DNS servers, such as 10.0.0.2 or 10.0.0.2:5353, in the order in which they are asked; those in the node's /etc/resolv.conf if not given."`
	MinTTL   schema.Duration   `json:"min_ttl" check:"min=100ms,max=24h" doc:"How long an answer is good at least, although its records have a shorter TTL: that of some servers is 0."`
	MaxTTL   schema.Duration   `json:"max_ttl" check:"min=100ms,max=24h" doc:"How long an answer is good at most, although its records have a longer TTL."`
	Timeout  schema.Duration   `json:"timeout" check:"min=10ms,max=1m" doc:"How long one server may take to answer."`
	Keep     schema.Duration   `json:"keep" check:"min=0s,max=24h" doc:"How long a target stays when answers no longer have it. Servers that tell another part of their records each time must not make targets come and go: for them, give more than the records' TTL (but at least min_ttl) times the number of parts. Where no answer comes at all, every target stays."`
}

const defaultDNSWeight = 1

// SetDefaults gives a fresh value its defaults.
func (d *DNSDiscovery) SetDefaults() {
	*d = DNSDiscovery{
		Type: "address", Weight: defaultDNSWeight,
		MinTTL: schema.Duration(time.Second), MaxTTL: schema.Duration(time.Minute),
		Timeout: schema.Duration(2 * time.Second), Keep: schema.Duration(30 * time.Second),
	}
}

// Validate holds the rules across fields.
func (d *DNSDiscovery) Validate() error {
	var errs schema.Errors
	if srv := d.Type == "srv"; srv && d.Port != 0 {
		errs = append(errs, schema.At("port", "means nothing for srv, whose records have their own; leave it out"))
	} else if !srv && d.Port == 0 {
		errs = append(errs, schema.At("port", "is required with the type %q", d.Type))
	}
	if _, err := netip.ParseAddr(d.Name); err == nil {
		errs = append(errs, schema.At("name", "must be a name, and %s is an address, of which there is nothing to find out; list it in targets", d.Name))
	}
	if d.Type == "srv" && d.Weight != defaultDNSWeight {
		errs = append(errs, schema.At("weight", "means nothing for srv, whose records have their own; leave it out"))
	}
	if d.MaxTTL < d.MinTTL {
		errs = append(errs, schema.At("max_ttl", "must be at least min_ttl, which is %s; it is %s", d.MinTTL, d.MaxTTL))
	}
	return errs.Err()
}
