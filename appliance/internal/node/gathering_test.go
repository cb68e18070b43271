// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

func change(revision int64, ids ...string) store.Update {
	u := store.Update{Revision: revision}
	for _, id := range ids {
		u.Changes = append(u.Changes, store.Object{Key: store.Key{Kind: "route", ID: id}})
	}
	return u
}

// S3-121: what comes in quick succession is applied together, in its order; what
// comes alone is applied at once.
func TestGathering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var applied []string
		g := newGathering()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			g.run(ctx, func(u store.Update) {
				var ids []string
				for _, o := range u.Changes {
					ids = append(ids, o.ID)
				}
				mu.Lock()
				applied = append(applied, fmt.Sprintf("%d %t %s", u.Revision, u.Full, strings.Join(ids, "+")))
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			})
		}()
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(applied, want) {
				t.Errorf("applied %q, want %q", applied, want)
			}
			applied = nil
		}
		g.add(change(1, "a"))
		expect("1 false a")
		g.add(change(2, "b"))
		g.add(change(3, "a", "c"))
		time.Sleep(204 * time.Millisecond) // 5 and most of the longest rest
		expect()
		time.Sleep(time.Millisecond)
		expect("3 false b+a+c")
		g.add(change(4, "d"))
		full := change(9, "x", "y")
		full.Full = true
		g.add(full)
		g.add(change(10, "x"))
		time.Sleep(time.Second)
		expect("10 true x+y+x")
		g.add(change(11, "z"))
		expect("11 false z")
		stop()
		<-done
		g.add(change(12, "late"))
		expect()
	})
}

// What waits is not copied for each change that joins it, and the slices of those
// who tell are left alone.
func TestGatheringGrows(t *testing.T) {
	g := newGathering()
	first, next := change(1, "a", "b"), change(2, "c")
	first.Changes = first.Changes[:1]
	allocs := testing.AllocsPerRun(1, func() {
		g.add(first)
		for range 2000 {
			g.add(next)
		}
	})
	if allocs > 200 {
		t.Errorf("%.0f allocations for 2000 changes", allocs)
	}
	if beyond := first.Changes[:2]; beyond[1].ID != "b" {
		t.Errorf("the caller's slice has %q now", beyond[1].ID)
	}
}
