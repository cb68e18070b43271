// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

var _ store.Prober = (*Store)(nil)

// Probe answers a question with the reads that a transaction begins with.
func (s *Store) Probe(ctx context.Context, q store.Question) (store.Facts, error) {
	needs := txn.Needs{Objects: q.Objects, Claims: q.Claims, Referrers: q.Referrers}
	snapshot, err := s.snapshot(ctx, needs)
	if err != nil {
		return store.Facts{}, err
	}
	return store.Facts{
		Revision:  snapshot.revision,
		Objects:   snapshot.Objects,
		Claims:    snapshot.Claims,
		Referrers: snapshot.Referrers,
	}, nil
}
