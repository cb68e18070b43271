// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// Nodes returns the values of the live nodes.
func (s *Store) Nodes(ctx context.Context) (map[string][]byte, error) {
	var response *clientv3.GetResponse
	err := s.call(ctx, "read nodes", func(ctx context.Context, c *clientv3.Client) (err error) {
		response, err = c.Get(ctx, s.keys.nodes(), clientv3.WithPrefix())
		return err
	})
	if err != nil {
		return nil, err
	}
	nodes := make(map[string][]byte, len(response.Kvs))
	for _, kv := range response.Kvs {
		nodes[string(kv.Key[len(s.keys.nodes()):])] = kv.Value
	}
	return nodes, nil
}

// Register publishes a node's value under a lease. The lease's time is
// rounded up to full seconds and is 2 s at least.
func (s *Store) Register(_ context.Context, id string, value []byte, ttl time.Duration) (store.Registration, error) {
	if err := (store.Key{Kind: "node", ID: id}).Check(); err != nil {
		return nil, err
	}
	life, done, err := s.begin(context.Background())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(life)
	r := &registration{
		store:   s,
		key:     s.keys.node(id),
		ttl:     max(2*time.Second, (ttl + time.Second - 1).Truncate(time.Second)),
		value:   bytes.Clone(value),
		changed: make(chan struct{}, 1),
		stop:    stop,
		stopped: make(chan struct{}),
	}
	go func() {
		defer done()
		defer close(r.stopped)
		r.run(ctx)
	}()
	return r, nil
}

// A registration keeps one leased key. Every third of the lease's time it
// renews the lease and sees that the key is still there.
type registration struct {
	store   *Store
	key     string
	ttl     time.Duration
	changed chan struct{} // holds one element when value is to be published
	stop    context.CancelFunc
	stopped chan struct{} // closed when run has returned

	mu    sync.Mutex
	value []byte

	// Of run, and of Close once run has returned.
	lease     clientv3.LeaseID // 0: none
	published bool             // under this lease
}

// Update replaces the value. Of updates that come faster than etcd takes
// them, the last one counts.
func (r *registration) Update(value []byte) {
	r.mu.Lock()
	r.value = bytes.Clone(value)
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// Close withdraws the key. When etcd cannot be reached it expires by itself.
func (r *registration) Close(ctx context.Context) error {
	r.stop()
	<-r.stopped
	if r.lease == 0 {
		return nil
	}
	err := r.store.call(ctx, "withdraw node", func(ctx context.Context, c *clientv3.Client) error {
		_, err := c.Revoke(ctx, r.lease)
		if errors.Is(err, rpctypes.ErrLeaseNotFound) {
			return nil
		}
		return err
	})
	if err == nil {
		r.lease = 0
	}
	return err
}

func (r *registration) run(ctx context.Context) {
	renew := time.NewTicker(r.ttl / 3)
	defer renew.Stop()
	retry := pause{shortest: 50 * time.Millisecond, longest: max(r.ttl/3, time.Second)}
	for ctx.Err() == nil {
		if err := r.publish(ctx); err != nil && ctx.Err() == nil {
			r.store.config.Logger.Warn("node is not registered", "error", err)
			_ = retry.sleep(ctx)
			continue
		}
		retry.reset()
		select {
		case <-ctx.Done():
		case <-renew.C:
		case <-r.changed:
			r.published = false
		}
	}
}

// publish makes sure of the lease and of the key under it.
func (r *registration) publish(ctx context.Context) error {
	if err := r.renew(ctx); err != nil {
		return err
	}
	r.mu.Lock()
	value := string(r.value)
	r.mu.Unlock()
	put := clientv3.OpPut(r.key, value, clientv3.WithLease(r.lease))
	err := r.store.call(ctx, "register node", func(ctx context.Context, c *clientv3.Client) error {
		if !r.published {
			_, err := c.Do(ctx, put)
			return err
		}
		_, err := c.Txn(ctx).If(clientv3.Compare(clientv3.LeaseValue(r.key), "=", r.lease)).Else(put).Commit()
		return err
	})
	r.published = err == nil
	if errors.Is(err, rpctypes.ErrLeaseNotFound) {
		r.lease = 0
	}
	return err
}

// renew prolongs the lease, or takes a new one when it is gone.
func (r *registration) renew(ctx context.Context) error {
	return r.store.call(ctx, "renew lease", func(ctx context.Context, c *clientv3.Client) error {
		if r.lease != 0 {
			_, err := c.KeepAliveOnce(ctx, r.lease)
			if !errors.Is(err, rpctypes.ErrLeaseNotFound) {
				return err
			}
			r.lease = 0
		}
		granted, err := c.Grant(ctx, int64(r.ttl/time.Second))
		if err != nil {
			return fmt.Errorf("take a lease: %w", err)
		}
		r.lease, r.published = granted.ID, false
		return nil
	})
}
