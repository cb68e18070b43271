// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// refused is an upstream whose targets nobody listens on: whatever is sent to
// them fails at once, and the first failure ejects them.
func refused(n int, change func(i int, t *api.Target)) *api.Upstream {
	u := spec(api.ProtocolHTTP)
	for i := range n {
		t := api.Target{Host: fmt.Sprintf("127.9.%d.%d", i/256, i%256), Port: 1}
		if change != nil {
			change(i, &t)
		}
		u.Targets = append(u.Targets, t)
	}
	var passive api.PassiveCheck
	passive.SetDefaults()
	passive.ConsecutiveFailures, passive.MaxEjected = 1, 100
	u.Health = &api.Health{Passive: &passive}
	return u
}

// fail sends the target a request, which fails, and waits until nobody else gets
// it.
func fail(t *testing.T, p *upstream.Pool, i int) {
	t.Helper()
	target := p.Targets()[i]
	err := target.RoundTrip(t.Context(), &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}, &message.Response{}, nil)
	if err == nil || !target.Ejected() {
		t.Fatalf("target %d: %v, ejected %v", i, err, target.Ejected())
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		left := 0
		for range 200 {
			if picked, err := p.Pick(anyone, nil); err == nil && picked == target {
				left++
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("target %d is picked though it is ejected", i)
		}
	}
}

// share returns the part of the picks that goes to targets of which is is true.
func share(t *testing.T, p *upstream.Pool, is func(*upstream.Target) bool) float64 {
	t.Helper()
	const n = 100_000
	got := 0
	for target, count := range picks(t, p, n) {
		if is(target) {
			got += count
		}
	}
	return float64(got) / n
}

func within(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.01 {
		t.Errorf("%s: %.3f, want %.3f", what, got, want)
	}
}

// S1-02: targets of a tier get requests when those before it are not available.
func TestTiers(t *testing.T) {
	p := newPool(t, refused(6, func(i int, t *api.Target) { t.Tier = new(i / 3) }), nil)
	second := func(t *upstream.Target) bool { return t.Spec.Rank() == 1 }
	within(t, "all well", share(t, p, second), 0)
	fail(t, p, 0)
	within(t, "two of three", share(t, p, second), 1-overprovision*2/3)
	fail(t, p, 1)
	within(t, "one of three", share(t, p, second), 1-overprovision/3)
	fail(t, p, 2)
	within(t, "none", share(t, p, second), 1)
}

const overprovision = 1.4 // as spread.go has it

// S3-47, S3-48: the node's own zone first, others as far as it lacks targets.
func TestZones(t *testing.T) {
	u := refused(6, func(i int, t *api.Target) { t.Zone = []string{"a", "b"}[i/3] })
	u.Zones = &api.Zones{MinHealthy: 70}
	p, err := upstream.New(u, nil, upstream.Env{Zone: "a"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	own := func(t *upstream.Target) bool { return t.Spec.Zone == "a" }
	within(t, "all well", share(t, p, own), 1)
	fail(t, p, 0)
	within(t, "two of three", share(t, p, own), 2*2.0/5)
	fail(t, p, 1)
	fail(t, p, 2)
	within(t, "none", share(t, p, own), 0)

	elsewhere, err := upstream.New(u, nil, upstream.Env{Zone: "c"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(elsewhere.Close)
	within(t, "a node of another zone", share(t, elsewhere, own), 0.5)

	crowded, err := upstream.New(u, nil, upstream.Env{Zone: "a", Arrives: func() map[string]float64 { return map[string]float64{"a": 0.9, "b": 0.1} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(crowded.Close)
	within(t, "nine of ten nodes are in the own zone", share(t, crowded, own), 0.5/0.9)
}

// When too few targets are left, all of them get requests again; without a
// threshold none that is ill ever does.
func TestPanic(t *testing.T) {
	u := refused(4, nil)
	p := newPool(t, u, nil)
	for i := range 3 {
		fail(t, p, i)
	}
	within(t, "without a threshold", share(t, p, func(target *upstream.Target) bool { return target == p.Targets()[3] }), 1)

	u.Health.PanicThreshold = 50
	p = newPool(t, u, p)
	within(t, "with a threshold", share(t, p, func(target *upstream.Target) bool { return target == p.Targets()[3] }), 0.25)
}

// S3-117, S3-119: what is known of a target outlives changes of the list and of
// settings, as long as it stays.
func TestHealthStays(t *testing.T) {
	u := refused(3, nil)
	p := newPool(t, u, nil)
	fail(t, p, 0)
	for step, change := range map[string]func(){
		"another target":  func() { u.Targets = append(u.Targets, api.Target{Host: "127.9.9.9", Port: 1}) },
		"another weight":  func() { w := 7; u.Targets[0].Weight = &w },
		"another timeout": func() { u.ConnectTimeout++ },
		"other settings":  func() { u.Health.Passive.MaxEjected = 90 },
		"other balancing": func() { u.Balance = &api.Balance{Algorithm: api.LeastRequest} },
	} {
		next := *u
		u = &next
		change()
		p = newPool(t, u, p)
		if !p.Targets()[0].Ejected() || p.Targets()[1].Ejected() {
			t.Errorf("%s: the ejection is forgotten", step)
		}
	}
	gone := *u
	gone.Targets = gone.Targets[1:]
	p = newPool(t, &gone, p)
	if p = newPool(t, u, p); p.Targets()[0].Ejected() {
		t.Error("a target that had gone is remembered")
	}
}

// A target that comes into a pool that serves begins with a part of its share.
func TestSlowStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := refused(1, nil)
		u.Health = nil
		u.Balance = &api.Balance{Algorithm: api.Random, SlowStart: schema.Duration(10 * time.Second)}
		first := newPool(t, u, nil)
		more := *u
		more.Targets = append(more.Targets, api.Target{Host: "127.9.9.9", Port: 1})
		p := newPool(t, &more, first)
		first.Close()
		newcomer := func(target *upstream.Target) bool { return target == p.Targets()[1] }
		within(t, "at first", share(t, p, newcomer), 0.1/1.1)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		within(t, "after half the time", share(t, p, newcomer), 0.5/1.5)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		within(t, "after all of it", share(t, p, newcomer), 0.5)
		p.Close()
	})
}

// S1-03, S1-62: a client stays where it was, by its cookie, as long as its target
// is well.
func TestSticky(t *testing.T) {
	u := refused(5, nil)
	sticky := &api.Sticky{Cookie: "at", TTL: schema.Duration(time.Hour)}
	sticky.SetDefaults()
	u.Balance = &api.Balance{Algorithm: api.RoundRobin, Sticky: sticky}
	p := newPool(t, u, nil)
	s := &upstream.Selection{Request: &message.Request{Scheme: "https"}}
	first, err := p.Pick(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := p.Cookie(s, first)
	value, attributes, _ := strings.Cut(set, ";")
	if want := " Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure"; attributes != want {
		t.Errorf("attributes %q, want %q", attributes, want)
	}
	if strings.Contains(value, "127") {
		t.Errorf("%q tells the address", value)
	}
	s.Request.Header.Add("Cookie", "other=1; "+value)
	for range 100 {
		if again, _ := p.Pick(s, nil); again != first || p.Cookie(s, again) != "" {
			t.Fatalf("sent to %s, want %s; cookie %q", again.Address(), first.Address(), p.Cookie(s, again))
		}
	}
	if other, _ := p.Pick(s, []*upstream.Target{first}); other == first || p.Cookie(s, other) == "" {
		t.Error("a retry goes to the same target, or the client is not told of the other")
	}
	for i, target := range p.Targets() {
		if target == first {
			fail(t, p, i)
		}
	}
	if other, _ := p.Pick(s, nil); other == first {
		t.Error("the client is sent to an ejected target")
	}
}

// S1-03: equal values go to the same target, by whatever a request has first.
func TestConsistentHash(t *testing.T) {
	u := refused(10, nil)
	u.Health = nil
	u.Balance = &api.Balance{Algorithm: api.ConsistentHash, HashOn: []api.HashInput{
		{Source: api.HashHeader, Name: "X-Tenant"}, {Source: api.HashCookie, Name: "session"}, {Source: api.HashQuery, Name: "id"},
		{Source: api.HashConsumer}, {Source: api.HashClientAddress},
	}}
	p, again := newPool(t, u, nil), newPool(t, u, nil)
	selection := func(change func(s *upstream.Selection)) *upstream.Selection {
		s := &upstream.Selection{Request: &message.Request{}}
		change(s)
		return s
	}
	for name, of := range map[string]func(value string) *upstream.Selection{
		"header": func(v string) *upstream.Selection {
			return selection(func(s *upstream.Selection) { s.Request.Header.Add("x-tenant", v) })
		},
		"cookie": func(v string) *upstream.Selection {
			return selection(func(s *upstream.Selection) { s.Request.Header.Add("cookie", "a=b; session="+v) })
		},
		"query": func(v string) *upstream.Selection {
			return selection(func(s *upstream.Selection) { s.Request.Query = "x=1&id=" + v })
		},
		"consumer": func(v string) *upstream.Selection { return selection(func(s *upstream.Selection) { s.Consumer = v }) },
		"address": func(v string) *upstream.Selection {
			return selection(func(s *upstream.Selection) { s.Client = netip.MustParseAddr("2001:db8::" + v[1:]) })
		},
	} {
		targets := make(map[string]bool)
		for i := range 100 {
			value := fmt.Sprint("v", i)
			one, _ := p.Pick(of(value), nil)
			targets[one.Address()] = true
			for range 3 {
				if other, _ := again.Pick(of(value), nil); other.Address() != one.Address() {
					t.Fatalf("%s %s: %s and %s", name, value, one.Address(), other.Address())
				}
			}
		}
		if len(targets) != 10 {
			t.Errorf("%s: 100 values go to %d of 10 targets", name, len(targets))
		}
	}
	if first := picks(t, p, 1000); len(first) != 10 {
		t.Errorf("requests without any value go to %d of 10 targets", len(first))
	}
}

// S1-03: values of targets that are well stay where they are while others fall
// ill, on nodes that do not know of it, too.
func TestConsistentHashAndHealth(t *testing.T) {
	u := refused(10, nil)
	u.Balance = &api.Balance{Algorithm: api.ConsistentHash, HashOn: []api.HashInput{{Source: api.HashConsumer}}}
	well, p := newPool(t, u, nil), newPool(t, u, nil)
	fail(t, p, 3)
	ill := p.Targets()[3].Address()
	moved := make(map[string]bool)
	for i := range 1000 {
		s := &upstream.Selection{Request: &message.Request{}, Consumer: fmt.Sprint(i)}
		a, _ := well.Pick(s, nil)
		b, _ := p.Pick(s, nil)
		switch {
		case b.Address() == ill:
			t.Fatal("a target that is not available was picked")
		case a.Address() == ill:
			moved[b.Address()] = true
		case a.Address() != b.Address():
			t.Fatalf("%d moved from %s to %s", i, a.Address(), b.Address())
		}
	}
	if len(moved) < 5 {
		t.Errorf("all values of the target that is ill went to %d others", len(moved))
	}
}

// A retry goes to another tier, or another zone, when the first has nobody else.
func TestOthersAreLeft(t *testing.T) {
	for name, u := range map[string]*api.Upstream{
		"tiers": refused(2, func(i int, t *api.Target) { t.Tier = new(i) }),
		"zones": refused(2, func(i int, t *api.Target) { t.Zone = []string{"a", "b"}[i] }),
	} {
		if name == "zones" {
			u.Zones = &api.Zones{}
		}
		p, err := upstream.New(u, nil, upstream.Env{Zone: "a"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		first, _ := p.Pick(anyone, nil)
		if first != p.Targets()[0] || share(t, p, func(t *upstream.Target) bool { return t == first }) != 1 {
			t.Errorf("%s: not every request goes to the first", name)
		}
		if other, err := p.Pick(anyone, []*upstream.Target{first}); other != p.Targets()[1] {
			t.Errorf("%s: a retry goes to %v, %v", name, other, err)
		}
	}
}
