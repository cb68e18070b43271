// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

// maxRaces is how often Apply starts again because somebody else changed what
// it had read. With a hundred writers of one object, each round lets one of
// them win.
const maxRaces = 500

// Apply makes all the writes or none. It reads all it must know at one
// revision, decides, and sends a transaction that compares what it has read;
// when that is outdated, it starts again.
func (s *Store) Apply(ctx context.Context, writes []store.Write) (int64, error) {
	if err := store.CheckWrites(writes); err != nil {
		return 0, err
	}
	wait := pause{shortest: time.Millisecond, longest: 50 * time.Millisecond}
	for range maxRaces {
		revision, won, err := s.attempt(ctx, writes)
		if won || err != nil {
			return revision, err
		}
		if err := wait.sleep(ctx); err != nil {
			return 0, fmt.Errorf("etcd: write: %w", err)
		}
	}
	return 0, fmt.Errorf("etcd: write: %w: others changed the same objects %d times in a row", store.ErrUnavailable, maxRaces)
}

func (s *Store) attempt(ctx context.Context, writes []store.Write) (revision int64, won bool, err error) {
	snapshot, err := s.snapshot(ctx, txn.NeedsOf(writes))
	if errors.Is(err, store.ErrCompacted) {
		return 0, false, nil // compacted while it was read
	}
	if err != nil {
		return 0, false, err
	}
	change, err := txn.Plan(snapshot.View, writes)
	if err != nil {
		return 0, false, err
	}
	if change.Empty() {
		return snapshot.lastChange, true, nil
	}
	compares, ops, err := s.transaction(snapshot, change, writes)
	if err != nil {
		return 0, false, err
	}
	var response *clientv3.TxnResponse
	err = s.call(ctx, "write", func(ctx context.Context, c *clientv3.Client) (err error) {
		response, err = c.Txn(ctx).If(compares...).Then(ops...).Commit()
		return err
	})
	switch {
	case errors.Is(err, rpctypes.ErrTooManyOps):
		return 0, false, fmt.Errorf("etcd allows fewer operations than configured (--max-txn-ops): %w",
			&store.TooLargeError{What: "operations", Size: count(ops), Limit: s.config.MaxOps})
	case errors.Is(err, rpctypes.ErrRequestTooLarge), tooLargeToSend(err):
		return 0, false, fmt.Errorf("etcd allows smaller requests than configured (--max-request-bytes): %w",
			&store.TooLargeError{What: "bytes", Size: size(ops), Limit: s.config.MaxBytes})
	case err != nil:
		return 0, false, err
	}
	return response.Header.Revision, response.Succeeded, nil
}

// transaction returns what etcd must compare and then do.
func (s *Store) transaction(snapshot snapshot, c txn.Change, writes []store.Write) ([]clientv3.Cmp, []clientv3.Op, error) {
	ops, err := s.operations(c)
	if err != nil {
		return nil, nil, err
	}
	if n := size(ops); n > s.config.MaxBytes {
		return nil, nil, &store.TooLargeError{What: "bytes", Size: n, Limit: s.config.MaxBytes}
	}
	compares := s.compares(snapshot, c, writes)
	if len(compares) > maxCompares(s.config.MaxOps) {
		// Too many to name: demand that nothing at all has changed.
		compares = []clientv3.Cmp{unchangedSince(s.keys.clock(), snapshot.revision)}
	}
	ops, err = nest(ops, s.config.MaxOps)
	return compares, ops, err
}

// compares returns one comparison for everything that the decision rests on
// and that another writer could change.
func (s *Store) compares(snapshot snapshot, c txn.Change, writes []store.Write) []clientv3.Cmp {
	var compares []clientv3.Cmp
	written := make(map[store.Key]bool, len(writes))
	for _, w := range writes {
		written[w.Key] = true
		compares = append(compares, clientv3.Compare(clientv3.ModRevision(s.keys.object(w.Key)), "=", snapshot.Objects[w.Key]))
	}
	compared := make(map[store.Key]bool)
	for _, ref := range c.AddRefs {
		if !written[ref.To] && !compared[ref.To] {
			compared[ref.To] = true
			compares = append(compares, clientv3.Compare(clientv3.CreateRevision(s.keys.object(ref.To)), ">", 0))
		}
	}
	for _, key := range c.Deletes {
		// A range compare holds when it holds for every key there is, so it
		// holds for an empty range: no referrer, or none that is new.
		compares = append(compares, unchangedSince(s.keys.referrers(key), snapshot.revision).WithPrefix())
	}
	for _, claim := range c.Take {
		compares = append(compares, unchangedSince(s.keys.claim(claim.Name), snapshot.revision))
	}
	return compares
}

// unchangedSince holds for a key that was not written after a revision; it
// may have been deleted.
func unchangedSince(key string, revision int64) clientv3.Cmp {
	return clientv3.Compare(clientv3.ModRevision(key), "<", revision+1)
}

func (s *Store) operations(c txn.Change) ([]clientv3.Op, error) {
	ops := []clientv3.Op{clientv3.OpPut(s.keys.clock(), "")}
	for _, object := range c.Puts {
		ops = append(ops, clientv3.OpPut(s.keys.object(object.Key), string(object.Value)))
	}
	for _, key := range c.Deletes {
		ops = append(ops, clientv3.OpDelete(s.keys.object(key)))
	}
	for _, ref := range c.AddRefs {
		ops = append(ops, clientv3.OpPut(s.keys.ref(ref.To, ref.From), ""))
	}
	for _, ref := range c.DropRefs {
		ops = append(ops, clientv3.OpDelete(s.keys.ref(ref.To, ref.From)))
	}
	for _, claim := range c.Take {
		ops = append(ops, clientv3.OpPut(s.keys.claim(claim.Name), claim.By.String()))
	}
	for _, name := range c.Release {
		ops = append(ops, clientv3.OpDelete(s.keys.claim(name)))
	}
	for key, holding := range c.Holdings {
		if holding.Empty() {
			ops = append(ops, clientv3.OpDelete(s.keys.holds(key)))
			continue
		}
		value, err := encodeHolding(holding)
		if err != nil {
			return nil, fmt.Errorf("etcd: %s: %w", key, err)
		}
		ops = append(ops, clientv3.OpPut(s.keys.holds(key), value))
	}
	return ops, nil
}
