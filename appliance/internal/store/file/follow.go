// SPDX-License-Identifier: Apache-2.0

package file

import (
	"context"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Follow calls apply with the content and then with every change of it. While
// the file is wrong, report has heard why.
func (s *Store) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	if report == nil {
		report = func(error) {}
	}
	ticks, stop := s.ticks()
	defer stop()
	seen, err := s.current(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	apply(store.Update{Revision: seen.revision, Full: true, Changes: seen.sorted(func(store.Object) bool { return true })})
	var reported *store.FileError
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return store.ErrClosed
		case <-ticks:
		}
		now, broken := s.refresh()
		if now.revision != seen.revision {
			apply(difference(seen, now))
			seen = now
		}
		switch {
		case broken == reported:
		case broken != nil:
			report(broken)
		default:
			report(nil)
		}
		reported = broken
	}
}

func (s *Store) ticks() (<-chan time.Time, func()) {
	if s.config.Ticks != nil {
		return s.config.Ticks(), func() {}
	}
	ticker := time.NewTicker(s.config.Poll)
	return ticker.C, ticker.Stop
}

// difference returns what leads from one state to another.
func difference(from, to state) store.Update {
	changes := to.sorted(func(o store.Object) bool { return o.Revision > from.revision })
	gone := from.sorted(func(o store.Object) bool { _, ok := to.objects[o.Key]; return !ok })
	for _, object := range gone {
		changes = append(changes, store.Object{Key: object.Key, Revision: to.revision})
	}
	slices.SortFunc(changes, byKey)
	return store.Update{Revision: to.revision, Changes: changes}
}
