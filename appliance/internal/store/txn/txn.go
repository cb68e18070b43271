// SPDX-License-Identifier: Apache-2.0

// Package txn holds the rules of a transaction: what it needs to know of a
// store, whether it may happen, and what it then changes.
//
// It is pure computation over a View, so that every store that takes writes
// keeps exactly the same rules. A store reads a View at one revision, calls
// Plan, and makes the Change if nothing in the View has changed meanwhile.
package txn

import (
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// A Holding is what one object holds for as long as it exists.
type Holding struct {
	Refs   []store.Key // sorted, no duplicates
	Claims []string    // sorted, no duplicates
}

// Empty reports whether the object holds nothing.
func (h Holding) Empty() bool { return len(h.Refs)+len(h.Claims) == 0 }

// A View is the part of a store's state, at one revision, that a transaction
// depends on. What is not in a map does not exist.
type View struct {
	Objects   map[store.Key]int64       // revisions
	Holdings  map[store.Key]Holding     // of the written objects
	Claims    map[string]store.Key      // holders of the claimed names
	Referrers map[store.Key][]store.Key // who refers to the deleted objects
}

// Needs is what a View must cover for a transaction.
type Needs struct {
	Objects   []store.Key // written ones first, in their order, then referred ones
	Holdings  []store.Key
	Claims    []string
	Referrers []store.Key
}

// NeedsOf returns what Plan must know for these writes.
func NeedsOf(writes []store.Write) Needs {
	var n Needs
	objects := make(map[store.Key]bool, len(writes))
	claims := make(map[string]bool)
	for _, w := range writes {
		objects[w.Key] = true
		n.Objects = append(n.Objects, w.Key)
		n.Holdings = append(n.Holdings, w.Key)
		if w.Value == nil {
			n.Referrers = append(n.Referrers, w.Key)
		}
	}
	for _, w := range writes {
		for _, ref := range w.Refs {
			if !objects[ref] {
				objects[ref] = true
				n.Objects = append(n.Objects, ref)
			}
		}
		for _, claim := range w.Claims {
			if !claims[claim] {
				claims[claim] = true
				n.Claims = append(n.Claims, claim)
			}
		}
	}
	return n
}

// A Ref is one object referring to another.
type Ref struct{ From, To store.Key }

// A Claim is a name held by an object.
type Claim struct {
	Name string
	By   store.Key
}

// A Change is what an allowed transaction does to a store.
type Change struct {
	Puts    []store.Object // without a revision
	Deletes []store.Key    // objects that exist

	AddRefs, DropRefs []Ref
	Take              []Claim // names to record with their new holder
	Release           []string

	// Holdings are those that differ from the View's. An empty one is to be
	// forgotten.
	Holdings map[store.Key]Holding
}

// Empty reports whether the transaction changes nothing.
func (c Change) Empty() bool { return len(c.Puts)+len(c.Deletes) == 0 }

// Plan decides over checked writes. Its error is the first of, in this order:
// store.ConflictError, MissingReferenceError, ClaimedError, InUseError.
func Plan(v View, writes []store.Write) (Change, error) {
	p := plan{view: v, written: make(map[store.Key]store.Write, len(writes))}
	for _, w := range writes {
		p.written[w.Key] = w
	}
	for _, rule := range []func(*plan, []store.Write) error{
		(*plan).revisions, (*plan).references, (*plan).claims, (*plan).deletions,
	} {
		if err := rule(&p, writes); err != nil {
			return Change{}, err
		}
	}
	return p.change(writes), nil
}

type plan struct {
	view    View
	written map[store.Key]store.Write
	takers  map[string]store.Key // who claims a name in this transaction
}

func (p *plan) revisions(writes []store.Write) error {
	for _, w := range writes {
		if w.IfRevision == nil {
			continue
		}
		if have := p.view.Objects[w.Key]; have != *w.IfRevision {
			return &store.ConflictError{Key: w.Key, Want: *w.IfRevision, Have: have}
		}
	}
	return nil
}

func (p *plan) references(writes []store.Write) error {
	for _, w := range writes {
		for _, ref := range w.Refs {
			exists := p.view.Objects[ref] != 0
			if other, ok := p.written[ref]; ok {
				exists = other.Value != nil
			}
			if !exists {
				return &store.MissingReferenceError{Key: w.Key, Ref: ref}
			}
		}
	}
	return nil
}

func (p *plan) claims(writes []store.Write) error {
	p.takers = make(map[string]store.Key)
	for _, w := range writes {
		for _, claim := range w.Claims {
			if by, ok := p.takers[claim]; ok && by != w.Key {
				return &store.ClaimedError{Key: w.Key, Claim: claim, By: by}
			}
			p.takers[claim] = w.Key
		}
	}
	for _, w := range writes {
		for _, claim := range w.Claims {
			by, held := p.view.Claims[claim]
			if !held || by == w.Key {
				continue
			}
			// A holder that is written in this transaction lets go of it: had
			// it claimed the name again, the loop above would have refused.
			if _, ok := p.written[by]; !ok {
				return &store.ClaimedError{Key: w.Key, Claim: claim, By: by}
			}
		}
	}
	return nil
}

func (p *plan) deletions(writes []store.Write) error {
	for _, w := range writes {
		if w.Value != nil {
			continue
		}
		var by []store.Key
		for _, referrer := range p.view.Referrers[w.Key] {
			// A referrer written in this transaction no longer refers to it:
			// references has refused those that do.
			if _, ok := p.written[referrer]; !ok {
				by = append(by, referrer)
			}
		}
		if len(by) > 0 {
			slices.SortFunc(by, store.Key.Compare)
			return &store.InUseError{Key: w.Key, By: by}
		}
	}
	return nil
}

func (p *plan) change(writes []store.Write) Change {
	c := Change{Holdings: make(map[store.Key]Holding)}
	for _, w := range writes {
		if w.Value != nil {
			c.Puts = append(c.Puts, store.Object{Key: w.Key, Value: w.Value})
		} else if p.view.Objects[w.Key] != 0 {
			c.Deletes = append(c.Deletes, w.Key)
		}
		had, has := p.view.Holdings[w.Key], HoldingOf(w)
		for _, ref := range missing(has.Refs, had.Refs, store.Key.Compare) {
			c.AddRefs = append(c.AddRefs, Ref{From: w.Key, To: ref})
		}
		for _, ref := range missing(had.Refs, has.Refs, store.Key.Compare) {
			c.DropRefs = append(c.DropRefs, Ref{From: w.Key, To: ref})
		}
		for _, name := range missing(has.Claims, had.Claims, strings.Compare) {
			c.Take = append(c.Take, Claim{Name: name, By: w.Key})
		}
		for _, name := range missing(had.Claims, has.Claims, strings.Compare) {
			if _, taken := p.takers[name]; !taken {
				c.Release = append(c.Release, name)
			}
		}
		if !slices.Equal(had.Refs, has.Refs) || !slices.Equal(had.Claims, has.Claims) {
			c.Holdings[w.Key] = has
		}
	}
	return c
}

// HoldingOf returns what an object holds once it is written.
func HoldingOf(w store.Write) Holding {
	h := Holding{Refs: slices.Clone(w.Refs), Claims: slices.Clone(w.Claims)}
	slices.SortFunc(h.Refs, store.Key.Compare)
	slices.Sort(h.Claims)
	h.Refs = slices.Compact(h.Refs)
	h.Claims = slices.Compact(h.Claims)
	return h
}

// missing returns the elements of a that b lacks. Both are sorted: an object
// may claim thousands of names.
func missing[T any](a, b []T, compare func(T, T) int) []T {
	var out []T
	for _, x := range a {
		if _, found := slices.BinarySearchFunc(b, x, compare); !found {
			out = append(out, x)
		}
	}
	return out
}
