// SPDX-License-Identifier: Apache-2.0

// Package etcd keeps a cluster's configuration in etcd.
//
// References and claims are kept in etcd beside the objects, and a
// transaction compares all that its decision was based on, so no cache can
// make it wrong: an object that others refer to cannot be deleted, whoever
// writes at the same time. A follower uses one watch, whatever the number of
// kinds, and finds its own way back after any loss.
package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// A Store is a store.Store and a store.Registry in etcd.
type Store struct {
	config Config
	keys   keys

	life context.Context // ends with Close
	end  context.CancelFunc

	starting sync.Mutex     // held while work begins or Close starts to wait
	work     sync.WaitGroup // registrations, follows and dialling

	connection connection
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Registry = (*Store)(nil)
)

// Open returns a store. It does not wait for etcd: while etcd cannot be
// reached, calls fail with store.ErrUnavailable and Follow keeps trying. Its
// error is about config.
func Open(_ context.Context, config Config) (*Store, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{config: config, keys: keysOf(config.Cluster)}
	s.connection.client = config.Client
	s.life, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Close ends every Follow and registration (their keys expire with their
// lease unless they were closed before) and the connection to etcd.
func (s *Store) Close() error {
	s.starting.Lock()
	s.end()
	s.starting.Unlock()
	s.work.Wait()
	return s.disconnect()
}

// call runs one request to etcd within the time for one.
func (s *Store) call(ctx context.Context, what string, request func(context.Context, *clientv3.Client) error) error {
	bound, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	stop := context.AfterFunc(s.life, cancel)
	defer stop()
	client, err := s.connect(bound)
	if err == nil {
		err = request(bound, client)
	}
	return s.failure(ctx, what, err)
}

// failure turns etcd's errors into those of package store.
func (s *Store) failure(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case s.life.Err() != nil:
		return fmt.Errorf("etcd: %s: %w", what, store.ErrClosed)
	case ctx.Err() != nil:
		return fmt.Errorf("etcd: %s: %w", what, ctx.Err())
	case errors.Is(err, rpctypes.ErrCompacted), errors.Is(err, rpctypes.ErrFutureRev):
		return fmt.Errorf("etcd: %s: %w", what, store.ErrCompacted)
	}
	return fmt.Errorf("etcd: %s: %w: %w", what, store.ErrUnavailable, err)
}

// begin returns a context that ends with ctx or with the store, and counts its
// user among what Close waits for, until done is called.
func (s *Store) begin(ctx context.Context) (_ context.Context, done func(), err error) {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.life.Err() != nil {
		return nil, nil, store.ErrClosed
	}
	s.work.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		s.work.Done()
	}, nil
}
