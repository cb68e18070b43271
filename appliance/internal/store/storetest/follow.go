// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// A Follower holds the state that a store's updates add up to.
type Follower struct {
	t       testing.TB
	mu      sync.Mutex
	state   map[store.Key]string
	updates []store.Update
	reports []error
	changed chan struct{}
}

// Follow follows a store until the test ends.
func Follow(t testing.TB, s store.Store) *Follower {
	t.Helper()
	f := &Follower{t: t, changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Follow(ctx, f.apply, f.report) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Follow returned %v", err)
		}
	})
	return f
}

func (f *Follower) apply(u store.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == nil && !u.Full {
		f.t.Errorf("the first update, of revision %d, is not full", u.Revision)
	}
	if u.Full {
		f.state = make(map[store.Key]string)
	} else if last := f.updates[len(f.updates)-1].Revision; u.Revision <= last {
		f.t.Errorf("update of revision %d came after %d", u.Revision, last)
	}
	for _, object := range u.Changes {
		if object.Value == nil {
			delete(f.state, object.Key)
			continue
		}
		f.state[object.Key] = string(object.Value)
		if object.Revision > u.Revision || !u.Full && object.Revision != u.Revision {
			f.t.Errorf("%s of revision %d came in the update of %d", object.Key, object.Revision, u.Revision)
		}
	}
	f.updates = append(f.updates, u)
	f.signal()
}

func (f *Follower) report(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reports = append(f.reports, err)
	f.signal()
}

func (f *Follower) signal() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// Until waits until a condition holds, which is checked after every update
// and report.
func (f *Follower) Until(what string, holds func(updates []store.Update, reports []error) bool) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		f.mu.Lock()
		done, changed := holds(f.updates, f.reports), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			f.t.Fatalf("waited for %s", what)
		}
	}
}

// UntilRevision waits for the update of a revision.
func (f *Follower) UntilRevision(revision int64) {
	f.t.Helper()
	f.Until(fmt.Sprintf("revision %d", revision), func(updates []store.Update, _ []error) bool {
		return len(updates) > 0 && updates[len(updates)-1].Revision >= revision
	})
}

// UntilReports waits for as many reports.
func (f *Follower) UntilReports(n int) []error {
	f.t.Helper()
	f.Until(fmt.Sprintf("%d reports", n), func(_ []store.Update, reports []error) bool { return len(reports) >= n })
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]error(nil), f.reports...)
}

// UntilState waits for a state.
func (f *Follower) UntilState(want map[store.Key]string) {
	f.t.Helper()
	f.Until(fmt.Sprintf("the state %v", want), func([]store.Update, []error) bool { return maps.Equal(f.state, want) })
}

// Updates returns what came so far.
func (f *Follower) Updates() []store.Update {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]store.Update(nil), f.updates...)
}

// State returns the values by key.
func (f *Follower) State() map[store.Key]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.state)
}

func testFollow(t *testing.T, s store.Store) {
	route, upstream := key("route", "r"), key("upstream", "u")
	mustApply(t, s, put(upstream, value("1")))
	f := Follow(t, s)
	f.UntilRevision(1)
	if got := f.State(); len(got) != 1 || got[upstream] != "1" {
		t.Fatalf("first state: %v", got)
	}
	mustApply(t, s, put(route, refs(upstream), claims("x")), put(upstream, value("2")))
	revision := mustApply(t, s, remove(route))
	f.UntilRevision(revision)
	updates := f.Updates()
	if got := f.State(); len(got) != 1 || got[upstream] != "2" {
		t.Errorf("state: %v", got)
	}
	if len(updates) != 3 || len(updates[1].Changes) != 2 || len(updates[2].Changes) != 1 {
		t.Errorf("want one update for each transaction, and nothing but objects in them: %+v", updates)
	}
}

func testFollowLate(t *testing.T, s store.Store) {
	mustApply(t, s, put(key("route", "a")))
	mustApply(t, s, remove(key("route", "a")))
	revision := mustApply(t, s, put(key("route", "b")))
	f := Follow(t, s)
	f.UntilRevision(revision)
	if updates := f.Updates(); len(updates) != 1 || !updates[0].Full || len(updates[0].Changes) != 1 {
		t.Errorf("updates: %+v", updates)
	}
}

// testFollowMany checks that a transaction of many objects is one update.
func testFollowMany(t *testing.T, s store.Store) {
	f := Follow(t, s)
	f.Until("the first update", func(u []store.Update, _ []error) bool { return len(u) > 0 })
	var writes, removes []store.Write
	for i := range 600 {
		k := key("route", fmt.Sprintf("%04d", i))
		writes = append(writes, put(k, claims(fmt.Sprint("path/", i)), refs(key("upstream", "u"))))
		removes = append(removes, remove(k))
	}
	mustApply(t, s, append(writes, put(key("upstream", "u")))...)
	late := Follow(t, s)
	f.UntilRevision(mustApply(t, s, append(removes, remove(key("upstream", "u")))...))
	updates := f.Updates()
	if len(updates) != 3 || len(updates[1].Changes) != 601 || len(updates[2].Changes) != 601 || len(f.State()) != 0 {
		t.Errorf("%d updates, %d objects left", len(updates), len(f.State()))
	}
	late.UntilRevision(updates[2].Revision)
	if len(late.State()) != 0 {
		t.Errorf("a late follower has %d objects left", len(late.State()))
	}
}
