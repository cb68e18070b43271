// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// A connection is the client of a store, which is made at first use: with a
// password, making one needs an answer from etcd.
type connection struct {
	mu     sync.Mutex
	client *clientv3.Client // nil: not connected
	dial   *dialling        // nil: nobody tries
}

// dialling is an attempt to connect. It outlives the call that began it, so
// that a slow etcd is not asked again and again from the start.
type dialling struct {
	done   chan struct{}
	client *clientv3.Client // one of these is set when done is closed
	err    error
}

// connect returns the client, or what stood in the way.
func (s *Store) connect(ctx context.Context) (*clientv3.Client, error) {
	c := &s.connection
	c.mu.Lock()
	if c.client != nil {
		defer c.mu.Unlock()
		return c.client, nil
	}
	if c.dial == nil {
		_, done, err := s.begin(ctx)
		if err != nil {
			c.mu.Unlock()
			return nil, err
		}
		attempt := &dialling{done: make(chan struct{})}
		c.dial = attempt
		go func() {
			defer done()
			s.dial(attempt)
		}()
	}
	attempt := c.dial
	c.mu.Unlock()
	select {
	case <-attempt.done:
		return attempt.client, attempt.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Store) dial(attempt *dialling) {
	attempt.client, attempt.err = s.newClient()
	c := &s.connection
	c.mu.Lock()
	c.client, c.dial = attempt.client, nil
	c.mu.Unlock()
	close(attempt.done)
}

func (s *Store) newClient() (*clientv3.Client, error) {
	// Every client starts at another endpoint, so that many nodes spread.
	endpoints := slices.Clone(s.config.Endpoints)
	rand.Shuffle(len(endpoints), func(i, j int) { endpoints[i], endpoints[j] = endpoints[j], endpoints[i] })
	return clientv3.New(clientv3.Config{
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
			MinConnectTimeout: min(s.config.DialTimeout, 3*time.Second),
		})},
	})
}

// disconnect closes the client, unless it is somebody else's, once nobody
// uses it any more.
func (s *Store) disconnect() error {
	c := &s.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	client := c.client
	c.client = nil
	if client == nil || client == s.config.Client {
		return nil
	}
	if err := client.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("etcd: close: %w", err)
	}
	return nil
}
