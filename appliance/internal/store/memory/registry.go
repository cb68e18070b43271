// SPDX-License-Identifier: Apache-2.0

package memory

import (
	"bytes"
	"context"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

type registration struct {
	store *Store
	id    string
}

// Register publishes a value until the registration is closed; memory loses
// no lease.
func (s *Store) Register(ctx context.Context, id string, value []byte, _ time.Duration) (store.Registration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	s.nodes[id] = bytes.Clone(value)
	return &registration{s, id}, nil
}

// Nodes returns the registered values.
func (s *Store) Nodes(ctx context.Context) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	nodes := make(map[string][]byte, len(s.nodes))
	for id, value := range s.nodes {
		nodes[id] = bytes.Clone(value)
	}
	return nodes, nil
}

func (r *registration) Update(value []byte) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	if _, ok := r.store.nodes[r.id]; ok {
		r.store.nodes[r.id] = bytes.Clone(value)
	}
}

func (r *registration) Close(context.Context) error {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	delete(r.store.nodes, r.id)
	return nil
}
