// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// one is a configuration with one of everything.
func one() []snapshot.Object {
	return []snapshot.Object{
		object("policy", "p", `{"plugins":{"first":{"say":"policy"}}}`),
		object("upstream", "u", `{"targets":[{"host":"127.0.0.1","port":1}]}`),
		object("upstream", "v", `{"targets":[{"host":"127.0.0.1","port":2}]}`),
		object("route", "r", `{"upstream":"u","policies":["p"],"plugins":{"second":{"say":"route"}}}`),
		object("route", "other", `{"upstream":"v","paths":["/other"],"plugins":{"third":{}}}`),
		object("consumer", "c", `{"plugins":{"second":{"say":"consumer"}}}`),
	}
}

// What did not change goes on as it is, with its counters and connections
// (S1-38); what did is made anew.
func TestCarriedOver(t *testing.T) {
	for _, test := range []struct {
		name                        string
		change                      snapshot.Object
		route, first, second, third bool // kept
		pool                        bool
	}{
		{"nothing", object("route", "r", `{"upstream":"u","policies":["p"],"plugins":{"second":{"say":"route"}}}`), true, true, true, true, true},
		{"another route", object("route", "other", `{"upstream":"v","paths":["/elsewhere"],"plugins":{"third":{}}}`), true, true, true, true, true},
		{"what only people read", object("policy", "p", `{"description":"new","plugins":{"first":{"say":"policy"}}}`), true, true, true, true, true},
		{"a policy", object("policy", "p", `{"plugins":{"first":{"say":"new"}}}`), false, false, true, true, true},
		{"a plugin of the route", object("route", "r", `{"upstream":"u","policies":["p"],"plugins":{"second":{"say":"new"}}}`), false, true, false, true, true},
		{"a path of the route", object("route", "r", `{"upstream":"u","paths":["/x"],"policies":["p"],"plugins":{"second":{"say":"route"}}}`), false, true, true, true, true},
		{"the upstream", object("upstream", "u", `{"targets":[{"host":"127.0.0.1","port":3}]}`), true, true, true, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCompiler(t)
			before := c.apply(one()...)
			old, other := before.Router.Entry("r").Value, before.Router.Entry("other").Value
			after := c.apply(test.change)
			now := after.Router.Entry("r").Value
			for _, kept := range []struct {
				what string
				is   bool
				want bool
			}{
				{"route", old == now, test.route},
				{"first", old.Chain.Request[0].Phase == now.Chain.Request[0].Phase, test.first},
				{"second", old.Chain.Request[1].Phase == now.Chain.Request[1].Phase, test.second},
				{"third of the other route", other.Chain.Request[0].Phase == after.Router.Entry("other").Value.Chain.Request[0].Phase, test.third},
				{"pool", before.Pool(old) == after.Pool(now), test.pool},
				{"meter", old.Meter == now.Meter, true},
			} {
				if kept.is != kept.want {
					t.Errorf("%s: kept %t, want %t", kept.what, kept.is, kept.want)
				}
			}
		})
	}
}

// The same configuration in full, as after a loss of the store, changes nothing.
func TestFullAgain(t *testing.T) {
	c := newCompiler(t)
	before := c.Apply(7, true, one())
	if c.Apply(7, true, one()) != before {
		t.Error("the same revision made another snapshot")
	}
	after := c.Apply(9, true, one())
	if after.Revision != 9 || after.Router != before.Router {
		t.Errorf("revision %d; the router was made again: %t", after.Revision, after.Router != before.Router)
	}
}

// A route must not serve without a policy, a service or cluster settings that
// cannot run, for they may be what protects it; nor may another route serve
// its requests. So it stays, blocked.
func TestFailsClosed(t *testing.T) {
	for _, broken := range []snapshot.Object{
		object("policy", "p", `{"plugins":{"nobody":{}}}`),
		object("policy", "p", `{"plugins":{"first":{"broken":true}}}`),
		object("policy", "p", `{"plugins":{"first":{"panics":true}}}`),
		object("policy", "p", ""),
		object("cluster_settings", "cluster", `{"plugins":{"nobody":{}}}`),
		object("cluster_settings", "cluster", `{"policies":["missing"]}`),
		object("upstream", "u", ""),
	} {
		c := newCompiler(t)
		c.apply(one()...)
		before := c.Current().Router.Entry("r").Value.Meter
		s := c.apply(broken)
		if r := s.Router.Entry("r"); r == nil || !r.Value.Blocked || len(r.Value.Chain.Names) > 0 || r.Value.Meter != before {
			t.Errorf("%s %s: the route is not blocked", broken.Key, broken.Value)
		}
		if len(s.Problems) == 0 {
			t.Errorf("%s %s: no problem is told", broken.Key, broken.Value)
		}
		if s = c.apply(object(broken.Kind, broken.ID, ""), one()[0], one()[1]); s.Router.Entry("r").Value.Blocked || len(s.Problems) != 0 {
			t.Errorf("%s %s: not served again after repair; problems %v", broken.Key, broken.Value, s.Problems)
		}
	}
}

// A route that lost one of its claims must not leave the requests that are its
// own alone to a less specific route; those of the claim are the winner's.
func TestLoserIsBlocked(t *testing.T) {
	c := newCompiler(t)
	c.apply(append(one(), object("route", "all", `{"upstream":"u","hosts":["*.example.com"]}`))...)
	expect := func(s *snapshot.Snapshot, path, id string, blocked bool) {
		t.Helper()
		entry, _ := s.Router.Match(&message.Request{Method: "GET", Host: "www.example.com", Path: path}, netip.IPv4Unspecified())
		if entry == nil || entry.Value.Info.ID != id || entry.Value.Blocked != blocked {
			t.Errorf("%s: %+v; want %s, blocked %t", path, entry, id, blocked)
		}
	}
	shared := `{"upstream":"u","hosts":["www.example.com"],"paths":["/shared"]}`
	s := c.apply(object("route", "first", shared),
		object("route", "second", `{"upstream":"u","hosts":["www.example.com"],"paths":["/shared","/private"],"policies":["p"]}`))
	expect(s, "/shared", "first", false)
	expect(s, "/private", "second", true)
	expect(s, "/", "all", false)
	if len(s.Problems) != 1 || s.Problems[0].Code != api.CodeConflict {
		t.Errorf("problems: %v", s.Problems)
	}
	s = c.apply(object("route", "first", ""))
	expect(s, "/shared", "second", false)
	expect(s, "/private", "second", false)
	s = c.apply(object("route", "first", shared))
	expect(s, "/shared", "first", false)
	expect(s, "/private", "second", true)
}

// A route that cannot be read is left out even if it ran before.
func TestLeftOut(t *testing.T) {
	for _, out := range []snapshot.Object{
		object("route", "r", `{"no_such_field":1}`),
		object("route", "r", ""),
	} {
		c := newCompiler(t)
		c.apply(one()...)
		if s := c.apply(out); s.Router.Entry("r") != nil || s.Router.Entry("other").Value.Blocked || c.meters["r"] != nil {
			t.Errorf("%s: not left out", out.Value)
		}
	}
}

// A consumer's plugins take the place of the route's, name by name, and run
// in one place for all routes.
func TestConsumerChain(t *testing.T) {
	s := newCompiler(t).apply(one()...)
	r, other, who := s.Router.Entry("r").Value, s.Router.Entry("other").Value, &api.Consumer{Meta: api.Meta{ID: "c"}}
	if got := chain(s.ChainFor(r, who)); got != "[first=policy second=consumer]/2/2" {
		t.Errorf("got %s", got)
	}
	if got := chain(s.ChainFor(other, who)); got != "[second=consumer third=]/2/2" {
		t.Errorf("got %s", got)
	}
	if s.ChainFor(r, who).Request[1].Phase != s.ChainFor(other, who).Request[0].Phase {
		t.Error("the consumer's plugin runs twice")
	}
	if first := s.ChainFor(r, who); s.ChainFor(r, who) != first {
		t.Error("the chain is made for every request")
	}
	if s.ChainFor(r, &api.Consumer{Meta: api.Meta{ID: "nobody"}}) != r.Chain {
		t.Error("an unknown consumer changes the chain")
	}
}

// Over many changes plugins that nobody can reach are closed, the heap stays,
// and Close closes the rest.
func TestNothingPilesUp(t *testing.T) {
	c := newCompiler(t)
	before := running.Load()
	c.apply(one()...)
	change := func(n int) {
		for i := range n {
			say := strings.Repeat("x", 1+i%2)
			c.apply(
				object("policy", "p", `{"plugins":{"first":{"say":"`+say+`"}}}`),
				object("route", "r", `{"upstream":"u","policies":["p"],"plugins":{"second":{"say":"`+say+`"}}}`),
				object("upstream", "u", `{"targets":[{"host":"127.0.0.1","port":`+[]string{"1", "3"}[i%2]+`}]}`),
				object("route", "s"+say, `{"upstream":"u","paths":["/s"]}`), object("route", "s"+say, ""),
				object("consumer", "c", `{"plugins":{"second":{"say":"`+say+`"}}}`),
			)
		}
	}
	settled := func() (heap uint64) {
		for deadline := time.Now().Add(20 * time.Second); running.Load()-before > 4; runtime.GC() {
			if time.Now().After(deadline) {
				t.Fatalf("%d plugins run, of which 4 can be reached", running.Load()-before)
			}
		}
		return heapAfterGC()
	}
	change(50)
	heap := settled()
	change(1000)
	if grown := int64(settled()) - int64(heap); grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes in 6000 changes", grown)
	}
	runtime.KeepAlive(c)
	c.Close()
	if left := running.Load() - before; left > 0 {
		t.Errorf("%d plugins run after Close", left)
	}
}

func heapAfterGC() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
