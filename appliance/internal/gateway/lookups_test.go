// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/discovery"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
)

// S1-07: how discovery does is told by the settings of those that run, and
// forgotten when they have ended.
func TestLookups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookups()
		a := &upstream.Figures{Discovered: 3, Discovery: &api.Discovery{}}
		b := &upstream.Figures{Discovery: &api.Discovery{DNS: &api.DNSDiscovery{Name: "b"}}}
		if f := l.figures(a); f.Targets != 3 || f.Failures != 0 || f.Age >= 0 {
			t.Errorf("nothing runs: %+v", f)
		}
		source := l.source(*a.Discovery, slog.New(slog.DiscardHandler)).(*lookup)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); source.Run(ctx, func([]api.Target) {}) }()
		synctest.Wait()
		for range 2 {
			source.report(discovery.Status{Answered: time.Now(), Err: errors.New("no answer")})
		}
		source.report(discovery.Status{Answered: time.Now(), Failures: 0})
		time.Sleep(time.Minute)
		if f := l.figures(a); f.Failures != 2 || f.Age != time.Minute {
			t.Errorf("%+v", f)
		}
		if f := l.figures(b); f.Failures != 0 || f.Age >= 0 {
			t.Errorf("another one: %+v", f)
		}
		stop()
		<-ended
		if f := l.figures(a); f.Age >= 0 || len(l.running) != 0 {
			t.Errorf("it has ended: %+v, %v", f, l.running)
		}
	})
}

// Counts that begin anew go on.
func TestRising(t *testing.T) {
	var r rising
	for _, step := range [][2]int64{{3, 3}, {3, 3}, {5, 5}, {0, 5}, {1, 6}, {9, 14}, {2, 16}} {
		if got := r.at(step[0]); got != step[1] {
			t.Errorf("at %d: %d, want %d", step[0], got, step[1])
		}
	}
	// A check that has ended counts as failed before it counts as ended.
	stats := health.Stats{Probes: 5, Failures: 2}
	figures := healthFigures(func() health.Stats { return stats })
	if f := figures(); f.Succeeded != 3 || f.Failed != 2 {
		t.Errorf("%+v", f)
	}
	stats.Failures = 3
	if f := figures(); f.Succeeded != 3 || f.Failed != 3 {
		t.Errorf("%+v", f)
	}
}

// What a follower is told is known before it applies it.
func TestServed(t *testing.T) {
	s := &served{}
	of := func(kind, id string, value []byte) store.Object {
		return store.Object{Key: store.Key{Kind: kind, ID: id}, Value: value}
	}
	has := func(want ...string) {
		t.Helper()
		asked := make(map[string]bool)
		s.pools(func(id string) *upstream.Pool { asked[id] = true; return nil })
		if len(asked) != len(want) {
			t.Errorf("%v, want %v", asked, want)
		}
		for _, id := range want {
			if !asked[id] {
				t.Errorf("%v, want %v", asked, want)
			}
		}
	}
	has()
	s.note(store.Update{Full: true, Changes: []store.Object{of("upstream", "a", []byte("{}")), of("route", "r", []byte("{}")), of("upstream", "b", []byte("{}"))}})
	has("a", "b")
	s.note(store.Update{Changes: []store.Object{of("upstream", "a", nil), of("upstream", "c", []byte("{}"))}})
	has("b", "c")
	s.note(store.Update{Full: true, Changes: []store.Object{of("upstream", "d", []byte("{}"))}})
	has("d")
}
