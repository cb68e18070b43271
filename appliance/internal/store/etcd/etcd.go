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
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// A Store is a store.Store and a store.Registry in etcd.
type Store struct {
	config Config
	keys   keys

	life context.Context // ends with Close
	end  context.CancelFunc

	starting sync.Mutex     // held while work begins or Close starts to wait
	work     sync.WaitGroup // registrations and follows

	dial   chan struct{} // held, as a token, by who connects
	client *clientv3.Client
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
	s := &Store{config: config, keys: keysOf(config.Cluster), dial: make(chan struct{}, 1), client: config.Client}
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
	s.dial <- struct{}{}
	defer func() { <-s.dial }()
	if s.client == nil || s.client == s.config.Client {
		return nil
	}
	err := s.client.Close()
	s.client = nil
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("etcd: close: %w", err)
	}
	return nil
}

// connect returns the client, which is made at first use: with a password,
// making one needs an answer from etcd.
func (s *Store) connect(ctx context.Context) (*clientv3.Client, error) {
	select {
	case s.dial <- struct{}{}:
		defer func() { <-s.dial }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.life.Err() != nil {
		return nil, store.ErrClosed
	}
	if s.client != nil {
		return s.client, nil
	}
	// Every client starts at another endpoint, so that many nodes spread.
	endpoints := slices.Clone(s.config.Endpoints)
	rand.Shuffle(len(endpoints), func(i, j int) { endpoints[i], endpoints[j] = endpoints[j], endpoints[i] })
	client, err := clientv3.New(clientv3.Config{
		Context:              s.life,
		Endpoints:            endpoints,
		Username:             s.config.Username,
		Password:             s.config.Password,
		TLS:                  s.config.TLS,
		DialTimeout:          s.config.DialTimeout,
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 5 * time.Second,
		MaxCallSendMsgSize:   s.config.MaxBytes + 512<<10,
		Logger:               zap.NewNop(),
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{
			// gRPC's own limit of two minutes would keep nodes away from an
			// etcd that is back.
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.3, MaxDelay: 3 * time.Second},
			MinConnectTimeout: s.config.DialTimeout,
		})},
	})
	if err != nil {
		return nil, err
	}
	s.client = client
	return client, nil
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
