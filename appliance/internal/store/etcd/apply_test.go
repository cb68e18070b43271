// SPDX-License-Identifier: Apache-2.0

package etcd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
)

// TestTooLarge refuses what etcd would refuse, before it is sent, and says so
// too when etcd's limits are lower than the configured ones.
func TestTooLarge(t *testing.T) {
	server := etcdtest.Start(t)
	ctx := context.Background()
	big := bytes.Repeat([]byte("x"), 2<<20)
	many := make([]store.Write, 100)
	for i := range many {
		many[i] = putRoute(fmt.Sprint(i), "1")
	}
	for _, test := range []struct {
		name   string
		config etcd.Config
		writes []store.Write
		what   string
	}{
		{"bytes", etcd.Config{}, []store.Write{{Key: route("a"), Value: big}}, "bytes"},
		{"operations", etcd.Config{MaxOps: 12}, many, "operations"},
		{"server's bytes", etcd.Config{MaxBytes: 64 << 20}, []store.Write{{Key: route("a"), Value: bytes.Repeat(big, 5)}}, "bytes"},
	} {
		test.config.Endpoints = []string{server.Endpoint}
		_, err := open(t, test.config).Apply(ctx, test.writes)
		var large *store.TooLargeError
		if !errors.As(err, &large) || large.What != test.what || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want a TooLargeError of %s", test.name, err, test.what)
		}
	}
	// Exactly at the limit of bytes etcd takes it.
	config := server.Config("default")
	at := config.MaxBytes - 200
	if _, err := open(t, config).Apply(ctx, []store.Write{{Key: route("a"), Value: bytes.Repeat([]byte("x"), at)}}); err != nil {
		t.Errorf("%d bytes of %d: %v", at, config.MaxBytes, err)
	}
}

// TestManyAgainstFew lets transactions that are too large to compare each
// object race with small ones: no write is lost and no reference dangles.
func TestManyAgainstFew(t *testing.T) {
	server := etcdtest.Start(t)
	config := server.Config("default")
	config.MaxOps = etcd.DefaultMaxOps
	s := open(t, config)
	ctx := context.Background()
	const upstreams = 100
	upstream := func(i int) store.Key { return store.Key{Kind: "upstream", ID: fmt.Sprint(i)} }
	for round := range 5 {
		var setup, remove []store.Write
		for i := range upstreams {
			setup = append(setup, store.Write{Key: upstream(i), Value: []byte("{}")})
			remove = append(remove, store.Write{Key: upstream(i)})
		}
		write(t, s, setup...)
		user := store.Write{Key: route(fmt.Sprint(round)), Value: []byte("{}"), Refs: []store.Key{upstream(50)}}
		var all, one error
		var wait sync.WaitGroup
		wait.Go(func() { _, all = s.Apply(ctx, remove) })
		wait.Go(func() { _, one = s.Apply(ctx, []store.Write{user}) })
		wait.Wait()
		var inUse *store.InUseError
		var missing *store.MissingReferenceError
		deleted, refused := all == nil, errors.As(all, &inUse)
		if deleted == refused || deleted != errors.As(one, &missing) || refused != (one == nil) {
			t.Fatalf("delete of all: %v; new reference: %v", all, one)
		}
		write(t, s, store.Write{Key: user.Key})
	}
}

// TestNothingLeft checks that deleted objects leave no bookkeeping in etcd.
func TestNothingLeft(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	upstream := store.Key{Kind: "upstream", ID: "u"}
	write(t, s, store.Write{Key: upstream, Value: []byte("{}")},
		store.Write{Key: route("a"), Value: []byte("{}"), Refs: []store.Key{upstream}, Claims: []string{"x", "y"}})
	write(t, s, store.Write{Key: route("a"), Value: []byte("{}"), Claims: []string{"y"}})
	write(t, s, store.Write{Key: route("a")}, store.Write{Key: upstream})
	left, err := server.Client().Get(context.Background(), "/penstock/", clientv3.WithPrefix())
	if err != nil || len(left.Kvs) != 1 || string(left.Kvs[0].Key) != "/penstock/default/_clock" {
		t.Errorf("left: %v, %v", left.Kvs, err)
	}
}

// TestForeignKeys puts what is no object where objects are.
func TestForeignKeys(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	f := storetest.Follow(t, s)
	for _, key := range []string{"/penstock/default/route", "/penstock/default/route/a/b", "/penstock/default/x\xff/a"} {
		if _, err := server.Client().Put(context.Background(), key, "?"); err != nil {
			t.Fatal(err)
		}
	}
	f.UntilRevision(write(t, s, putRoute("a", "1")))
	late := storetest.Follow(t, s)
	late.UntilState(map[store.Key]string{route("a"): "1"})
	if got := f.State(); len(got) != 1 {
		t.Errorf("state: %v", got)
	}
	if page, err := s.List(context.Background(), "route", store.ListOptions{}); err != nil || len(page.Objects) != 1 {
		t.Errorf("list: %+v, %v", page, err)
	}
}

func TestOpenErrors(t *testing.T) {
	for want, config := range map[string]etcd.Config{
		"no endpoints":         {},
		`bad cluster name "a/`: {Endpoints: []string{"http://127.0.0.1:1"}, Cluster: "a/b"},
		"go together":          {Endpoints: []string{"http://127.0.0.1:1"}, Username: "u"},
	} {
		if _, err := etcd.Open(context.Background(), config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}

// TestClosed closes a store under a follower and a registration.
func TestClosed(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	ctx := context.Background()
	node := storetest.Register(t, s, "node", "up")
	first, ended := make(chan struct{}), make(chan error)
	go func() { ended <- s.Follow(ctx, func(store.Update) { close(first) }, nil) }()
	<-first
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("follow: %v, want ErrClosed", err)
	}
	if _, err := s.Get(ctx, route("a")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("get: %v, want ErrClosed", err)
	}
	if _, err := s.Register(ctx, "other", nil, 0); !errors.Is(err, store.ErrClosed) {
		t.Errorf("register: %v, want ErrClosed", err)
	}
	if err := node.Close(ctx); err != nil && !errors.Is(err, store.ErrClosed) {
		t.Errorf("close of a registration: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}
