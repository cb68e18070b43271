// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"errors"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// errReload says that what a follower has cannot be continued: the changes
// since were compacted, or etcd's data is older or other than it was.
var errReload = errors.New("changes were missed; loading everything again")

// Follow calls apply with the state and then with every change, over one
// watch. See store.Store.
func (s *Store) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if report == nil {
		report = func(error) {}
	}
	f := follower{store: s, apply: apply, report: report}
	f.wait = pause{shortest: 100 * time.Millisecond, longest: 5 * time.Second}
	for {
		err := f.session(ctx)
		if s.life.Err() != nil {
			return store.ErrClosed
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errReload) || errors.Is(err, store.ErrCompacted) {
			s.config.Logger.Info("configuration must be loaded again", "reason", err)
			f.revision = 0
		} else {
			f.loss(err)
		}
		// The pause comes first even then: an etcd that compacts faster than
		// it can be read must not be asked without end.
		if f.wait.sleep(ctx) != nil {
			continue
		}
	}
}

type follower struct {
	store  *Store
	apply  func(store.Update)
	report func(error)
	wait   pause

	revision int64  // of the last update; 0: the next one must be full
	cluster  uint64 // etcd's own cluster id at the time
	lost     bool   // a loss was reported
}

func (f *follower) loss(err error) {
	f.lost = true
	f.store.config.Logger.Warn("lost contact with etcd", "error", err)
	f.report(err)
}

func (f *follower) contact() {
	f.wait.reset()
	if f.lost {
		f.lost = false
		f.store.config.Logger.Info("in contact with etcd again")
		f.report(nil)
	}
}

// session follows until something fails.
func (f *follower) session(ctx context.Context) error {
	var now *clientv3.GetResponse
	err := f.store.call(ctx, "read", func(ctx context.Context, c *clientv3.Client) (err error) {
		now, err = c.Get(ctx, f.store.keys.clock(), clientv3.WithKeysOnly())
		return err
	})
	if err != nil {
		return err
	}
	if now.Header.Revision < f.revision || now.Header.ClusterId != f.cluster {
		f.revision = 0 // another etcd, or one restored from older data
	}
	if f.revision == 0 {
		if err := f.load(ctx); err != nil {
			return err
		}
	}
	return f.watch(ctx)
}

// load delivers the whole state.
func (f *follower) load(ctx context.Context) error {
	from, to := f.store.keys.objects()
	state, err := f.store.scan(ctx, scan{from: from, to: to})
	if err != nil {
		return err
	}
	f.apply(store.Update{Revision: state.revision, Full: true, Changes: state.objects})
	f.revision, f.cluster = state.revision, state.cluster
	return nil
}

// watch delivers what changes after the last update. etcd's client mends a
// broken watch by itself and without a word, so the watch is asked for a sign
// of life every Heartbeat.
func (f *follower) watch(parent context.Context) error {
	client, err := f.store.connect(parent)
	if err != nil {
		return f.failure(parent, err)
	}
	// RequireLeader makes a member that is cut off from the others end the watch.
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(parent))
	defer cancel()
	// Watch returns when etcd has made the watch, which may never happen.
	patience := 2 * f.store.config.Heartbeat
	limit := time.AfterFunc(patience, cancel)
	from, to := f.store.keys.objects()
	responses := client.Watch(ctx, from, clientv3.WithRange(to), clientv3.WithRev(f.revision+1),
		clientv3.WithProgressNotify(), clientv3.WithCreatedNotify())
	if !limit.Stop() {
		return f.failure(parent, fmt.Errorf("no watch after %s", patience))
	}

	heartbeat := time.NewTicker(f.store.config.Heartbeat)
	defer heartbeat.Stop()
	alive := true
	for {
		select {
		case response, ok := <-responses:
			if err := f.handle(response, ok); err != nil {
				return f.failure(ctx, err)
			}
			alive = true
		case <-heartbeat.C:
			if !alive && len(responses) == 0 {
				return f.failure(ctx, fmt.Errorf("the watch gave no sign of life for %s", patience))
			}
			alive = false
			if err := f.ask(ctx, client); err != nil {
				return f.failure(ctx, fmt.Errorf("the watch takes no requests: %w", err))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *follower) failure(ctx context.Context, err error) error {
	if errors.Is(err, errReload) {
		return err
	}
	return f.store.failure(ctx, "watch", err)
}

// ask requests a progress notification, which comes as a response.
func (f *follower) ask(ctx context.Context, client *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, f.store.config.Heartbeat)
	defer cancel()
	return client.RequestProgress(ctx)
}

// handle delivers the events of a response, one update for each revision.
func (f *follower) handle(response clientv3.WatchResponse, open bool) error {
	if !open {
		return errors.New("etcd's client ended the watch")
	}
	if response.CompactRevision != 0 {
		return fmt.Errorf("%w: revision %d is compacted", errReload, f.revision)
	}
	if err := response.Err(); err != nil {
		return err
	}
	if response.Header.Revision < f.revision || response.Header.ClusterId != f.cluster {
		return fmt.Errorf("%w: etcd is at revision %d, was at %d", errReload, response.Header.Revision, f.revision)
	}
	f.contact()
	events := response.Events
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].Kv.ModRevision == events[0].Kv.ModRevision {
			n++
		}
		f.deliver(events[:n])
		events = events[n:]
	}
	return nil
}

func (f *follower) deliver(events []*clientv3.Event) {
	update := store.Update{Revision: events[0].Kv.ModRevision, Changes: make([]store.Object, 0, len(events))}
	for _, event := range events {
		key, err := parse(string(event.Kv.Key), f.store.keys.root)
		if err != nil {
			f.store.config.Logger.Warn("ignored a key in etcd", "error", err)
			continue
		}
		change := store.Object{Key: key, Revision: event.Kv.ModRevision}
		if event.Type == clientv3.EventTypePut {
			change = object(key, event.Kv)
		}
		update.Changes = append(update.Changes, change)
	}
	f.apply(update)
	f.revision = update.Revision
}
