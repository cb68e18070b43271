// SPDX-License-Identifier: Apache-2.0

package txn_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

// A world is a store of the simplest kind: what was written last, and beside
// it the indices that a store keeps by the changes it is told.
type world struct {
	revision int64
	written  map[store.Key]store.Write
	objects  map[store.Key]int64
	holdings map[store.Key]txn.Holding
	claims   map[string]store.Key
	refs     map[txn.Ref]bool
}

func newWorld() *world {
	return &world{
		written: map[store.Key]store.Write{}, objects: map[store.Key]int64{}, holdings: map[store.Key]txn.Holding{},
		claims: map[string]store.Key{}, refs: map[txn.Ref]bool{},
	}
}

// view returns what was asked for and nothing else.
func (w *world) view(needs txn.Needs) txn.View {
	v := txn.View{Objects: map[store.Key]int64{}, Holdings: map[store.Key]txn.Holding{}, Claims: map[string]store.Key{}, Referrers: map[store.Key][]store.Key{}}
	for _, k := range needs.Objects {
		if r, ok := w.objects[k]; ok {
			v.Objects[k] = r
		}
	}
	for _, k := range needs.Holdings {
		if h, ok := w.holdings[k]; ok {
			v.Holdings[k] = h
		}
	}
	for _, name := range needs.Claims {
		if by, ok := w.claims[name]; ok {
			v.Claims[name] = by
		}
	}
	for _, k := range needs.Referrers {
		for ref := range w.refs {
			if ref.To == k {
				v.Referrers[k] = append(v.Referrers[k], ref.From)
			}
		}
	}
	return v
}

// apply makes a change in the way every store does: names are released before
// they are taken.
func (w *world) apply(c txn.Change) {
	w.revision++
	for _, o := range c.Puts {
		w.objects[o.Key] = w.revision
	}
	for _, k := range c.Deletes {
		delete(w.objects, k)
	}
	for _, ref := range c.DropRefs {
		delete(w.refs, ref)
	}
	for _, ref := range c.AddRefs {
		w.refs[ref] = true
	}
	for _, name := range c.Release {
		delete(w.claims, name)
	}
	for _, claim := range c.Take {
		w.claims[claim.Name] = claim.By
	}
	for k, h := range c.Holdings {
		w.holdings[k] = h
		if h.Empty() {
			delete(w.holdings, k)
		}
	}
}

// after returns what would be written if the transaction were made.
func (w *world) after(writes []store.Write) map[store.Key]store.Write {
	next := maps.Clone(w.written)
	for _, write := range writes {
		if write.Value == nil {
			delete(next, write.Key)
		} else {
			next[write.Key] = write
		}
	}
	return next
}

// verdict says which of the errors are due, by the meaning of the rules and
// not by what changes: the final state decides, whole.
func (w *world) verdict(writes []store.Write) (conflict, missing, claimed, inUse bool) {
	next := w.after(writes)
	changed := map[store.Key]bool{}
	for _, write := range writes {
		changed[write.Key] = true
		conflict = conflict || write.IfRevision != nil && *write.IfRevision != w.objects[write.Key]
	}
	holders := map[string]store.Key{}
	for k, write := range next {
		for _, ref := range write.Refs {
			if _, ok := next[ref]; !ok {
				missing = missing || changed[k]
				inUse = inUse || !changed[k]
			}
		}
		for _, name := range write.Claims {
			by, ok := holders[name]
			claimed = claimed || ok && by != k
			holders[name] = k
		}
	}
	return conflict, missing, claimed, inUse
}

// indices checks what was kept by changes against what follows from the
// objects themselves.
func (w *world) indices(t *testing.T) {
	t.Helper()
	holdings, claims, refs := map[store.Key]txn.Holding{}, map[string]store.Key{}, map[txn.Ref]bool{}
	for k, write := range w.written {
		if h := txn.HoldingOf(write); !h.Empty() {
			holdings[k] = h
		}
		for _, name := range write.Claims {
			claims[name] = k
		}
		for _, ref := range write.Refs {
			refs[txn.Ref{From: k, To: ref}] = true
		}
		if w.objects[k] == 0 {
			t.Errorf("%s was written and does not exist", k)
		}
	}
	if len(w.objects) != len(w.written) {
		t.Errorf("%d objects, want %d", len(w.objects), len(w.written))
	}
	if !reflect.DeepEqual(w.holdings, holdings) || !maps.Equal(w.claims, claims) || !maps.Equal(w.refs, refs) {
		t.Errorf("got\n%v %v %v, want\n%v %v %v", w.holdings, w.claims, w.refs, holdings, claims, refs)
	}
}

// random returns a transaction of up to four of five objects.
func (w *world) random(r *rand.Rand) []store.Write {
	keys, names := to(a, b, c, d, key("e")), []string{"x", "y", "z"}
	var writes []store.Write
	for _, i := range r.Perm(len(keys))[:1+r.IntN(4)] {
		write := store.Write{Key: keys[i]}
		if r.IntN(3) > 0 {
			write.Value = []byte{byte(r.IntN(256))}
			for range r.IntN(3) {
				write.Refs = append(write.Refs, keys[r.IntN(len(keys))])
			}
			for range r.IntN(3) {
				write.Claims = append(write.Claims, names[r.IntN(len(names))])
			}
		}
		if r.IntN(4) == 0 {
			revision := w.objects[write.Key]
			if r.IntN(4) == 0 {
				revision += int64(r.IntN(2))
			}
			write.IfRevision = &revision
		}
		writes = append(writes, write)
	}
	return writes
}

// TestLaws makes random transactions one after another. Plan, which sees only
// what NeedsOf asked for, allows exactly those after which every reference
// has its object and every name one holder; otherwise its error is the first
// due; and its changes keep every index right.
func TestLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w, seen := newWorld(), map[string]int{}
	for i := range 20_000 {
		writes := w.random(r)
		if err := store.CheckWrites(writes); err != nil {
			t.Fatalf("the test itself: %v", err)
		}
		change, err := txn.Plan(w.view(txn.NeedsOf(writes)), writes)
		want := "allowed"
		conflict, missing, claimed, inUse := w.verdict(writes)
		switch {
		case conflict:
			want = "conflict"
		case missing:
			want = "missing"
		case claimed:
			want = "claimed"
		case inUse:
			want = "in use"
		}
		if got := nameOf(err); got != want {
			t.Fatalf("transaction %d, %+v in %+v: got %s (%v), want %s", i, writes, w.written, got, err, want)
		}
		seen[want]++
		if err == nil {
			w.written = w.after(writes)
			w.apply(change)
		}
		if w.indices(t); t.Failed() {
			t.Fatalf("transaction %d, %+v: %+v", i, writes, change)
		}
	}
	for _, verdict := range []string{"allowed", "conflict", "missing", "claimed", "in use"} {
		if seen[verdict] < 200 {
			t.Errorf("only %d times %s: the transactions are not random enough", seen[verdict], verdict)
		}
	}
}

func nameOf(err error) string {
	switch err.(type) { //nolint:errorlint // Plan returns them unwrapped
	case nil:
		return "allowed"
	case *store.ConflictError:
		return "conflict"
	case *store.MissingReferenceError:
		return "missing"
	case *store.ClaimedError:
		return "claimed"
	case *store.InUseError:
		return "in use"
	}
	return err.Error()
}

// An InUseError names every object that would be left with a reference to
// nothing, once and in order.
func TestInUseNamesAll(t *testing.T) {
	w := newWorld()
	for _, k := range to(d, c, b, a) {
		writes := []store.Write{put(k, to(d, d))}
		change, err := txn.Plan(w.view(txn.NeedsOf(writes)), writes)
		if err != nil {
			t.Fatal(err)
		}
		w.apply(change)
	}
	writes := []store.Write{remove(d), put(b, nil)}
	_, err := txn.Plan(w.view(txn.NeedsOf(writes)), writes)
	inUse, ok := errors.AsType[*store.InUseError](err)
	if !ok || inUse.Key != d || !slices.Equal(inUse.By, to(a, c)) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkPlan changes all the names of an object that claims as many as a
// route may.
func BenchmarkPlan(b *testing.B) {
	var before, after []string
	for i := range 2048 {
		before = append(before, fmt.Sprintf("route * host%04d.test /old GET", i))
		after = append(after, fmt.Sprintf("route * host%04d.test /new GET", i))
	}
	view := txn.View{Objects: map[store.Key]int64{a: 1}, Holdings: map[store.Key]txn.Holding{a: {Claims: before}}}
	writes := []store.Write{put(a, nil, after...)}
	for b.Loop() {
		if _, err := txn.Plan(view, writes); err != nil {
			b.Fatal(err)
		}
	}
}
