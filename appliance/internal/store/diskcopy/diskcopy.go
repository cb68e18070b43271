// SPDX-License-Identifier: Apache-2.0

// Package diskcopy keeps the last good configuration on disk, so that a node
// starts and serves while its store cannot be reached.
//
// It wraps a store. Every update passes through, and the state that they add
// up to is saved a moment later. A follower whose store does not answer at
// the start gets the saved state first, as a full update, and the store's own
// state, again as a full update, once there is one.
package diskcopy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Config says where the copy is. Dir and Cluster are required.
type Config struct {
	// Dir is made when it does not exist. It belongs to one node.
	Dir string

	// Cluster is the cluster's name. A copy of another one is not used.
	Cluster string

	// Grace is how long a follower waits for the store's state before it gets
	// the copy. A reported loss ends the wait. Default 2 s.
	Grace time.Duration

	// Delay is how long changes are gathered before they are saved: under
	// constant change there is one write in each Delay. Default 1 s.
	Delay time.Duration

	// Logger gets what happens to the copy. Default: nothing is logged.
	Logger *slog.Logger
}

// A Store is the store that it wraps, with a copy for its followers.
type Store struct {
	store.Store
	config Config
	saving sync.Mutex // one writer of the file at a time
}

// Wrap returns inner with a copy. Closing it closes inner.
func Wrap(inner store.Store, config Config) *Store {
	if config.Grace <= 0 {
		config.Grace = 2 * time.Second
	}
	if config.Delay <= 0 {
		config.Delay = time.Second
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	return &Store{Store: inner, config: config}
}

// An event is what the inner store's Follow has called.
type event struct {
	update *store.Update
	report error // when update is nil; nil is a recovery
}

// Follow follows the inner store. The copy is complete once it has returned.
func (s *Store) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	if report == nil {
		report = func(error) {}
	}
	inner, cancel := context.WithCancel(ctx)
	events, ended := make(chan event), make(chan error, 1)
	send := func(e event) {
		select {
		case events <- e:
		case <-inner.Done():
		}
	}
	go func() {
		ended <- s.Store.Follow(inner, func(u store.Update) { send(event{update: &u}) }, func(err error) { send(event{report: err}) })
	}()
	f := follower{store: s, apply: apply, report: report}
	err, over := f.run(ctx, events, ended)
	cancel()
	if !over {
		err = <-ended
	}
	f.flush()
	return err
}

type follower struct {
	store  *Store
	apply  func(store.Update)
	report func(error)

	served   bool // the follower has a state
	revision int64
	state    map[store.Key]store.Object // of the inner store; nil before its first update
	dirty    bool                       // state is newer than the copy
	saved    chan error                 // gets the result of the save under way; nil without one
}

// run handles what happens, all in this goroutine, until ctx ends or the
// inner Follow is over.
func (f *follower) run(ctx context.Context, events <-chan event, ended <-chan error) (err error, over bool) {
	grace := time.NewTimer(f.store.config.Grace)
	defer grace.Stop()
	delay := time.NewTicker(f.store.config.Delay)
	defer delay.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, false
		case err := <-ended:
			return err, true
		case e := <-events:
			if e.update != nil {
				f.update(*e.update)
				break
			}
			if e.report != nil {
				f.serveCopy()
			}
			f.report(e.report)
		case <-grace.C:
			f.serveCopy()
		case <-delay.C:
			f.startSave()
		case err := <-f.saved:
			f.endSave(err)
		}
	}
}

func (f *follower) update(u store.Update) {
	if u.Full {
		f.state = make(map[store.Key]store.Object, len(u.Changes))
	}
	for _, o := range u.Changes {
		if o.Value == nil {
			delete(f.state, o.Key)
		} else {
			f.state[o.Key] = o
		}
	}
	f.revision, f.dirty, f.served = u.Revision, true, true
	f.apply(u)
}

// serveCopy gives the copy to a follower that has nothing yet.
func (f *follower) serveCopy() {
	if f.served {
		return
	}
	config := f.store.config
	update, err := load(config.Dir, config.Cluster)
	switch {
	case errors.Is(err, os.ErrNotExist):
		config.Logger.Warn("the store cannot be reached, and there is no copy of the configuration", "dir", config.Dir)
	case err != nil:
		config.Logger.Error("the copy of the configuration cannot be used", "error", err)
		f.report(fmt.Errorf("copy of the configuration: %w", err))
	default:
		config.Logger.Warn("the store cannot be reached; serving the copy of the configuration", "revision", update.Revision)
		f.apply(update)
	}
	f.served = true // the copy gets no better
}

func (f *follower) startSave() {
	if !f.dirty || f.saved != nil {
		return
	}
	f.dirty = false
	revision, objects := f.revision, f.objects()
	saved := make(chan error, 1)
	f.saved = saved
	go func() { saved <- f.store.save(revision, objects) }()
}

func (f *follower) endSave(err error) {
	f.saved = nil
	if err != nil {
		f.dirty = true
		f.store.config.Logger.Error("the configuration was not saved", "error", err)
	}
}

// flush saves what is not yet saved.
func (f *follower) flush() {
	if f.saved != nil {
		f.endSave(<-f.saved)
	}
	f.startSave()
	if f.saved != nil {
		f.endSave(<-f.saved)
	}
}

func (f *follower) objects() []store.Object {
	objects := make([]store.Object, 0, len(f.state))
	for _, o := range f.state {
		objects = append(objects, o)
	}
	slices.SortFunc(objects, func(a, b store.Object) int { return a.Compare(b.Key) })
	return objects
}

func (s *Store) save(revision int64, objects []store.Object) error {
	content, err := encode(s.config.Cluster, revision, objects)
	if err != nil {
		return err
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	return save(s.config.Dir, content)
}
