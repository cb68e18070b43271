// SPDX-License-Identifier: Apache-2.0

package txn_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

// Objects of the tests: a to d.
var a, b, c, d = key("a"), key("b"), key("c"), key("d")

func key(id string) store.Key { return store.Key{Kind: "route", ID: id} }

func put(k store.Key, refs []store.Key, claims ...string) store.Write {
	return store.Write{Key: k, Value: []byte(k.ID), Refs: refs, Claims: claims}
}

func remove(k store.Key) store.Write { return store.Write{Key: k} }

func at(revision int64, w store.Write) store.Write {
	w.IfRevision = &revision
	return w
}

func to(keys ...store.Key) []store.Key { return keys }

func TestNeedsOf(t *testing.T) {
	for name, test := range map[string]struct {
		writes []store.Write
		want   txn.Needs
	}{
		"nothing":  {nil, txn.Needs{}},
		"a put":    {[]store.Write{put(a, nil)}, txn.Needs{Objects: to(a), Holdings: to(a)}},
		"a delete": {[]store.Write{remove(a)}, txn.Needs{Objects: to(a), Holdings: to(a), Referrers: to(a)}},
		"written objects come first, in their order": {
			[]store.Write{put(c, to(d)), remove(b), put(a, nil)},
			txn.Needs{Objects: to(c, b, a, d), Holdings: to(c, b, a), Referrers: to(b)},
		},
		"a written object that is referred to, from before and after": {
			[]store.Write{put(a, to(b, c)), put(b, to(a, a))},
			txn.Needs{Objects: to(a, b, c), Holdings: to(a, b)},
		},
		"each object and name once": {
			[]store.Write{put(a, to(d, d, c), "y", "x", "y"), put(b, to(d), "x")},
			txn.Needs{Objects: to(a, b, d, c), Holdings: to(a, b), Claims: []string{"y", "x"}},
		},
		"an empty value is a value": {
			[]store.Write{{Key: a, Value: []byte{}}},
			txn.Needs{Objects: to(a), Holdings: to(a)},
		},
	} {
		if got := txn.NeedsOf(test.writes); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	// a refers to b and holds x; c refers to b and d.
	view := txn.View{
		Objects:   map[store.Key]int64{a: 1, b: 2, c: 3, d: 4},
		Holdings:  map[store.Key]txn.Holding{a: {Refs: to(b), Claims: []string{"x"}}, c: {Refs: to(b, d)}},
		Claims:    map[string]store.Key{"x": a},
		Referrers: map[store.Key][]store.Key{b: to(c, a), d: to(c)},
	}
	missing := key("missing")
	for name, test := range map[string]struct {
		writes []store.Write
		want   error
	}{
		"created, and exists":       {[]store.Write{at(0, put(a, nil))}, &store.ConflictError{Key: a, Want: 0, Have: 1}},
		"changed meanwhile":         {[]store.Write{at(9, put(a, nil))}, &store.ConflictError{Key: a, Want: 9, Have: 1}},
		"gone meanwhile":            {[]store.Write{at(9, put(missing, nil))}, &store.ConflictError{Key: missing, Want: 9}},
		"deleted at another":        {[]store.Write{at(9, remove(a))}, &store.ConflictError{Key: a, Want: 9, Have: 1}},
		"deleted, gone meanwhile":   {[]store.Write{at(9, remove(missing))}, &store.ConflictError{Key: missing, Want: 9}},
		"the second of two":         {[]store.Write{at(1, put(a, nil)), at(1, put(b, nil))}, &store.ConflictError{Key: b, Want: 1, Have: 2}},
		"refers to nothing":         {[]store.Write{put(a, to(b, missing))}, &store.MissingReferenceError{Key: a, Ref: missing}},
		"refers to what is deleted": {[]store.Write{remove(d), put(c, to(d))}, &store.MissingReferenceError{Key: c, Ref: d}},
		"refers to what is deleted and was not there": {
			[]store.Write{put(c, to(missing)), remove(missing)}, &store.MissingReferenceError{Key: c, Ref: missing},
		},
		"claims what is held":      {[]store.Write{put(b, nil, "y", "x")}, &store.ClaimedError{Key: b, Claim: "x", By: a}},
		"two claim one name":       {[]store.Write{put(c, nil, "y"), put(b, nil, "y")}, &store.ClaimedError{Key: b, Claim: "y", By: c}},
		"the holder claims it too": {[]store.Write{put(b, nil, "x"), put(a, to(b), "x")}, &store.ClaimedError{Key: a, Claim: "x", By: b}},
		"deleted in use":           {[]store.Write{remove(b)}, &store.InUseError{Key: b, By: to(a, c)}},
		"one user lets go":         {[]store.Write{remove(b), put(a, nil)}, &store.InUseError{Key: b, By: to(c)}},
		"conflict before missing":  {[]store.Write{put(a, to(missing)), at(9, put(b, nil))}, &store.ConflictError{Key: b, Want: 9, Have: 2}},
		"missing before claimed":   {[]store.Write{put(b, nil, "x"), put(c, to(missing))}, &store.MissingReferenceError{Key: c, Ref: missing}},
		"claimed before in use":    {[]store.Write{remove(b), put(c, nil, "x")}, &store.ClaimedError{Key: c, Claim: "x", By: a}},
		"a user's delete conflicts": {
			[]store.Write{remove(b), remove(a), at(9, remove(c))}, &store.ConflictError{Key: c, Want: 9, Have: 3},
		},
	} {
		change, err := txn.Plan(view, test.writes)
		if !reflect.DeepEqual(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		if !reflect.DeepEqual(change, txn.Change{}) {
			t.Errorf("%s: changes %+v", name, change)
		}
	}
	if got := view.Referrers[b]; !reflect.DeepEqual(got, to(c, a)) {
		t.Errorf("the view's referrers became %v", got)
	}
}

func TestPlanAllows(t *testing.T) {
	object := func(k store.Key) store.Object { return store.Object{Key: k, Value: []byte(k.ID)} }
	type holdings = map[store.Key]txn.Holding
	view := txn.View{
		Objects:   map[store.Key]int64{a: 1, b: 2, c: 3},
		Holdings:  holdings{a: {Refs: to(b), Claims: []string{"x", "y"}}},
		Claims:    map[string]store.Key{"x": a, "y": a},
		Referrers: map[store.Key][]store.Key{b: to(a)},
	}
	missing := key("missing")
	for name, test := range map[string]struct {
		writes []store.Write
		want   txn.Change
	}{
		"nothing":              {nil, txn.Change{Holdings: holdings{}}},
		"the delete of nobody": {[]store.Write{remove(missing)}, txn.Change{Holdings: holdings{}}},
		"of nobody, as demanded": {
			[]store.Write{at(0, remove(missing))}, txn.Change{Holdings: holdings{}},
		},
		"a new object": {
			[]store.Write{at(0, put(d, to(a, b, a), "z", "w", "z"))},
			txn.Change{
				Puts: []store.Object{object(d)}, AddRefs: []txn.Ref{{From: d, To: a}, {From: d, To: b}}, Take: []txn.Claim{{Name: "w", By: d}, {Name: "z", By: d}},
				Holdings: holdings{d: {Refs: to(a, b), Claims: []string{"w", "z"}}},
			},
		},
		"the same again": {
			[]store.Write{at(1, put(a, to(b), "y", "x"))}, txn.Change{Puts: []store.Object{object(a)}, Holdings: holdings{}},
		},
		"other references and names": {
			[]store.Write{put(a, to(c), "y", "z")},
			txn.Change{
				Puts: []store.Object{object(a)}, AddRefs: []txn.Ref{{From: a, To: c}}, DropRefs: []txn.Ref{{From: a, To: b}},
				Take: []txn.Claim{{Name: "z", By: a}}, Release: []string{"x"}, Holdings: holdings{a: {Refs: to(c), Claims: []string{"y", "z"}}},
			},
		},
		"a delete lets go of all": {
			[]store.Write{remove(a)},
			txn.Change{Deletes: to(a), DropRefs: []txn.Ref{{From: a, To: b}}, Release: []string{"x", "y"}, Holdings: holdings{a: {}}},
		},
		"a delete with its user": {
			[]store.Write{remove(b), remove(a)},
			txn.Change{Deletes: to(b, a), DropRefs: []txn.Ref{{From: a, To: b}}, Release: []string{"x", "y"}, Holdings: holdings{a: {}}},
		},
		"a name goes to another": {
			[]store.Write{put(c, nil, "x"), put(a, to(b), "y")},
			txn.Change{
				Puts: []store.Object{object(c), object(a)}, Take: []txn.Claim{{Name: "x", By: c}},
				Holdings: holdings{c: {Claims: []string{"x"}}, a: {Refs: to(b), Claims: []string{"y"}}},
			},
		},
		"a name is left to another": {
			[]store.Write{remove(a), put(c, nil, "x")},
			txn.Change{
				Puts: []store.Object{object(c)}, Deletes: to(a), DropRefs: []txn.Ref{{From: a, To: b}}, Take: []txn.Claim{{Name: "x", By: c}},
				Release: []string{"y"}, Holdings: holdings{c: {Claims: []string{"x"}}, a: {}},
			},
		},
		"objects that refer to each other and themselves": {
			[]store.Write{put(d, to(missing, d)), put(missing, to(d))},
			txn.Change{
				Puts:     []store.Object{object(d), object(missing)},
				AddRefs:  []txn.Ref{{From: d, To: d}, {From: d, To: missing}, {From: missing, To: d}},
				Holdings: holdings{d: {Refs: to(d, missing)}, missing: {Refs: to(d)}},
			},
		},
	} {
		got, err := txn.Plan(view, test.writes)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got\n%+v, want\n%+v", name, got, test.want)
		}
		if got.Empty() != (len(test.want.Puts)+len(test.want.Deletes) == 0) {
			t.Errorf("%s: empty: %t", name, got.Empty())
		}
	}
}

// An object that refers to itself may go, and one that refers to what is
// deleted with it too.
func TestDeleteOfRing(t *testing.T) {
	view := txn.View{
		Objects:   map[store.Key]int64{a: 1, b: 1},
		Holdings:  map[store.Key]txn.Holding{a: {Refs: to(a, b)}, b: {Refs: to(a)}},
		Referrers: map[store.Key][]store.Key{a: to(a, b), b: to(a)},
	}
	if _, err := txn.Plan(view, []store.Write{remove(a), remove(b)}); err != nil {
		t.Error(err)
	}
	_, err := txn.Plan(view, []store.Write{remove(a)})
	if inUse, ok := errors.AsType[*store.InUseError](err); !ok || !reflect.DeepEqual(inUse.By, to(b)) {
		t.Errorf("got %v", err)
	}
}

// What an object holds does not depend on the order in which it is written,
// and is not the writer's memory.
func TestHoldingOf(t *testing.T) {
	w := put(a, to(d, b, d), "y", "x", "y")
	h := txn.HoldingOf(w)
	if !reflect.DeepEqual(h, txn.Holding{Refs: to(b, d), Claims: []string{"x", "y"}}) || h.Empty() {
		t.Errorf("got %v", h)
	}
	if !reflect.DeepEqual(w, put(a, to(d, b, d), "y", "x", "y")) {
		t.Errorf("the write became %v", w)
	}
	for name, w := range map[string]store.Write{"delete": remove(a), "put": put(a, nil), "empty lists": put(a, to(), []string{}...)} {
		if h := txn.HoldingOf(w); !h.Empty() {
			t.Errorf("%s: got %v", name, h)
		}
	}
	if (txn.Holding{Refs: to(a)}).Empty() || (txn.Holding{Claims: []string{"x"}}).Empty() {
		t.Error("what holds something is empty")
	}
}
