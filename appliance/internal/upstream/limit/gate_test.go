// SPDX-License-Identifier: Apache-2.0

package limit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/limit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func settings(requests, connections, pending int, patience time.Duration) *api.Limits {
	return &api.Limits{MaxRequests: requests, MaxConnections: connections, MaxPending: pending, PendingTimeout: schema.Duration(patience)}
}

func enter(t *testing.T, g *limit.Gate) *limit.Visit {
	t.Helper()
	v := new(limit.Visit)
	if err := v.Enter(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	return v
}

// S3-107: beyond max_requests nobody gets in; without max_pending none waits.
func TestNoneWaits(t *testing.T) {
	g := limit.New(settings(2, 0, 0, 0), nil)
	first, second := enter(t, g), enter(t, g)
	var third limit.Visit
	if err := third.Enter(t.Context(), g); !errors.Is(err, limit.ErrOverloaded) || g.Inside() != 2 || third.Inside() {
		t.Errorf("error %v, %d inside", err, g.Inside())
	}
	third.Leave() // is not inside
	first.Leave()
	first.Leave() // once is enough
	if g.Inside() != 1 {
		t.Errorf("%d inside", g.Inside())
	}
	enter(t, g).Leave()
	second.Leave()
	if g.Inside() != 0 || g.Pending() != 0 {
		t.Errorf("%d inside, %d pending", g.Inside(), g.Pending())
	}
	if limit.New(nil, nil) != nil || limit.New(nil, g) != nil {
		t.Error("a gate without limits")
	}
}

// Those who wait get in in the order in which they came, those beyond
// max_pending not at all, and a visit that has waited too long goes.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(1, 0, 3, 0), nil)
		inside := enter(t, g)
		order := make(chan int, 3)
		var ended sync.WaitGroup
		for i := range 3 {
			ended.Go(func() {
				var v limit.Visit
				if err := v.Enter(t.Context(), g); err != nil {
					t.Error(err)
				}
				order <- i
				v.Leave()
			})
			synctest.Wait()
		}
		var v limit.Visit
		if err := v.Enter(t.Context(), g); !errors.Is(err, limit.ErrOverloaded) || g.Pending() != 3 {
			t.Errorf("error %v, %d pending", err, g.Pending())
		}
		inside.Leave()
		ended.Wait()
		for i := range 3 {
			if got := <-order; got != i {
				t.Errorf("%d came in as the %dth", got, i)
			}
		}
		inside = enter(t, g)
		began := time.Now()
		if err := v.Enter(t.Context(), g); !errors.Is(err, limit.ErrPendingTimeout) || time.Since(began) != time.Second {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		if g.Pending() != 0 || g.Inside() != 1 {
			t.Errorf("%d inside, %d pending", g.Inside(), g.Pending())
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(errGone) })
		if err := v.Enter(ctx, g); !errors.Is(err, errGone) || g.Pending() != 0 {
			t.Errorf("error %v, %d pending", err, g.Pending())
		}
		inside.Leave()
	})
}

var errGone = errors.New("gone")

// Limits that change apply at once, also to those who wait, and the count of
// those inside goes on.
func TestChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(1, 0, 10, time.Minute), nil)
		inside := enter(t, g)
		var entered atomic.Int64
		var ended sync.WaitGroup
		visits := make([]limit.Visit, 3)
		for i := range visits {
			ended.Go(func() {
				if err := visits[i].Enter(t.Context(), g); err == nil {
					entered.Add(1)
				}
			})
		}
		synctest.Wait()
		if got := limit.New(settings(3, 0, 10, time.Minute), g); got != g {
			t.Error("another gate")
		}
		synctest.Wait()
		if entered.Load() != 2 || g.Inside() != 3 || g.Pending() != 1 {
			t.Errorf("%d entered, %d inside, %d pending", entered.Load(), g.Inside(), g.Pending())
		}
		limit.New(settings(1, 0, 10, time.Minute), g)
		inside.Leave()
		synctest.Wait()
		if g.Inside() != 2 || g.Pending() != 1 {
			t.Errorf("%d inside, %d pending", g.Inside(), g.Pending())
		}
		limit.New(nil, g) // no limits any more
		ended.Wait()
		if entered.Load() != 3 || g.Inside() != 3 || g.Pending() != 0 {
			t.Errorf("%d entered, %d inside, %d pending", entered.Load(), g.Inside(), g.Pending())
		}
		for i := range visits {
			visits[i].Leave()
		}
		if g.Inside() != 0 {
			t.Errorf("%d inside", g.Inside())
		}
	})
}

// A request that found all targets busy is woken by each that leaves: in order,
// those that had a turn in vain first, and not if one left since it looked.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(0, 1, 3, time.Second), nil)
		busy := []*limit.Visit{enter(t, g), enter(t, g)}
		a := enter(t, g)
		if a.Look() {
			t.Error("others wait")
		}
		busy[0].Leave()
		if err := a.Wait(t.Context()); err != nil { // that was after the look
			t.Error(err)
		}
		var order []string
		var ended sync.WaitGroup
		ended.Go(func() {
			a.Look()
			if err := a.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			order = append(order, "a")
			a.Look()
			if err := a.Wait(t.Context()); err != nil { // in vain; it is before b
				t.Error(err)
			}
			order = append(order, "a")
			a.Leave()
		})
		synctest.Wait()
		b := enter(t, g)
		ended.Go(func() {
			if !b.Look() {
				t.Error("a waits, and comes first")
			}
			if err := b.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			order = append(order, "b")
		})
		synctest.Wait()
		busy[1].Leave()
		synctest.Wait()
		if len(order) != 1 || g.Pending() != 2 {
			t.Errorf("order %v, %d pending", order, g.Pending())
		}
		other := enter(t, g)
		other.Leave()
		ended.Wait()
		if order[1] != "a" || order[2] != "b" {
			t.Errorf("order %v", order)
		}
		b.Look()
		began := time.Now()
		if err := b.Wait(t.Context()); !errors.Is(err, limit.ErrPendingTimeout) || !b.Inside() || time.Since(began) > time.Second {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		b.Leave()
		var outside limit.Visit
		if err := outside.Wait(t.Context()); !errors.Is(err, limit.ErrOverloaded) || outside.Look() {
			t.Errorf("error %v", err)
		}
	})
}

// A turn of one that gives up at that moment is the next one's.
func TestTurnIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(1, 1, 5, time.Minute), nil)
		inside := enter(t, g)
		ctx, cancel := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		var gone limit.Visit
		ended.Go(func() { _ = gone.Enter(ctx, g); gone.Leave() })
		synctest.Wait()
		var next limit.Visit
		ended.Go(func() {
			if err := next.Enter(t.Context(), g); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		inside.Leave()
		ended.Wait()
		if g.Inside() != 1 || g.Pending() != 0 {
			t.Errorf("%d inside, %d pending", g.Inside(), g.Pending())
		}
		next.Leave()
	})
}

// Many that come, wait, give up and leave at once: never more inside than may
// be, nobody is forgotten, and the counts come out even.
func TestStorm(t *testing.T) {
	const most = 8
	g := limit.New(settings(most, 4, 200, 20*time.Millisecond), nil)
	var inside, served, refused, gone atomic.Int64
	var ended sync.WaitGroup
	for range 64 {
		ended.Go(func() {
			for range 200 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(3000))*time.Microsecond)
				var v limit.Visit
				switch err := v.Enter(ctx, g); {
				case err == nil:
					if n := inside.Add(1); n > most {
						t.Errorf("%d inside", n)
					}
					v.Look()
					if rand.IntN(4) == 0 {
						_ = v.Wait(ctx)
					}
					inside.Add(-1)
					v.Leave()
					served.Add(1)
				case errors.Is(err, limit.ErrOverloaded), errors.Is(err, limit.ErrPendingTimeout):
					refused.Add(1)
				default:
					gone.Add(1)
				}
				cancel()
			}
		})
	}
	ended.Wait()
	if g.Inside() != 0 || g.Pending() != 0 || served.Load() == 0 {
		t.Errorf("%d inside, %d pending, %d served, %d refused, %d gone", g.Inside(), g.Pending(), served.Load(), refused.Load(), gone.Load())
	}
	enter(t, g).Leave()
}

// Whoever waits is woken though all leave at the same time.
func TestNobodyIsForgotten(t *testing.T) {
	g := limit.New(settings(1, 0, 1000, time.Minute), nil)
	var ended sync.WaitGroup
	for range 100 {
		ended.Go(func() {
			for range 100 {
				var v limit.Visit
				if err := v.Enter(context.Background(), g); err != nil {
					t.Error(err)
				}
				v.Leave()
			}
		})
	}
	ended.Wait()
}

// What a request costs that finds room.
func BenchmarkEnter(b *testing.B) {
	g := limit.New(settings(1000, 0, 10, 0), nil)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		var v limit.Visit
		for p.Next() {
			if err := v.Enter(context.Background(), g); err != nil {
				b.Error(err)
			}
			v.Look()
			v.Leave()
		}
	})
}

// Limits that are no more send nobody away who waits for a connection: those who
// began under them still have the old ones.
func TestLimitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.New(settings(1, 1, 3, time.Minute), nil)
		busy := enter(t, g)
		limit.New(settings(0, 1, 3, time.Minute), g)
		waits := enter(t, g)
		waits.Look()
		told := make(chan error, 1)
		go func() {
			if err := waits.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			waits.Look()
			told <- waits.Wait(t.Context()) // the connection is still in use
		}()
		synctest.Wait()
		if limit.New(nil, g) != nil {
			t.Error("a gate without limits")
		}
		synctest.Wait()
		enter(t, g).Leave() // any number may enter
		synctest.Wait()
		busy.Leave()
		if err := <-told; err != nil {
			t.Errorf("who waits is sent away: %v", err)
		}
		waits.Leave()
	})
}
