// SPDX-License-Identifier: Apache-2.0

// Package storetest is what every store.Store that takes writes must pass.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Run tests stores. Each call of open returns an empty one.
func Run(t *testing.T, open func(*testing.T) store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"objects", testObjects},
		{"invalid writes", testInvalid},
		{"if revision", testIfRevision},
		{"all or nothing", testAllOrNothing},
		{"references", testReferences},
		{"references within a transaction", testReferencesWithin},
		{"claims", testClaims},
		{"claims within a transaction", testClaimsWithin},
		{"list", testList},
		{"list at a revision", testListRevision},
		{"random transactions", testRandom},
		{"no lost update", testNoLostUpdate},
		{"delete against new referrer", testDeleteRace},
		{"claim race", testClaimRace},
		{"follow", testFollow},
		{"follow late", testFollowLate},
		{"follow many", testFollowMany},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

func key(kind, id string) store.Key { return store.Key{Kind: kind, ID: id} }

// put returns a write of a small document.
func put(k store.Key, change ...func(*store.Write)) store.Write {
	w := store.Write{Key: k, Value: []byte(`{"id":"` + k.ID + `"}`)}
	for _, c := range change {
		c(&w)
	}
	return w
}

func value(v string) func(*store.Write)         { return func(w *store.Write) { w.Value = []byte(v) } }
func refs(to ...store.Key) func(*store.Write)   { return func(w *store.Write) { w.Refs = to } }
func claims(names ...string) func(*store.Write) { return func(w *store.Write) { w.Claims = names } }
func ifRevision(revision int64) func(*store.Write) {
	return func(w *store.Write) { w.IfRevision = &revision }
}

func remove(k store.Key, change ...func(*store.Write)) store.Write {
	w := store.Write{Key: k}
	for _, c := range change {
		c(&w)
	}
	return w
}

// testContext bounds a test; nothing here takes nearly as long.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func mustApply(t *testing.T, s store.Store, writes ...store.Write) int64 {
	t.Helper()
	revision, err := s.Apply(testContext(t), writes)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return revision
}

func mustGet(t *testing.T, s store.Store, k store.Key) store.Object {
	t.Helper()
	object, err := s.Get(testContext(t), k)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return object
}

// ids lists a kind's ids, with a word on where the list ends.
func ids(page store.Page) string {
	out := ""
	for _, object := range page.Objects {
		out += object.ID + " "
	}
	return fmt.Sprintf("%snext=%q", out, page.Next)
}
