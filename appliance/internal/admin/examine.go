// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"context"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A change is one object of a set that is to be written or deleted.
type change struct {
	key     store.Key
	deleted bool
	refs    []schema.Reference
	loose   bool // what it refers to may be deleted later
	claims  []string
}

// changeOf reads what a checked document demands of other objects.
func changeOf(kind *api.Kind, id string, document []byte, object any) change {
	c := change{key: store.Key{Kind: kind.Name, ID: id}, refs: kind.Type.References(document), loose: kind.Reported}
	if claimer, ok := object.(api.Claimer); ok {
		c.claims = claimer.Claims()
	}
	return c
}

// write returns the change as one of a transaction, which holds only while the
// object is at a revision. Loose references are not the store's to keep.
func (c change) write(document []byte, revision int64) store.Write {
	w := store.Write{Key: c.key, Value: document, IfRevision: &revision, Claims: c.claims}
	for _, ref := range c.refs {
		if key := refKey(ref); !c.loose && !slices.Contains(w.Refs, key) {
			w.Refs = append(w.Refs, key)
		}
	}
	return w
}

func refKey(ref schema.Reference) store.Key { return store.Key{Kind: ref.Kind, ID: ref.ID} }

// examine finds everything between a set of changes and the store, and among
// the changes themselves, that would keep the set from being applied as one.
// The revision is the one at which that is so.
func (a *Admin) examine(ctx context.Context, changes []change) (revision int64, problems []api.Problem, err error) {
	set := make(map[store.Key]change, len(changes))
	for _, c := range changes {
		set[c.key] = c
	}
	facts, err := a.probe(ctx, questionOf(changes, set))
	if err != nil {
		return 0, nil, err
	}
	e := examination{set: set, facts: facts, takers: make(map[string]store.Key)}
	for _, c := range changes {
		e.references(c)
		e.claims(c)
		e.referrers(c)
	}
	return facts.Revision, e.problems, nil
}

func questionOf(changes []change, set map[store.Key]change) store.Question {
	var q store.Question
	asked := make(map[store.Key]bool)
	for _, c := range changes {
		for _, ref := range c.refs {
			key := refKey(ref)
			if _, ok := set[key]; !ok && !asked[key] {
				asked[key] = true
				q.Objects = append(q.Objects, key)
			}
		}
		q.Claims = append(q.Claims, c.claims...)
		if c.deleted {
			q.Referrers = append(q.Referrers, c.key)
		}
	}
	slices.Sort(q.Claims)
	q.Claims = slices.Compact(q.Claims)
	return q
}

type examination struct {
	set      map[store.Key]change
	facts    store.Facts
	takers   map[string]store.Key // who of the set claims a name
	problems []api.Problem
}

func (e *examination) references(c change) {
	for _, ref := range c.refs {
		key := refKey(ref)
		other, written := e.set[key]
		switch {
		case written && other.deleted:
			p := missingReference(c.key, key, ref.Path)
			p.Message = key.String() + " is deleted by the same request; keep it, or take the reference out"
			e.problems = append(e.problems, p)
		case !written && e.facts.Objects[key] == 0:
			e.problems = append(e.problems, missingReference(c.key, key, ref.Path))
		}
	}
}

// claims reports each other holder once, however many names it holds.
func (e *examination) claims(c change) {
	var told []store.Key
	for _, claim := range c.claims {
		by, held := e.takers[claim]
		if !held {
			e.takers[claim] = c.key
			by, held = e.facts.Claims[claim]
			if _, written := e.set[by]; written {
				continue // it lets go, or is the taker that comes first or next
			}
		}
		if held && by != c.key && !slices.Contains(told, by) {
			told = append(told, by)
			e.problems = append(e.problems, claimed(c.key, claim, by))
		}
	}
}

// referrers that are in the set themselves no longer refer to what is deleted,
// or references has found them.
func (e *examination) referrers(c change) {
	if !c.deleted {
		return
	}
	by := slices.Clone(e.facts.Referrers[c.key])
	slices.SortFunc(by, func(a, b store.Key) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range by {
		if _, written := e.set[key]; !written {
			e.problems = append(e.problems, inUse(c.key, key))
		}
	}
}
