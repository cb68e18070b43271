// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"encoding/json"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/txn"
)

// A snapshot is what a transaction must know, all of it at one revision.
type snapshot struct {
	txn.View
	revision   int64
	lastChange int64 // revision of the last transaction before
}

// A question is one read of a snapshot and where its answer goes.
type question struct {
	op     clientv3.Op
	answer func(*clientv3.GetResponse) error
}

func (s *Store) snapshot(ctx context.Context, needs txn.Needs) (snapshot, error) {
	out := snapshot{View: txn.View{
		Objects:   make(map[store.Key]int64, len(needs.Objects)),
		Holdings:  make(map[store.Key]txn.Holding, len(needs.Holdings)),
		Claims:    make(map[string]store.Key, len(needs.Claims)),
		Referrers: make(map[store.Key][]store.Key, len(needs.Referrers)),
	}}
	questions := s.questions(needs, &out)
	for len(questions) > 0 {
		batch := questions[:min(len(questions), s.config.MaxOps)]
		questions = questions[len(batch):]
		if err := s.ask(ctx, batch, &out.revision); err != nil {
			return snapshot{}, err
		}
	}
	return out, nil
}

// ask sends a batch. The first one sets the revision that all others read.
func (s *Store) ask(ctx context.Context, batch []question, revision *int64) error {
	ops := make([]clientv3.Op, len(batch))
	for i, q := range batch {
		ops[i] = q.op
		if *revision != 0 {
			clientv3.WithRev(*revision)(&ops[i])
		}
	}
	var response *clientv3.TxnResponse
	err := s.call(ctx, "read", func(ctx context.Context, c *clientv3.Client) (err error) {
		response, err = c.Txn(ctx).Then(ops...).Commit()
		return err
	})
	if err != nil {
		return err
	}
	if *revision == 0 {
		*revision = response.Header.Revision
	}
	for i, q := range batch {
		if err := q.answer((*clientv3.GetResponse)(response.Responses[i].GetResponseRange())); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) questions(needs txn.Needs, out *snapshot) []question {
	var questions []question
	add := func(answer func(*clientv3.GetResponse) error, key string, options ...clientv3.OpOption) {
		questions = append(questions, question{clientv3.OpGet(key, options...), answer})
	}
	add(func(r *clientv3.GetResponse) error {
		if len(r.Kvs) > 0 {
			out.lastChange = r.Kvs[0].ModRevision
		}
		return nil
	}, s.keys.clock())
	for _, key := range needs.Objects {
		add(func(r *clientv3.GetResponse) error {
			if len(r.Kvs) > 0 {
				out.Objects[key] = r.Kvs[0].ModRevision
			}
			return nil
		}, s.keys.object(key), clientv3.WithKeysOnly())
	}
	for _, key := range needs.Holdings {
		add(func(r *clientv3.GetResponse) (err error) {
			if len(r.Kvs) > 0 {
				out.Holdings[key], err = decodeHolding(r.Kvs[0].Value)
			}
			return err
		}, s.keys.holds(key))
	}
	for _, name := range needs.Claims {
		add(func(r *clientv3.GetResponse) (err error) {
			if len(r.Kvs) > 0 {
				out.Claims[name], err = parse(string(r.Kvs[0].Value), "")
			}
			return err
		}, s.keys.claim(name))
	}
	for _, key := range needs.Referrers {
		prefix := s.keys.referrers(key)
		add(func(r *clientv3.GetResponse) error {
			for _, kv := range r.Kvs {
				referrer, err := parse(string(kv.Key), prefix)
				if err != nil {
					return err
				}
				out.Referrers[key] = append(out.Referrers[key], referrer)
			}
			return nil
		}, prefix, clientv3.WithPrefix(), clientv3.WithKeysOnly())
	}
	return questions
}

// storedHolding is the JSON of a txn.Holding.
type storedHolding struct {
	Refs   []string `json:"refs,omitempty"`
	Claims []string `json:"claims,omitempty"`
}

func encodeHolding(h txn.Holding) (string, error) {
	stored := storedHolding{Claims: h.Claims}
	for _, ref := range h.Refs {
		stored.Refs = append(stored.Refs, ref.String())
	}
	value, err := json.Marshal(stored)
	return string(value), err
}

func decodeHolding(value []byte) (txn.Holding, error) {
	var stored storedHolding
	if err := json.Unmarshal(value, &stored); err != nil {
		return txn.Holding{}, fmt.Errorf("etcd: what an object holds: %w", err)
	}
	h := txn.Holding{Claims: stored.Claims}
	for _, ref := range stored.Refs {
		key, err := parse(ref, "")
		if err != nil {
			return txn.Holding{}, err
		}
		h.Refs = append(h.Refs, key)
	}
	return h, nil
}
