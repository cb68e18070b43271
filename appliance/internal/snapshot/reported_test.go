// SPDX-License-Identifier: Apache-2.0

package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// reportedOf returns the targets of the pool of a route as "address*weight", sorted.
func reportedOf(s *snapshot.Snapshot, route string) string {
	var all []string
	for _, t := range s.Pool(s.Router.Entry(route).Value).Targets() {
		all = append(all, fmt.Sprintf("%s*%d", t.Address(), t.Spec.Share()))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func problemsOf(s *snapshot.Snapshot) string {
	var all []string
	for _, p := range s.Problems {
		all = append(all, p.Code+" "+p.String())
	}
	return strings.Join(all, "\n")
}

// instance makes one of its members; "" is one that is gone.
func instance(id, members string) snapshot.Object {
	if members == "" {
		return object("instance", id, "")
	}
	return object("instance", id, `{`+members+`}`)
}

// S3-02 to S3-04, S3-24, S3-25: what a deployment platform reports is served,
// weighted, drained and removed, beside what the upstream lists itself.
func TestReported(t *testing.T) {
	c := newCompiler(t)
	c.apply(one()...)
	for _, step := range []struct {
		name     string
		changes  []snapshot.Object
		targets  string
		problems string
	}{
		{"added", []snapshot.Object{instance("a", `"upstream":"u","host":"10.0.0.1","port":80`)}, "10.0.0.1:80*1 127.0.0.1:1*1", ""},
		{"another, weighted", []snapshot.Object{instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"weight":5`)}, "10.0.0.1:80*1 10.0.0.2:80*5 127.0.0.1:1*1", ""},
		{"changed", []snapshot.Object{instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"weight":7`)}, "10.0.0.1:80*1 10.0.0.2:80*7 127.0.0.1:1*1", ""},
		{"draining", []snapshot.Object{instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"weight":7,"draining":true`)}, "10.0.0.1:80*1 10.0.0.2:80*0 127.0.0.1:1*1", ""},
		{"draining no longer", []snapshot.Object{instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"weight":7,"draining":false`)}, "10.0.0.1:80*1 10.0.0.2:80*7 127.0.0.1:1*1", ""},
		{"its address given to another", []snapshot.Object{instance("c", `"upstream":"u","host":"10.0.0.2","port":80,"weight":3`)}, "10.0.0.1:80*1 10.0.0.2:80*7 127.0.0.1:1*1",
			"conflict instance/c: host: instance/b is at 10.0.0.2:80 too; that one is used"},
		{"the old one drains", []snapshot.Object{instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"draining":true`)}, "10.0.0.1:80*1 10.0.0.2:80*3 127.0.0.1:1*1",
			"conflict instance/b: host: instance/c is at 10.0.0.2:80 too; that one is used"},
		{"the old one goes", []snapshot.Object{instance("b", "")}, "10.0.0.1:80*1 10.0.0.2:80*3 127.0.0.1:1*1", ""},
		{"what is listed already", []snapshot.Object{instance("d", `"upstream":"u","host":"127.0.0.1","port":1,"weight":9`)}, "10.0.0.1:80*1 10.0.0.2:80*3 127.0.0.1:1*1",
			"conflict instance/d: host: upstream/u lists 127.0.0.1:1 itself; its own target is used"},
		{"is listed no longer", []snapshot.Object{object("upstream", "u", `{}`)}, "10.0.0.1:80*1 10.0.0.2:80*3 127.0.0.1:1*9", ""},
		{"listed in capitals", []snapshot.Object{object("upstream", "u", `{"targets":[{"host":"WEB.test","port":1}]}`), instance("d", `"upstream":"u","host":"web.test","port":1`)}, "10.0.0.1:80*1 10.0.0.2:80*3 WEB.test:1*1",
			"conflict instance/d: host: upstream/u lists web.test:1 itself; its own target is used"},
		{"moved to another upstream", []snapshot.Object{instance("a", `"upstream":"v","host":"10.0.0.1","port":80`), instance("d", "")}, "10.0.0.2:80*3 WEB.test:1*1", ""},
		{"not readable", []snapshot.Object{instance("c", `"upstream":"u","host":"10.0.0.2"`)}, "WEB.test:1*1", "invalid instance/c: port: is required"},
		{"removed", []snapshot.Object{instance("c", "")}, "WEB.test:1*1", ""},
	} {
		s := c.apply(step.changes...)
		if got := reportedOf(s, "r"); got != step.targets {
			t.Errorf("%s: %s, want %s", step.name, got, step.targets)
		}
		if got := problemsOf(s); got != step.problems {
			t.Errorf("%s: problems\n%s\nwant\n%s", step.name, got, step.problems)
		}
	}
	if got := reportedOf(c.Current(), "other"); got != "10.0.0.1:80*1 127.0.0.1:2*1" {
		t.Errorf("the other upstream has %s", got)
	}
}

// An upstream may be deleted whatever is reported of it. Its instances serve
// nobody and say so; when it is there again, so are they.
func TestReportedWithoutUpstream(t *testing.T) {
	c := newCompiler(t)
	all := one()
	c.apply(append(all, instance("a", `"upstream":"u","host":"10.0.0.1","port":80`), instance("b", `"upstream":"u","host":"10.0.0.1","port":80`))...)
	s := c.apply(object("route", "r", ""), object("upstream", "u", ""))
	const orphans = "unknown_reference instance/a: upstream: refers to upstream/u, which does not exist\n" +
		"unknown_reference instance/b: upstream: refers to upstream/u, which does not exist"
	if got := problemsOf(s); got != orphans {
		t.Errorf("problems\n%s\nwant\n%s", got, orphans)
	}
	s = c.apply(instance("b", ""), all[1], all[3])
	if got := reportedOf(s, "r") + problemsOf(s); got != "10.0.0.1:80*1 127.0.0.1:1*1" {
		t.Errorf("again there: %s", got)
	}
	// A problem of the upstream is told once, and not for each instance.
	s = c.apply(object("upstream", "u", `{"protocol":"https","tls":{"client_certificate":"missing"}}`))
	for _, p := range s.Problems {
		if p.Kind == api.KindInstance {
			t.Errorf("a problem of the upstream is told of %s", p)
		}
	}
}

// A change of an instance touches the pool of its upstream and nothing else,
// and many in one revision make that pool once.
func TestReportedTouchesItsPoolOnly(t *testing.T) {
	c := newCompiler(t)
	before := c.apply(one()...)
	pools := func(s *snapshot.Snapshot) (u, v *upstream.Pool) {
		return s.Pool(s.Router.Entry("r").Value), s.Pool(s.Router.Entry("other").Value)
	}
	u, v := pools(before)
	var batch []snapshot.Object
	for i := range 100 {
		batch = append(batch, instance(fmt.Sprintf("i%d", i), fmt.Sprintf(`"upstream":"u","host":"10.0.0.%d","port":80`, i)))
	}
	s := c.Apply(100, false, batch)
	c.Retire()
	nextU, nextV := pools(s)
	if s.Router != before.Router || nextV != v || nextU == u || len(nextU.Targets()) != 101 {
		t.Errorf("router kept %t, other pool kept %t, pool changed %t to %d targets", s.Router == before.Router, nextV == v, nextU != u, len(nextU.Targets()))
	}
	if again := c.Apply(101, false, batch[:50]); again.Pool(again.Router.Entry("r").Value) != nextU {
		t.Error("the same reports made another pool")
	}
}

// S3-117 to S3-120: what is known of an instance stays while others come, go
// and change, and while it changes itself: here, that it fails.
func TestReportedKeepsHealth(t *testing.T) {
	c := snapshot.NewCompiler(catalogue(), plugin.Env{Log: slog.New(slog.DiscardHandler), Now: time.Now},
		upstream.Env{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }},
		snapshot.Meters{Route: func(id string) snapshot.RouteMeter { return &meter{id} }, Forget: func(string) {}})
	t.Cleanup(c.Close)
	revision := int64(0)
	apply := func(changes ...snapshot.Object) *snapshot.Snapshot {
		revision++
		s := c.Apply(revision, false, changes)
		c.Retire()
		return s
	}
	find := func(s *snapshot.Snapshot, address string) *upstream.Target {
		for _, target := range s.Pool(s.Router.Entry("r").Value).Targets() {
			if target.Address() == address {
				return target
			}
		}
		return nil
	}
	s := apply(object("upstream", "u", `{"health":{"passive":{"consecutive_failures":1,"max_ejected":100}}}`), object("route", "r", `{"upstream":"u"}`),
		instance("a", `"upstream":"u","host":"10.0.0.1","port":80`), instance("b", `"upstream":"u","host":"10.0.0.2","port":80`))
	request := &message.Request{Proto: message.HTTP11, Method: "GET", Scheme: "http", Host: "h", Path: "/"}
	if err := find(s, "10.0.0.1:80").RoundTrip(t.Context(), request, new(message.Response), nil); err == nil {
		t.Fatal("a request went to where nobody is")
	}
	if !find(s, "10.0.0.1:80").Ejected() {
		t.Fatal("the instance that failed is not ejected")
	}
	for _, change := range []snapshot.Object{
		instance("c", `"upstream":"u","host":"10.0.0.3","port":80`),
		instance("b", `"upstream":"u","host":"10.0.0.2","port":80,"weight":4`),
		instance("b", ""),
		instance("a", `"upstream":"u","host":"10.0.0.1","port":80,"draining":true`),
	} {
		s = apply(change)
		if !find(s, "10.0.0.1:80").Ejected() {
			t.Errorf("after %s %s: the health of the other is lost", change.Key, change.Value)
		}
	}
	if other := find(s, "10.0.0.3:80"); other == nil || other.Ejected() {
		t.Error("an instance that did nothing wrong is ejected")
	}
	apply(instance("a", ""))
	if s = apply(instance("a", `"upstream":"u","host":"10.0.0.1","port":80`)); find(s, "10.0.0.1:80").Ejected() {
		t.Error("what was removed and reported again is still ejected")
	}
}

// An instance that drains gets nobody new, and keeps the clients that a sticky
// session keeps there.
func TestDrainingKeepsSticky(t *testing.T) {
	c := newCompiler(t)
	s := c.apply(object("upstream", "u", `{"balance":{"algorithm":"round_robin","sticky":{"cookie":"at"}}}`), object("route", "r", `{"upstream":"u"}`),
		instance("a", `"upstream":"u","host":"10.0.0.1","port":80`), instance("b", `"upstream":"u","host":"10.0.0.2","port":80`))
	pool := s.Pool(s.Router.Entry("r").Value)
	fresh := func() *upstream.Selection {
		return &upstream.Selection{Request: &message.Request{Proto: message.HTTP11, Method: "GET", Scheme: "http", Host: "h", Path: "/"}}
	}
	kept := fresh()
	for _, target := range pool.Targets() {
		if target.Address() == "10.0.0.1:80" {
			cookie, _, _ := strings.Cut(pool.Cookie(kept, target), ";")
			kept.Request.Header.Add("cookie", cookie)
		}
	}
	s = c.apply(instance("a", `"upstream":"u","host":"10.0.0.1","port":80,"draining":true`))
	pool = s.Pool(s.Router.Entry("r").Value)
	for range 10 {
		if target, err := pool.Pick(fresh(), nil); err != nil || target.Address() != "10.0.0.2:80" {
			t.Fatalf("somebody new goes to %v, %v", target, err)
		}
		if target, err := pool.Pick(kept, nil); err != nil || target.Address() != "10.0.0.1:80" {
			t.Fatalf("who was there goes to %v, %v", target, err)
		}
	}
}
