// SPDX-License-Identifier: Apache-2.0

package router

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// The tree agrees with the reference, whatever was set and removed before.
func TestAgreesWithReference(t *testing.T) {
	for seed := range uint64(150) {
		agrees(t, seed, 40)
	}
}

func FuzzAgreesWithReference(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { agrees(t, seed, 10) })
}

func agrees(t *testing.T, seed uint64, requests int) {
	t.Helper()
	w := world{rand.New(rand.NewPCG(seed, 7))}
	r, now := New[int](), map[string]*Entry[int]{}
	for step := range 6 {
		before, old := r, maps.Clone(now)
		var set []*Entry[int]
		var remove []string
		for range w.IntN(12) {
			e, err := NewEntry(w.route(fmt.Sprintf("r%02d", w.IntN(30))), step)
			if err != nil {
				t.Fatal(err)
			}
			set = append(set, e)
		}
		for range w.IntN(8) {
			remove = append(remove, fmt.Sprintf("r%02d", w.IntN(30)))
		}
		r = r.With(set, remove)
		for _, id := range remove {
			delete(now, id)
		}
		for _, e := range set {
			now[e.Route.ID] = e
		}
		compareRouters(t, w, seed, r, now, requests)
		compareRouters(t, w, seed, before, old, requests/4) // the old one is what it was
	}
	if r = r.With(nil, slices.Collect(maps.Keys(now))); r.exact.root != nil || r.wildcard.root != nil || r.any != nil || r.Len() != 0 {
		t.Errorf("seed %d: a router without routes still has a tree: %+v", seed, r)
	}
}

func compareRouters(t *testing.T, w world, seed uint64, r *Router[int], entries map[string]*Entry[int], requests int) {
	t.Helper()
	if r.Len() != len(entries) {
		t.Fatalf("seed %d: %d routes, want %d", seed, r.Len(), len(entries))
	}
	all := combinations(entries)
	for range requests {
		request, client := w.request()
		want := reference(all, request, client)
		got := ""
		entry, params := r.Match(request, client)
		if entry != nil {
			got = entry.Route.ID
			if entry != entries[got] {
				t.Fatalf("seed %d: a stale entry of %s", seed, got)
			}
		}
		x := r.Explain(request, client)
		if got != want || x.Route != got || !slices.Equal(x.Params, params) {
			t.Fatalf("seed %d: %s %s%s?%s on %s %v from %s\n got %q\nwant %q\n%+v", seed, request.Method, request.Host, request.Path,
				request.Query, request.Listener, request.Header.Fields(), client, got, want, x)
		}
	}
}

// Keys whose hashes are all the same are still told apart.
func TestTableWithEqualHashes(t *testing.T) {
	const n = 100
	var tab table[int]
	for i := range n {
		tab = tab.with(&edit{}, uint64(i%3)<<60, fmt.Sprint(i), i)
		tab = tab.with(&edit{}, uint64(i%3)<<60, fmt.Sprint(i), i+1)
	}
	full := tab
	for i := 0; i < n; i += 2 {
		tab = tab.without(&edit{}, uint64(i%3)<<60, fmt.Sprint(i))
	}
	for i := range n {
		v, ok := tab.get(uint64(i%3)<<60, fmt.Sprint(i))
		if ok != (i%2 == 1) || ok && v != i+1 {
			t.Errorf("key %d: %d, %t", i, v, ok)
		}
		if v, ok := full.get(uint64(i%3)<<60, fmt.Sprint(i)); !ok || v != i+1 {
			t.Errorf("key %d of the old table: %d, %t", i, v, ok)
		}
	}
	if tab.len != n/2 || full.len != n {
		t.Errorf("lengths %d and %d", tab.len, full.len)
	}
	for i := 1; i < n; i += 2 {
		tab = tab.without(&edit{}, uint64(i%3)<<60, fmt.Sprint(i))
	}
	if tab.root != nil || tab.len != 0 {
		t.Error("an empty table has a root")
	}
}
