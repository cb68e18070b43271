// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

func refused[E error](t *testing.T, s store.Store, writes ...store.Write) (e E) {
	t.Helper()
	revision, err := s.Apply(testContext(t), writes)
	if !errors.As(err, &e) {
		t.Fatalf("revision %d, error %v; want a %T", revision, err, e)
	}
	return e
}

func testReferences(t *testing.T, s store.Store) {
	route, other, upstream := key("route", "r"), key("route", "o"), key("upstream", "u")
	missing := refused[*store.MissingReferenceError](t, s, put(route, refs(upstream)))
	if missing.Key != route || missing.Ref != upstream {
		t.Errorf("missing reference names %v", missing)
	}
	mustApply(t, s, put(upstream))
	mustApply(t, s, put(route, refs(upstream, upstream)), put(other, refs(upstream)))
	inUse := refused[*store.InUseError](t, s, remove(upstream))
	if inUse.Key != upstream || !slices.Equal(inUse.By, []store.Key{other, route}) {
		t.Errorf("in use: %v", inUse)
	}
	mustApply(t, s, put(upstream)) // may change while it is in use
	mustApply(t, s, remove(other))
	mustApply(t, s, put(route, refs(upstream))) // a reference that stays
	inUse = refused[*store.InUseError](t, s, remove(upstream))
	if !slices.Equal(inUse.By, []store.Key{route}) {
		t.Errorf("in use: %v", inUse)
	}
	mustApply(t, s, put(route)) // lets go
	mustApply(t, s, remove(upstream))
	mustApply(t, s, put(route, refs(route))) // may refer to itself
	mustApply(t, s, remove(route))
}

func testReferencesWithin(t *testing.T, s store.Store) {
	route, upstream, second := key("route", "r"), key("upstream", "u"), key("upstream", "v")
	mustApply(t, s, put(route, refs(upstream)), put(upstream))
	_ = refused[*store.MissingReferenceError](t, s, put(route, refs(upstream)), remove(upstream))
	_ = refused[*store.InUseError](t, s, remove(upstream), put(second))
	// Moves to another target and deletes the old one at once.
	mustApply(t, s, remove(upstream), put(second), put(route, refs(second)))
	_ = refused[*store.InUseError](t, s, remove(second))
	mustApply(t, s, remove(second), remove(route))
	// Nothing of them stays behind.
	mustApply(t, s, put(second))
	mustApply(t, s, remove(second))
}

func testClaims(t *testing.T, s store.Store) {
	a, b, name := key("listener", "a"), key("listener", "b"), "listener/address/:8080"
	mustApply(t, s, put(a, claims(name)))
	claimed := refused[*store.ClaimedError](t, s, put(b, claims(name)))
	if claimed.Key != b || claimed.By != a || claimed.Claim != name {
		t.Errorf("claimed: %v", claimed)
	}
	mustApply(t, s, put(a, claims(name))) // keeps it
	_ = refused[*store.ClaimedError](t, s, put(b, claims(name)))
	mustApply(t, s, put(a, claims("other"))) // releases it
	mustApply(t, s, put(b, claims(name)))
	_ = refused[*store.ClaimedError](t, s, put(a, claims("other", name)))
	mustApply(t, s, remove(b))
	mustApply(t, s, put(a, claims("other", name)))
}

func testClaimsWithin(t *testing.T, s store.Store) {
	a, b := key("listener", "a"), key("listener", "b")
	_ = refused[*store.ClaimedError](t, s, put(a, claims("x")), put(b, claims("x")))
	mustApply(t, s, put(a, claims("x")), put(b, claims("y")))
	mustApply(t, s, put(b, claims("x")), put(a, claims("y"))) // they swap
	claimed := refused[*store.ClaimedError](t, s, put(key("listener", "c"), claims("x")))
	if claimed.By != b {
		t.Errorf("after a swap x is held by %s, want %s", claimed.By, b)
	}
	mustApply(t, s, remove(a), put(b, claims("x", "y"))) // b inherits
	claimed = refused[*store.ClaimedError](t, s, put(a, claims("y")))
	if claimed.By != b {
		t.Errorf("y is held by %s, want %s", claimed.By, b)
	}
}
