// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// A model is a store as simple as can be: it makes the writes and then looks
// whether the result may be.
type model map[store.Key]store.Write

// verdict returns the state after a transaction, or the type of error that it
// deserves.
func (m model) verdict(writes []store.Write, revisions map[store.Key]int64) (model, error) {
	for _, w := range writes {
		if w.IfRevision != nil && *w.IfRevision != revisions[w.Key] {
			return nil, &store.ConflictError{}
		}
	}
	next := make(model)
	for k, w := range m {
		next[k] = w
	}
	for _, w := range writes {
		delete(next, w.Key)
		if w.Value != nil {
			next[w.Key] = w
		}
	}
	wrote := func(k store.Key) bool {
		return slices.ContainsFunc(writes, func(w store.Write) bool { return w.Key == k })
	}
	var missing, claimed, inUse error
	holders := make(map[string]store.Key)
	for k, w := range next {
		for _, ref := range w.Refs {
			if _, ok := next[ref]; !ok && wrote(k) {
				missing = &store.MissingReferenceError{}
			} else if !ok {
				inUse = &store.InUseError{}
			}
		}
		for _, name := range w.Claims {
			if by, ok := holders[name]; ok && by != k {
				claimed = &store.ClaimedError{}
			}
			holders[name] = k
		}
	}
	for _, err := range []error{missing, claimed, inUse} {
		if err != nil {
			return nil, err
		}
	}
	return next, nil
}

// testRandom compares a store with the model over random transactions on few
// objects, so that most of them meet.
func testRandom(t *testing.T, s store.Store) {
	const seed = 20260101
	random := rand.New(rand.NewPCG(seed, seed))
	ctx, m, revisions := testContext(t), make(model), make(map[store.Key]int64)
	outcomes := make(map[string]int)
	for round := range 150 {
		writes := randomWrites(random, revisions)
		next, want := m.verdict(writes, revisions)
		revision, err := s.Apply(ctx, writes)
		if !sameError(err, want) {
			t.Fatalf("round %d: %+v\nreturned %v, want %T", round, writes, err, want)
		}
		outcomes[fmt.Sprintf("%T", want)]++
		if err != nil {
			continue
		}
		m = next
		for _, w := range writes {
			delete(revisions, w.Key)
			if w.Value != nil {
				revisions[w.Key] = revision
			}
		}
	}
	if len(outcomes) != 5 {
		t.Errorf("not every outcome was tried: %v", outcomes)
	}
	for k, w := range m {
		if got := mustGet(t, s, k); string(got.Value) != string(w.Value) || got.Revision != revisions[k] {
			t.Errorf("%s is %q at %d, want %q at %d", k, got.Value, got.Revision, w.Value, revisions[k])
		}
	}
}

func sameError(got, want error) bool {
	for ; got != nil; got = errors.Unwrap(got) {
		if reflect.TypeOf(got) == reflect.TypeOf(want) {
			return true
		}
	}
	return want == nil
}

func randomWrites(random *rand.Rand, revisions map[store.Key]int64) []store.Write {
	randomKey := func() store.Key { return key("thing", fmt.Sprint(random.IntN(6))) }
	var writes []store.Write
	for range 1 + random.IntN(3) {
		w := store.Write{Key: randomKey()}
		if slices.ContainsFunc(writes, func(other store.Write) bool { return other.Key == w.Key }) {
			continue
		}
		if random.IntN(8) == 0 {
			revision := revisions[w.Key] + int64(random.IntN(2))
			w.IfRevision = &revision
		}
		if random.IntN(3) > 0 {
			w.Value = fmt.Append(nil, random.Int())
			for range random.IntN(3) {
				w.Refs = append(w.Refs, randomKey())
			}
			for range random.IntN(3) {
				w.Claims = append(w.Claims, fmt.Sprint("name/", random.IntN(12)))
			}
		}
		writes = append(writes, w)
	}
	return writes
}
