// SPDX-License-Identifier: Apache-2.0

package retry_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
)

func budget(percent, perSecond int, previous *retry.Policy) *retry.Policy {
	return retry.New(settings(func(r *api.Retries) { r.Budget, r.BudgetPerSecond = percent, perSecond }), previous)
}

// S1-42: a dead upstream is asked at most 1 + budget times as often as there are
// requests, and by those that are allowed in any case.
func TestBudgetUnderConcurrency(t *testing.T) {
	for _, percent := range []int{1, 20, 100} {
		const requests = 10_000
		p := budget(percent, 3, nil)
		began := time.Now()
		var retries atomic.Int64
		var ended sync.WaitGroup
		for range 50 {
			ended.Go(func() {
				for range requests / 50 {
					p.Begin(time.Now())
					for range 2 { // all three attempts fail
						if !p.Afford(time.Now()) {
							break
						}
						retries.Add(1)
					}
				}
			})
		}
		ended.Wait()
		share := int64(requests * percent / 100)
		floor := int64(3 * (time.Since(began).Seconds() + 1))
		if got := retries.Load(); got > share+floor || got < share {
			t.Errorf("%d%%: %d retries of %d requests, want %d and at most %d more", percent, got, requests, share, floor)
		}
	}
}

// What has been saved is worth nothing after a while, and neither is what has
// been spent.
func TestBudgetForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := budget(20, 0, nil)
		spend := func() (n int) {
			for p.Afford(time.Now()) {
				n++
			}
			return n
		}
		if n := spend(); n != 0 {
			t.Errorf("%d at the beginning", n)
		}
		for range 100 {
			p.Begin(time.Now())
		}
		time.Sleep(5 * time.Second)
		if n := spend(); n != 20 {
			t.Errorf("%d of 100", n)
		}
		if n := spend(); n != 0 {
			t.Errorf("%d more", n)
		}
		for range 100 {
			p.Begin(time.Now())
		}
		time.Sleep(12 * time.Second)
		if n := spend(); n != 0 {
			t.Errorf("%d of what has long passed", n)
		}
		for range 1000 { // all the slots are used again
			p.Begin(time.Now())
			time.Sleep(100 * time.Millisecond)
		}
		if n := spend(); n < 18 || n > 20 {
			t.Errorf("%d of 100 within ten seconds", n)
		}
		time.Sleep(30 * 24 * time.Hour)
		for range 10 {
			p.Begin(time.Now())
		}
		if n := spend(); n != 2 {
			t.Errorf("%d of 10", n)
		}
	})
}

// Those in any case: no more at a time than in a second.
func TestBudgetFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := budget(1, 5, nil)
		for range 3 {
			n := 0
			for p.Afford(time.Now()) {
				n++
			}
			if n != 5 {
				t.Errorf("%d at a time", n)
			}
			if p.Afford(time.Now().Add(-time.Hour)) || p.Afford(time.Now()) { // who was late is no reason for more
				t.Error("more because of one that came late")
			}
			time.Sleep(10 * time.Second)
		}
		n := 0
		for range 1000 { // ten seconds
			if p.Afford(time.Now()) {
				n++
			}
			time.Sleep(10 * time.Millisecond)
		}
		if n < 54 || n > 55 { // five at once, and five a second
			t.Errorf("%d in ten seconds", n)
		}
	})
}

// The account outlives other settings.
func TestBudgetGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := budget(10, 0, nil)
		for range 100 {
			first.Begin(time.Now())
		}
		for range 5 {
			if !first.Afford(time.Now()) {
				t.Fatal("not afforded")
			}
		}
		without := retry.New(nil, first)
		if !without.Afford(time.Now()) {
			t.Error("a budget that nobody has set")
		}
		second := budget(20, 0, without)
		n := 0
		for second.Afford(time.Now()) {
			n++
		}
		if n != 15 || first.Afford(time.Now()) {
			t.Errorf("%d of the 15 that are left", n)
		}
	})
}

// What the budget costs each request.
func BenchmarkBegin(b *testing.B) {
	p, now := budget(20, 3, nil), time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p.Begin(now)
		}
	})
}

// What it costs each retry, granted or not.
func BenchmarkAfford(b *testing.B) {
	p := budget(20, 3, nil)
	for b.Loop() {
		p.Afford(time.Now())
	}
}
