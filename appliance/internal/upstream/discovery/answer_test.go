// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	other "github.com/miekg/dns"
	"golang.org/x/net/dns/dnsmessage"
)

// written is an answer by another library.
func written(t testing.TB, q question, rcode int, answers, authority, extra []string) []byte {
	t.Helper()
	m := new(other.Msg).SetQuestion(q.name, uint16(q.kind))
	m.Id, m.Response, m.Rcode, m.Compress, m.RecursionAvailable = 7, true, rcode, true, true
	for _, s := range []struct {
		lines []string
		to    *[]other.RR
	}{{answers, &m.Answer}, {authority, &m.Ns}, {extra, &m.Extra}} {
		for _, l := range s.lines {
			rr, err := other.NewRR(l)
			if err != nil {
				t.Fatal(err)
			}
			*s.to = append(*s.to, rr)
		}
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Lifetimes: the least of the records that were used, and for nothing what
// the SOA record says (RFC 2308, section 5).
func TestLifetimes(t *testing.T) {
	q := question{"orders.internal.", dnsmessage.TypeA}
	for name, c := range map[string]struct {
		rcode              int
		answers, authority []string
		ttl, negative      lifetime
		found              int
	}{
		"least":             {0, []string{"orders.internal. 30 A 1.1.1.1", "orders.internal. 20 A 2.2.2.2"}, nil, lifetime{20 * time.Second, true}, lifetime{}, 2},
		"of the chain":      {0, []string{"orders.internal. 5 CNAME x.", "x. 20 A 2.2.2.2"}, nil, lifetime{5 * time.Second, true}, lifetime{}, 1},
		"not of others":     {0, []string{"orders.internal. 30 A 1.1.1.1", "x. 1 A 2.2.2.2"}, nil, lifetime{30 * time.Second, true}, lifetime{}, 1},
		"zero":              {0, []string{"orders.internal. 0 A 1.1.1.1"}, nil, lifetime{0, true}, lifetime{}, 1},
		"negative number":   {0, []string{"orders.internal. 4294967295 A 1.1.1.1"}, nil, lifetime{0, true}, lifetime{}, 1},
		"nothing":           {0, nil, nil, lifetime{}, lifetime{}, 0},
		"SOA's minimum":     {3, nil, []string{"internal. 60 SOA ns. admin. 1 2 3 4 9"}, lifetime{}, lifetime{9 * time.Second, true}, 0},
		"SOA's own":         {3, nil, []string{"internal. NS ns.", "internal. 6 SOA ns. admin. 1 2 3 4 9"}, lifetime{}, lifetime{6 * time.Second, true}, 0},
		"chain in a circle": {0, []string{"orders.internal. 5 CNAME x.", "x. 5 CNAME orders.internal.", "x. 5 A 1.1.1.1", "orders.internal. 5 A 1.1.1.1"}, nil, lifetime{5 * time.Second, true}, lifetime{}, 0},
		"chain to nowhere":  {3, []string{"orders.internal. 5 CNAME x.", "x. 5 A 1.1.1.1"}, nil, lifetime{5 * time.Second, true}, lifetime{}, 0},
	} {
		a, err := parse(written(t, q, c.rcode, c.answers, c.authority, nil))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found, ttl := a.addressesOf(q.name)
		if ttl != c.ttl || a.negativeTTL != c.negative || len(found) != c.found {
			t.Errorf("%s: %d found, ttl %v, negative %v", name, len(found), ttl, a.negativeTTL)
		}
	}
}

// FuzzAnswer: no bytes make a panic, or a target that is none.
func FuzzAnswer(f *testing.F) {
	a, srv := question{"orders.internal.", dnsmessage.TypeA}, question{"orders.internal.", dnsmessage.TypeSRV}
	f.Add(written(f, a, 0, []string{"orders.internal. 0 CNAME x.", "x. 0 A 1.1.1.1", "x. 0 A 0.0.0.0", "x. 0 AAAA fd00::1", "x. 0 TXT y"}, nil, nil))
	f.Add(written(f, a, 3, nil, []string{"internal. 60 SOA ns. admin. 1 2 3 4 9"}, nil))
	f.Add(written(f, srv, 0, []string{"orders.internal. 0 SRV 1 65535 80 x.", "orders.internal. 0 SRV 2 0 0 .", "orders.internal. 9 SRV 65535 2 81 y."}, nil, []string{"x. 0 A 1.1.1.1", "y. 0 AAAA ::ffff:1.1.1.1", "y. 0 AAAA fe80::1"}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		a.answers(b, 7)
		got, err := parse(b)
		if err != nil {
			return
		}
		var all []record
		for _, s := range []*records{&got.records, &got.extra} {
			found, _ := s.addressesOf(a.name)
			for _, ip := range found {
				all = append(all, record{address: netip.AddrPortFrom(ip, 80), weight: 1})
			}
			services, _ := s.servicesOf(a.name)
			for _, v := range services {
				found, ttl := got.extra.addressesOf(v.target)
				if ttl.Duration < 0 {
					t.Fatalf("lifetime %v", ttl)
				}
				for _, ip := range found {
					all = append(all, record{netip.AddrPortFrom(ip, v.port), max(v.weight, 1), v.priority, v.target})
				}
			}
		}
		all, _ = unique(all)
		m := newMembers(0)
		m.update(epoch, all, nil)
		last := 0
		for _, target := range m.targets("") {
			ip := net.ParseIP(target.Host)
			if ip == nil || ip.IsUnspecified() || ip.IsMulticast() || target.Port < 1 || target.Port > 65535 ||
				*target.Weight < 1 || *target.Weight > 10_000 || target.Rank() < last || target.Rank() > last+1 || target.Rank() > 9 {
				t.Fatalf("target %s", fmt.Sprint(target))
			}
			last = target.Rank()
		}
		if len(all) != len(m.list) {
			t.Fatalf("%d targets of %d", len(m.list), len(all))
		}
	})
}
