// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

func testObjects(t *testing.T, s store.Store) {
	ctx, a := testContext(t), key("route", "a")
	if _, err := s.Get(ctx, a); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("get of nothing: %v, want ErrNotFound", err)
	}
	first := mustApply(t, s, put(a, value(`{"n":1}`)))
	if got := mustGet(t, s, a); string(got.Value) != `{"n":1}` || got.Revision != first || got.Key != a {
		t.Fatalf("got %s %q at %d, want revision %d", got.Key, got.Value, got.Revision, first)
	}
	second := mustApply(t, s, put(a, value(`{"n":2}`)))
	if got := mustGet(t, s, a); string(got.Value) != `{"n":2}` || got.Revision != second || second <= first {
		t.Fatalf("got %q at %d after %d", got.Value, got.Revision, first)
	}
	gone := mustApply(t, s, remove(a))
	if _, err := s.Get(ctx, a); !errors.Is(err, store.ErrNotFound) || gone <= second {
		t.Fatalf("after delete at %d: %v", gone, err)
	}
	if again := mustApply(t, s, remove(a)); again != gone {
		t.Errorf("deleting nothing returned revision %d, want that of the last change, %d", again, gone)
	}
}

func testInvalid(t *testing.T, s store.Store) {
	a := key("route", "a")
	for name, writes := range map[string][]store.Write{
		"empty id":         {put(key("route", ""))},
		"slash":            {put(key("route", "a/b"))},
		"control":          {put(key("route", "a\n"))},
		"long":             {put(key("route", strings.Repeat("x", store.MaxIDLength+1)))},
		"kind":             {put(key("_refs", "a"))},
		"upper-case kind":  {put(key("Route", "a"))},
		"twice":            {put(a), remove(a)},
		"deleted with ref": {remove(a, refs(key("upstream", "u")))},
		"bad ref":          {put(a, refs(key("upstream", "")))},
		"empty claim":      {put(a, claims(""))},
		"negative":         {put(a, ifRevision(-1))},
	} {
		_, err := s.Apply(testContext(t), writes)
		var invalid *store.InvalidWriteError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want an InvalidWriteError", name, err)
		}
	}
}

func testIfRevision(t *testing.T, s store.Store) {
	ctx, a := testContext(t), key("route", "a")
	conflict := func(w store.Write, want, have int64) {
		t.Helper()
		_, err := s.Apply(ctx, []store.Write{w})
		var c *store.ConflictError
		if !errors.As(err, &c) || c.Key != w.Key || c.Want != want || c.Have != have {
			t.Errorf("%v, want a conflict of %d with %d", err, want, have)
		}
	}
	conflict(put(a, ifRevision(7)), 7, 0)
	conflict(remove(a, ifRevision(7)), 7, 0)
	first := mustApply(t, s, put(a, ifRevision(0)))
	conflict(put(a, ifRevision(0)), 0, first)
	conflict(remove(a, ifRevision(0)), 0, first)
	second := mustApply(t, s, put(a, ifRevision(first)))
	conflict(put(a, ifRevision(first)), first, second)
	conflict(remove(a, ifRevision(first)), first, second)
	mustApply(t, s, remove(a, ifRevision(second)))
	mustApply(t, s, put(a, ifRevision(0)))
}

func testAllOrNothing(t *testing.T, s store.Store) {
	ctx := testContext(t)
	revision := mustApply(t, s, put(key("route", "a")), put(key("route", "b")))
	for _, id := range []string{"a", "b"} {
		if got := mustGet(t, s, key("route", id)); got.Revision != revision {
			t.Errorf("%s is at %d, want one revision for both, %d", id, got.Revision, revision)
		}
	}
	_, err := s.Apply(ctx, []store.Write{put(key("route", "c")), put(key("route", "a"), ifRevision(0)), remove(key("route", "b"))})
	if err == nil {
		t.Fatal("a transaction with a conflict went through")
	}
	page, err := s.List(ctx, "route", store.ListOptions{})
	if err != nil || ids(page) != `a b next=""` {
		t.Errorf("after a refused transaction: %s, %v", ids(page), err)
	}
}

func testList(t *testing.T, s store.Store) {
	ctx := testContext(t)
	for _, id := range []string{"c", "a", "d", "b", "a.b", "a-b"} {
		mustApply(t, s, put(key("route", id)))
	}
	// Neighbours in etcd that must not leak in.
	mustApply(t, s, put(key("route_x", "z")), put(key("rout", "z")))
	for _, test := range []struct {
		options store.ListOptions
		want    string
	}{
		{store.ListOptions{}, `a a-b a.b b c d next=""`},
		{store.ListOptions{Limit: 6}, `a a-b a.b b c d next=""`},
		{store.ListOptions{Limit: 2}, `a a-b next="a-b"`},
		{store.ListOptions{Limit: 3, After: "a-b"}, `a.b b c next="c"`},
		{store.ListOptions{After: "c"}, `d next=""`},
		{store.ListOptions{After: "d"}, `next=""`},
	} {
		page, err := s.List(ctx, "route", test.options)
		if err != nil || ids(page) != test.want {
			t.Errorf("%+v: %s, %v, want %s", test.options, ids(page), err, test.want)
		}
	}
	if page, err := s.List(ctx, "nothing", store.ListOptions{}); err != nil || len(page.Objects) != 0 || page.Revision == 0 {
		t.Errorf("list of an unknown kind: %+v, %v", page, err)
	}
}

func testListRevision(t *testing.T, s store.Store) {
	ctx := testContext(t)
	var old int64
	for i := range 5 {
		old = mustApply(t, s, put(key("route", fmt.Sprint(i))))
	}
	mustApply(t, s, remove(key("route", "1")), put(key("route", "3"), value(`"new"`)), put(key("route", "9")))
	first, err := s.List(ctx, "route", store.ListOptions{Revision: old, Limit: 3})
	if err != nil || ids(first) != `0 1 2 next="2"` || first.Revision != old {
		t.Fatalf("first page: %s at %d, %v", ids(first), first.Revision, err)
	}
	second, err := s.List(ctx, "route", store.ListOptions{Revision: old, Limit: 3, After: first.Next})
	if err != nil || ids(second) != `3 4 next=""` || string(second.Objects[0].Value) == `"new"` {
		t.Errorf("second page: %s, %v", ids(second), err)
	}
	if _, err := s.List(ctx, "route", store.ListOptions{Revision: old + 1000}); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("list of a revision that never was: %v, want ErrCompacted", err)
	}
}
