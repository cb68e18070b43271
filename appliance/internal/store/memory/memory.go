// SPDX-License-Identifier: Apache-2.0

// Package memory keeps a cluster's configuration in memory, with the rules
// and revisions of the real store. It is for tests: nothing outlives it.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

// A Store is a store.Store and a store.Registry.
type Store struct {
	mu        sync.Mutex
	revision  int64
	compacted int64                     // revisions up to this one cannot be listed
	objects   map[store.Key][]version   // ascending revisions
	holdings  map[store.Key]txn.Holding // of existing objects
	claims    map[string]store.Key
	referrers map[store.Key]map[store.Key]bool
	updates   []store.Update // all of them, so that followers need no queue
	changed   chan struct{}  // closed, and replaced, by every change
	nodes     map[string][]byte
	closed    chan struct{}
}

// A version is an object's value from one revision on; nil when deleted.
type version struct {
	revision int64
	value    []byte
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Registry = (*Store)(nil)
)

// New returns an empty store.
func New() *Store {
	return &Store{
		revision:  1,
		objects:   make(map[store.Key][]version),
		holdings:  make(map[store.Key]txn.Holding),
		claims:    make(map[string]store.Key),
		referrers: make(map[store.Key]map[store.Key]bool),
		changed:   make(chan struct{}),
		nodes:     make(map[string][]byte),
		closed:    make(chan struct{}),
	}
}

// Close ends every Follow.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isClosed() {
		close(s.closed)
	}
	return nil
}

func (s *Store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// usable returns why a call cannot be served, if so. The lock must be held.
func (s *Store) usable(ctx context.Context) error {
	if s.isClosed() {
		return store.ErrClosed
	}
	return ctx.Err()
}

// Get returns an object.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return store.Object{}, err
	}
	if object, ok := s.at(key, s.revision); ok {
		return object, nil
	}
	return store.Object{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
}

// at returns an object as it was at a revision. The lock must be held.
func (s *Store) at(key store.Key, revision int64) (store.Object, bool) {
	for _, v := range slices.Backward(s.objects[key]) {
		if v.revision <= revision {
			return store.Object{Key: key, Value: bytes.Clone(v.value), Revision: v.revision}, v.value != nil
		}
	}
	return store.Object{}, false
}

// List returns the objects of a kind, at any revision that is not compacted.
func (s *Store) List(ctx context.Context, kind string, options store.ListOptions) (store.Page, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return store.Page{}, err
	}
	page := store.Page{Revision: s.revision}
	if options.Revision != 0 {
		if options.Revision < s.compacted || options.Revision > s.revision {
			return store.Page{}, fmt.Errorf("revision %d: %w", options.Revision, store.ErrCompacted)
		}
		page.Revision = options.Revision
	}
	for _, object := range s.all(page.Revision) {
		if object.Kind != kind || object.ID <= options.After {
			continue
		}
		if options.Limit > 0 && len(page.Objects) == options.Limit {
			page.Next = page.Objects[options.Limit-1].ID
			break
		}
		page.Objects = append(page.Objects, object)
	}
	return page, nil
}

// all returns every object of a revision in order. The lock must be held.
func (s *Store) all(revision int64) []store.Object {
	var objects []store.Object
	for key := range s.objects {
		if object, ok := s.at(key, revision); ok {
			objects = append(objects, object)
		}
	}
	slices.SortFunc(objects, func(a, b store.Object) int { return a.Compare(b.Key) })
	return objects
}

// Compact forgets what objects were like before a revision.
func (s *Store) Compact(revision int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.compacted = revision
}

// Apply makes all the writes or none.
func (s *Store) Apply(ctx context.Context, writes []store.Write) (int64, error) {
	if err := store.CheckWrites(writes); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	change, err := txn.Plan(s.view(txn.NeedsOf(writes)), writes)
	if err != nil {
		return 0, err
	}
	if !change.Empty() {
		s.make(change)
	}
	return s.revision, nil
}

func (s *Store) view(needs txn.Needs) txn.View {
	v := txn.View{
		Objects:   make(map[store.Key]int64),
		Holdings:  s.holdings,
		Claims:    s.claims,
		Referrers: make(map[store.Key][]store.Key),
	}
	for _, key := range needs.Objects {
		if object, ok := s.at(key, s.revision); ok {
			v.Objects[key] = object.Revision
		}
	}
	for _, key := range needs.Referrers {
		for referrer := range s.referrers[key] {
			v.Referrers[key] = append(v.Referrers[key], referrer)
		}
	}
	return v
}

func (s *Store) make(c txn.Change) {
	s.revision++
	update := store.Update{Revision: s.revision}
	write := func(key store.Key, value []byte) {
		value = bytes.Clone(value)
		s.objects[key] = append(s.objects[key], version{s.revision, value})
		update.Changes = append(update.Changes, store.Object{Key: key, Value: value, Revision: s.revision})
	}
	for _, object := range c.Puts {
		write(object.Key, object.Value)
	}
	for _, key := range c.Deletes {
		write(key, nil)
	}
	for _, ref := range c.AddRefs {
		if s.referrers[ref.To] == nil {
			s.referrers[ref.To] = make(map[store.Key]bool)
		}
		s.referrers[ref.To][ref.From] = true
	}
	for _, ref := range c.DropRefs {
		delete(s.referrers[ref.To], ref.From)
	}
	for _, claim := range c.Take {
		s.claims[claim.Name] = claim.By
	}
	for _, name := range c.Release {
		delete(s.claims, name)
	}
	for key, holding := range c.Holdings {
		if holding.Empty() {
			delete(s.holdings, key)
		} else {
			s.holdings[key] = holding
		}
	}
	s.updates = append(s.updates, update)
	close(s.changed)
	s.changed = make(chan struct{})
}

// Follow calls apply with the state and then with every change.
func (s *Store) Follow(ctx context.Context, apply func(store.Update), _ func(error)) error {
	s.mu.Lock()
	first := store.Update{Revision: s.revision, Full: true, Changes: s.all(s.revision)}
	seen := len(s.updates)
	s.mu.Unlock()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the end that was asked for
	}
	apply(first)
	for {
		s.mu.Lock()
		pending, changed := s.updates[seen:], s.changed
		s.mu.Unlock()
		for _, update := range pending {
			apply(update)
		}
		seen += len(pending)
		select {
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return store.ErrClosed
		case <-changed:
		}
	}
}
