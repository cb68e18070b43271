// SPDX-License-Identifier: Apache-2.0

package etcd

import (
	"context"
	"fmt"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// pageSize is how many objects one request reads at most, so that a large
// configuration is no large message.
const pageSize = 1000

// Get returns an object.
func (s *Store) Get(ctx context.Context, key store.Key) (store.Object, error) {
	if key.Check() != nil {
		return store.Object{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	var response *clientv3.GetResponse
	err := s.call(ctx, "read "+key.String(), func(ctx context.Context, c *clientv3.Client) (err error) {
		response, err = c.Get(ctx, s.keys.object(key))
		return err
	})
	if err != nil {
		return store.Object{}, err
	}
	if len(response.Kvs) == 0 {
		return store.Object{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return object(key, response.Kvs[0]), nil
}

func object(key store.Key, kv *mvccpb.KeyValue) store.Object {
	value := kv.Value
	if value == nil {
		value = []byte{}
	}
	return store.Object{Key: key, Value: value, Revision: kv.ModRevision}
}

// List returns the objects of a kind, at any revision that etcd still keeps.
func (s *Store) List(ctx context.Context, kind string, options store.ListOptions) (store.Page, error) {
	from, to := s.keys.kind(kind), clientv3.GetPrefixRangeEnd(s.keys.kind(kind))
	if options.After != "" {
		from += options.After + "\x00"
	}
	r, err := s.scan(ctx, scan{from: from, to: to, limit: options.Limit, revision: options.Revision})
	if err != nil {
		return store.Page{}, fmt.Errorf("list of kind %s: %w", kind, err)
	}
	page := store.Page{Objects: r.objects, Revision: r.revision}
	if r.more && len(r.objects) > 0 {
		page.Next = r.objects[len(r.objects)-1].ID
	}
	return page, nil
}

// A scan reads a range of objects at one revision, in several requests.
type scan struct {
	from, to string
	limit    int   // 0: all
	revision int64 // 0: the newest
}

type scanned struct {
	objects  []store.Object
	revision int64
	cluster  uint64 // etcd's own cluster id
	more     bool
}

func (s *Store) scan(ctx context.Context, q scan) (scanned, error) {
	out := scanned{revision: q.revision}
	for {
		limit := pageSize
		if q.limit > 0 {
			limit = min(limit, q.limit-len(out.objects))
		}
		var response *clientv3.GetResponse
		err := s.call(ctx, "read", func(ctx context.Context, c *clientv3.Client) (err error) {
			response, err = c.Get(ctx, q.from, clientv3.WithRange(q.to), clientv3.WithRev(out.revision), clientv3.WithLimit(int64(limit)))
			return err
		})
		if err != nil {
			return scanned{}, err
		}
		if out.revision == 0 {
			out.revision = response.Header.Revision
		}
		out.cluster, out.more = response.Header.ClusterId, response.More
		for _, kv := range response.Kvs {
			q.from = string(kv.Key) + "\x00"
			key, err := parse(string(kv.Key), s.keys.root)
			if err != nil {
				s.config.Logger.Warn("ignored a key in etcd", "error", err)
				continue
			}
			out.objects = append(out.objects, object(key, kv))
		}
		if !response.More || len(response.Kvs) == 0 || q.limit > 0 && len(out.objects) >= q.limit {
			return out, nil
		}
	}
}
