// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"context"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

var _ store.Prober = (*Store)(nil)

// Probe answers a question at the newest revision.
func (s *Store) Probe(ctx context.Context, q store.Question) (store.Facts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return store.Facts{}, err
	}
	view := s.view(txn.Needs{Objects: q.Objects, Referrers: q.Referrers})
	facts := store.Facts{
		Revision:  s.revision,
		Objects:   view.Objects,
		Claims:    make(map[string]store.Key),
		Referrers: view.Referrers,
	}
	for _, name := range q.Claims {
		if by, ok := s.claims[name]; ok {
			facts.Claims[name] = by
		}
	}
	return facts, nil
}
