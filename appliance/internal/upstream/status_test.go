// SPDX-License-Identifier: Apache-2.0

package upstream_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

var errNobody = errors.New("nobody listens")

// noNetwork is what pools get in a bubble of fake time: connections to nowhere.
func noNetwork(context.Context, string, string) (net.Conn, error) { return nil, errNobody }

// A listing is a source that finds the same targets for ever.
type listing []api.Target

func (l listing) Run(ctx context.Context, publish func([]api.Target)) {
	publish(l)
	<-ctx.Done()
}

func ask(t *testing.T, target *upstream.Target) {
	t.Helper()
	if err := target.RoundTrip(t.Context(), &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}, &message.Response{}, nil); err == nil {
		t.Error("somebody answers")
	}
}

// S1-05, S1-06: of each target it is told what keeps it from getting requests,
// why and since when, and where it is from.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checker := health.NewChecker(health.Options{Dial: noNetwork})
		defer checker.Close()
		zero := 0
		u := refused(4, func(i int, target *api.Target) {
			if i == 3 {
				target.Weight = &zero
			}
		})
		u.Discovery = &api.Discovery{}
		env := upstream.Env{Dial: noNetwork, Checker: checker, Discover: func(api.Discovery, discovery.Options) discovery.Source {
			return listing{{Host: "127.9.9.9", Port: 1, Zone: "z"}}
		}}
		p, err := upstream.New(u, nil, env)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		failedAt := time.Now()
		ask(t, p.Targets()[1])
		all := p.Status()
		if len(all) != 5 {
			t.Fatalf("%d targets", len(all))
		}
		for i, want := range []upstream.State{upstream.Available, upstream.Ejected, upstream.Available, upstream.NoWeight, upstream.Available} {
			if s := all[i]; s.State != want || s.Discovered != (i == 4) || s.Check != nil || s.Ejection == nil {
				t.Errorf("target %d: %s, discovered %t, %+v", i, s.State, s.Discovered, s)
			}
		}
		if s := all[1]; !s.Since.Equal(failedAt) || s.Ejection.Reason != "a request failed" || !s.Ejection.Until.After(failedAt) {
			t.Errorf("ejected %+v since %s", s.Ejection, s.Since)
		}
		f := p.Figures()
		if f.Targets != [4]int{upstream.Available: 3, upstream.Ejected: 1, upstream.NoWeight: 1} || f.Discovered != 1 || f.Discovery == nil || !f.Ejects || f.Limits {
			t.Errorf("figures %+v", f)
		}
		until := all[1].Ejection.Until
		time.Sleep(time.Until(until) + time.Second)
		synctest.Wait()
		if s := p.Status()[1]; s.State != upstream.Available || s.Since.Before(until) || s.Since.After(until.Add(time.Second)) {
			t.Errorf("back: %s since %s, and the ejection ended at %s", s.State, s.Since, until)
		}

		// Checks fail, and one of the targets is ejected at the same time.
		var check api.ActiveCheck
		check.SetDefaults()
		check.Type = api.CheckTCP
		u.Health.Active = &check
		next, err := upstream.New(u, p, env)
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		defer next.Close()
		changed := time.Now()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		for i, s := range next.Status() {
			want := upstream.Unhealthy
			if i == 3 {
				want = upstream.NoWeight
			}
			if s.State != want || s.Check == nil || !strings.Contains(s.Check.Error, errNobody.Error()) || s.Check.Failures != 1 {
				t.Errorf("target %d: %s, %+v", i, s.State, s.Check)
			}
			if i != 3 && (s.Since.Before(changed) || s.Since.After(changed.Add(2*time.Second))) {
				t.Errorf("target %d: unhealthy since %s, and checks began at %s", i, s.Since, changed)
			}
		}
	})
}

// Of targets of which nobody finds out anything, nothing is told.
func TestStatusUnknown(t *testing.T) {
	p := newPool(t, weighted(1, 2), nil)
	for _, s := range p.Status() {
		if s.State != upstream.Available || !s.Since.IsZero() || s.Latency != 0 || s.Check != nil || s.Ejection != nil {
			t.Errorf("a target that nothing is known of: %+v", s)
		}
	}
	for i, name := range []string{"available", "ejected", "unhealthy", "no_weight"} {
		if got := upstream.States()[i].String(); got != name {
			t.Errorf("state %d is %q, want %q", i, got, name)
		}
	}
}

// S3-116: whatever changes in an upstream, and however often, its counts do not
// go back: not when what counts is taken away, and put in again.
func TestLedger(t *testing.T) {
	full := &api.Limits{MaxRequests: 1}
	passive := refused(2, nil).Health
	passive.Passive.EjectionTime, passive.Passive.MaxEjectionTime = schema.Duration(time.Hour), schema.Duration(time.Hour)
	var ledger upstream.Ledger
	var p *upstream.Pool
	var before upstream.Counts
	change := func(l *api.Limits, h *api.Health) {
		t.Helper()
		u := refused(2, nil)
		u.Limits, u.Health = l, h
		next := newPool(t, u, p)
		if p != nil {
			p.Close()
		}
		p = next
	}
	want := func(ejections, overloaded, hedges int64) {
		t.Helper()
		got := ledger.Counts(p)
		if got.Ejections != ejections || got.Refused.Overloaded != overloaded || got.Retries.HedgesWon != hedges {
			t.Errorf("%+v, want %d ejections, %d refused, %d hedges", got, ejections, overloaded, hedges)
		}
		if got.Ejections < before.Ejections || got.Refused.Overloaded < before.Refused.Overloaded {
			t.Errorf("%+v after %+v", got, before)
		}
		before = got
	}
	overload := func() {
		t.Helper()
		var v, other limit.Visit
		if err := v.Enter(t.Context(), p.Gate()); err != nil {
			t.Fatal(err)
		}
		if err := other.Enter(t.Context(), p.Gate()); err == nil {
			t.Fatal("there is room")
		}
		v.Leave()
	}
	change(full, passive)
	want(0, 0, 0)
	overload()
	fail(t, p, 0)
	want(1, 1, 0)
	want(1, 1, 0)
	overload() // counted by a pool that is looked at no more
	p.Retries().Hedged(true)
	change(nil, nil)
	want(1, 2, 1)
	want(1, 2, 1)
	change(full, passive)
	want(1, 2, 1)
	fail(t, p, 1)
	overload()
	want(2, 3, 1)
	change(&api.Limits{MaxRequests: 7}, passive) // they go on
	want(2, 3, 1)
	p.Close()
	p = nil // the upstream is deleted, and made anew before anybody has looked
	change(full, passive)
	want(2, 3, 1)
	p.Retries().Hedged(true)
	overload()
	want(2, 4, 2)
	if got := (&upstream.Ledger{}).Counts(p); got.Ejections != 0 || got.Refused.Overloaded != 1 {
		t.Errorf("an empty ledger has %+v", got)
	}
}
