// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
)

// served is a store that remembers which upstreams a follower was told of.
type served struct {
	store.Store

	mu  sync.Mutex
	ids map[string]bool
}

// Follow implements [store.Store].
func (s *served) Follow(ctx context.Context, apply func(store.Update), report func(error)) error {
	return s.Store.Follow(ctx, func(u store.Update) {
		s.note(u)
		apply(u)
	}, report)
}

func (s *served) note(u store.Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Full || s.ids == nil {
		s.ids = make(map[string]bool)
	}
	for _, o := range u.Changes {
		switch {
		case o.Kind != api.KindUpstream:
		case o.Value == nil:
			delete(s.ids, o.ID)
		default:
			s.ids[o.ID] = true
		}
	}
}

// pools returns the pools of the upstreams, by id, as far as there are any.
func (s *served) pools(find func(id string) *upstream.Pool) map[string]*upstream.Pool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]*upstream.Pool, len(s.ids))
	for id := range s.ids {
		if p := find(id); p != nil {
			all[id] = p
		}
	}
	return all
}
