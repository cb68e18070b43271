// SPDX-License-Identifier: Apache-2.0

// Package file reads a cluster's configuration from one YAML or JSON file.
//
// The top level maps the plural name of each kind to a list of objects. Every
// object has its id inside; a mapping from ids to objects is not accepted, so
// that there is one way to write a file:
//
//	upstreams:
//	  - id: web
//	    targets: [{host: 10.0.0.1, port: 8080}]
//	routes:
//	  - id: all
//	    upstream: web
//
// A kind of which there is one object has that object in place of the list,
// and needs no id.
// What is wrong in the form of the file (a name that is unknown or given
// twice, an id that is missing or given twice, a second document) is an
// error. What the objects mean is for Config.Check to say.
//
// The file is read again when it changes: in place, by a rename over it, or
// by a change of a symbolic link on its path. While its content is wrong, the
// last good one stays.
package file

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Config says what a file may contain and how it is watched.
type Config struct {
	// Kinds are the kinds by their plural name, such as "routes": "route".
	Kinds map[string]string

	// Singletons are the objects that stand alone at the top level, by name.
	Singletons map[string]store.Key

	// Check, which may be nil, returns what is wrong with the objects of a
	// file. A content with a mistake is not served, no part of it.
	Check func(objects []store.Object) []string

	// Poll is how often the file is looked at. Default 1 s.
	Poll time.Duration

	// Ticks replaces the clock that Poll would use, one channel for each
	// Follow.
	Ticks func() <-chan time.Time
}

// A Store is a read-only store.Store. Its revisions are 1, 2, 3, one for each
// content; an object keeps the revision at which it last changed.
type Store struct {
	path   string
	config Config
	closed chan struct{}
	once   sync.Once

	mu     sync.Mutex
	state  state
	source source
	broken *store.FileError // what is wrong with the file now; the same one while that stays
}

// A state is one content of the file. It never changes.
type state struct {
	revision int64
	objects  map[store.Key]store.Object
}

var _ store.Store = (*Store)(nil)

// Open reads the file. Its error says what is wrong with it.
func Open(path string, config Config) (*Store, error) {
	if config.Poll <= 0 {
		config.Poll = time.Second
	}
	s := &Store{path: path, config: config, source: source{path: path}, closed: make(chan struct{})}
	if _, broken := s.refresh(); broken != nil {
		return nil, broken
	}
	return s, nil
}

// Close ends every Follow.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// refresh reads the file if it has changed and returns the last good state
// and what is wrong with the file now.
func (s *Store) refresh() (state, *store.FileError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	content, changed, err := s.source.read()
	switch {
	case err != nil:
		now := &store.FileError{File: s.path, Err: err}
		if s.broken == nil || s.broken.Error() != now.Error() {
			s.broken = now
		}
	case changed:
		next, mistakes := s.load(content)
		if len(mistakes) > 0 {
			s.broken = &store.FileError{File: s.path, Mistakes: mistakes}
			break
		}
		s.broken = nil
		s.state = next
	}
	return s.state, s.broken
}

// load returns the state that follows with a content, or what is wrong with it.
func (s *Store) load(content []byte) (next state, mistakes []string) {
	objects, err := parse(content, s.config)
	if err != nil {
		return state{}, []string{err.Error()}
	}
	next = s.state.next(objects)
	if s.config.Check == nil || next.revision == s.state.revision {
		return next, nil
	}
	return next, s.config.Check(next.sorted(func(store.Object) bool { return true }))
}

// next returns the state with these objects: the same one if they are the same.
func (st state) next(values map[store.Key][]byte) state {
	next := state{revision: st.revision + 1, objects: make(map[store.Key]store.Object, len(values))}
	same := st.objects != nil && len(values) == len(st.objects)
	for key, value := range values {
		object, ok := st.objects[key]
		if !ok || !bytes.Equal(object.Value, value) {
			same = false
			object = store.Object{Key: key, Value: value, Revision: next.revision}
		}
		next.objects[key] = object
	}
	if same {
		return st
	}
	return next
}

// sorted returns the objects for which keep holds, by kind and id.
func (st state) sorted(keep func(store.Object) bool) []store.Object {
	var out []store.Object
	for object := range maps.Values(st.objects) {
		if keep(object) {
			out = append(out, object)
		}
	}
	slices.SortFunc(out, byKey)
	return out
}

func byKey(a, b store.Object) int { return a.Compare(b.Key) }

func (s *Store) current(ctx context.Context) (state, error) {
	select {
	case <-s.closed:
		return state{}, store.ErrClosed
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, ctx.Err()
}

// Get returns an object of the last content that was read.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Object, error) {
	st, err := s.current(ctx)
	if err != nil {
		return store.Object{}, err
	}
	object, ok := st.objects[key]
	if !ok {
		return store.Object{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return object, nil
}

// List returns the objects of a kind. Only the newest revision is kept.
func (s *Store) List(ctx context.Context, kind string, options store.ListOptions) (store.Page, error) {
	st, err := s.current(ctx)
	if err != nil {
		return store.Page{}, err
	}
	if options.Revision != 0 && options.Revision != st.revision {
		return store.Page{}, fmt.Errorf("revision %d: %w", options.Revision, store.ErrCompacted)
	}
	objects := st.sorted(func(o store.Object) bool { return o.Kind == kind && o.ID > options.After })
	page := store.Page{Objects: objects, Revision: st.revision}
	if options.Limit > 0 && len(objects) > options.Limit {
		page.Objects = objects[:options.Limit]
		page.Next = page.Objects[options.Limit-1].ID
	}
	return page, nil
}

// Apply returns store.ErrReadOnly.
func (s *Store) Apply(context.Context, []store.Write) (int64, error) {
	return 0, fmt.Errorf("configuration file %s: %w; edit the file", s.path, store.ErrReadOnly)
}
