// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

const writers = 100

// together runs n functions at once and waits for them.
func together(n int, run func(i int)) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	wait.Wait()
}

// testNoLostUpdate lets a hundred writers count up one object, each with what
// it has read, and change objects of their own.
func testNoLostUpdate(t *testing.T, s store.Store) {
	ctx, counter := testContext(t), key("counter", "c")
	mustApply(t, s, put(counter, value("0")))
	together(writers, func(i int) {
		for {
			object, err := s.Get(ctx, counter)
			if err != nil {
				t.Errorf("get: %v", err)
				return
			}
			n, _ := strconv.Atoi(string(object.Value))
			_, err = s.Apply(ctx, []store.Write{
				put(counter, value(strconv.Itoa(n+1)), ifRevision(object.Revision)),
				put(key("own", strconv.Itoa(i))),
			})
			var conflict *store.ConflictError
			if errors.As(err, &conflict) {
				continue
			}
			if err != nil {
				t.Errorf("apply: %v", err)
			}
			return
		}
	})
	if got := string(mustGet(t, s, counter).Value); got != strconv.Itoa(writers) {
		t.Errorf("counted %s of %d", got, writers)
	}
	page, err := s.List(ctx, "own", store.ListOptions{})
	if err != nil || len(page.Objects) != writers {
		t.Errorf("%d of %d objects, %v", len(page.Objects), writers, err)
	}
}

// testDeleteRace deletes objects while others start to refer to them: of each
// pair exactly one succeeds, so no reference dangles.
func testDeleteRace(t *testing.T, s store.Store) {
	ctx := testContext(t)
	const pairs = writers / 2
	var setup []store.Write
	for i := range pairs {
		setup = append(setup, put(key("upstream", fmt.Sprint(i))))
	}
	mustApply(t, s, setup...)
	var deleted, referred [pairs]atomic.Bool
	together(2*pairs, func(n int) {
		i := n / 2
		upstream := key("upstream", fmt.Sprint(i))
		if n%2 == 0 {
			_, err := s.Apply(ctx, []store.Write{remove(upstream)})
			var inUse *store.InUseError
			if err != nil && !errors.As(err, &inUse) {
				t.Errorf("delete: %v", err)
			}
			deleted[i].Store(err == nil)
			return
		}
		_, err := s.Apply(ctx, []store.Write{put(key("route", fmt.Sprint(i)), refs(upstream))})
		var missing *store.MissingReferenceError
		if err != nil && !errors.As(err, &missing) {
			t.Errorf("refer: %v", err)
		}
		referred[i].Store(err == nil)
	})
	for i := range pairs {
		_, err := s.Get(ctx, key("upstream", fmt.Sprint(i)))
		exists := !errors.Is(err, store.ErrNotFound)
		if deleted[i].Load() == referred[i].Load() || exists == deleted[i].Load() {
			t.Errorf("pair %d: deleted %v, referred %v, exists %v", i, deleted[i].Load(), referred[i].Load(), exists)
		}
	}
}

// testClaimRace lets many objects claim one name: one gets it.
func testClaimRace(t *testing.T, s store.Store) {
	ctx := testContext(t)
	var won atomic.Int32
	together(writers, func(i int) {
		_, err := s.Apply(ctx, []store.Write{put(key("listener", fmt.Sprint(i)), claims("port/80"))})
		var claimed *store.ClaimedError
		switch {
		case err == nil:
			won.Add(1)
		case !errors.As(err, &claimed):
			t.Errorf("claim: %v", err)
		}
	})
	page, err := s.List(ctx, "listener", store.ListOptions{})
	if won.Load() != 1 || err != nil || len(page.Objects) != 1 {
		t.Errorf("%d writers got the name, %d objects exist, %v; want 1", won.Load(), len(page.Objects), err)
	}
}
