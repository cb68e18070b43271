// SPDX-License-Identifier: Apache-2.0

package etcd_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
)

func write(t *testing.T, s store.Store, writes ...store.Write) int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		revision, err := s.Apply(ctx, writes)
		if err == nil {
			return revision
		}
		if !errors.Is(err, store.ErrUnavailable) || ctx.Err() != nil {
			t.Fatalf("apply: %v", err)
		}
	}
}

func route(id string) store.Key { return store.Key{Kind: "route", ID: id} }

func putRoute(id, value string) store.Write { return store.Write{Key: route(id), Value: []byte(value)} }

// TestEtcdReturns stops etcd while it is followed: the follower hears of it,
// catches up, and nodes are registered again (S1-32).
func TestEtcdReturns(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	first := write(t, s, putRoute("a", "1"), putRoute("b", "1"))
	f := storetest.Follow(t, s)
	f.UntilRevision(first)
	node := storetest.Register(t, s, "node", "up")
	storetest.UntilNodes(t, s, map[string]string{"node": "up"})

	server.Stop()
	if reports := f.UntilReports(1); !errors.Is(reports[0], store.ErrUnavailable) {
		t.Errorf("the loss is reported as %v", reports[0])
	}
	node.Update([]byte("still up"))
	server.Restart()
	last := write(t, s, store.Write{Key: route("a")}, putRoute("b", "2"))
	f.UntilRevision(last)
	f.Until("a recovery", func(_ []store.Update, reports []error) bool { return reports[len(reports)-1] == nil })
	if got := f.State(); len(got) != 1 || got[route("b")] != "2" {
		t.Errorf("state after the loss: %v", got)
	}
	for _, update := range f.Updates()[1:] {
		if update.Full {
			t.Error("everything was loaded again although nothing was missed")
		}
	}
	storetest.UntilNodes(t, s, map[string]string{"node": "still up"})
	if err := node.Close(context.Background()); err != nil {
		t.Error(err)
	}
	storetest.UntilNodes(t, s, map[string]string{})
}

// TestCompactedWhileAway compacts what a follower has missed.
func TestCompactedWhileAway(t *testing.T) {
	server := etcdtest.Start(t)
	proxy := newProxy(t, server.Endpoint)
	config := server.Config("default")
	config.Endpoints = []string{proxy.endpoint()}
	s := open(t, config)
	f := storetest.Follow(t, s)
	direct := server.Store("default")
	f.UntilRevision(write(t, direct, putRoute("a", "1"), putRoute("gone", "1")))

	proxy.cut()
	f.UntilReports(1)
	write(t, direct, putRoute("a", "2"), store.Write{Key: route("gone")})
	last := write(t, direct, putRoute("a", "3"))
	if _, err := server.Client().Compact(context.Background(), last); err != nil {
		t.Fatal(err)
	}
	proxy.mend()
	f.UntilRevision(last)
	updates := f.Updates()
	if got := f.State(); !updates[len(updates)-1].Full || len(got) != 1 || got[route("a")] != "3" {
		t.Errorf("state %v, last update full: %v", got, updates[len(updates)-1].Full)
	}
	if _, err := s.List(context.Background(), "route", store.ListOptions{Revision: last - 1}); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("list of a compacted revision: %v, want ErrCompacted", err)
	}
}

// TestSilentWatch freezes the network without closing a connection.
func TestSilentWatch(t *testing.T) {
	server := etcdtest.Start(t)
	proxy := newProxy(t, server.Endpoint)
	config := server.Config("default")
	config.Endpoints = []string{proxy.endpoint()}
	f := storetest.Follow(t, open(t, config))
	direct := server.Store("default")
	f.UntilRevision(write(t, direct, putRoute("a", "1")))

	proxy.freeze()
	f.UntilReports(1)
	last := write(t, direct, putRoute("a", "2"))
	proxy.cut()
	proxy.mend()
	f.UntilRevision(last)
	if reports := f.UntilReports(2); reports[len(reports)-1] != nil {
		t.Errorf("reports: %v, want a recovery at the end", reports)
	}
}

// TestOlderData replaces etcd by one that has less, as after a restore.
func TestOlderData(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	f := storetest.Follow(t, s)
	var last int64
	for i := range 20 {
		last = write(t, s, putRoute(fmt.Sprint(i), "1"))
	}
	f.UntilRevision(last)
	server.RestartEmpty()
	write(t, s, putRoute("only", "1"))
	f.UntilState(map[store.Key]string{route("only"): "1"})
}

// TestUnreachable opens a store of an etcd that is not there: that is quick,
// calls say what is wrong in time, and all works once etcd is there.
func TestUnreachable(t *testing.T) {
	server := etcdtest.Start(t)
	server.Stop()
	config := server.Config("default")
	config.Timeout = 300 * time.Millisecond
	s := open(t, config)
	ctx := context.Background()
	_, err := s.Get(ctx, route("a"))
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("get: %v, want ErrUnavailable", err)
	}
	if _, err := s.Apply(ctx, []store.Write{putRoute("a", "1")}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("apply: %v, want ErrUnavailable", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Get(gone, route("a")); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("get without time: %v, want context.Canceled", err)
	}
	node := storetest.Register(t, s, "node", "up")
	f := storetest.Follow(t, s)
	f.UntilReports(1)
	server.Restart()
	f.UntilRevision(write(t, s, putRoute("a", "1")))
	storetest.UntilNodes(t, s, map[string]string{"node": "up"})
	if err := node.Close(ctx); err != nil {
		t.Error(err)
	}
}

// TestRegisteredAgain takes away a node's key, then its lease.
func TestRegisteredAgain(t *testing.T) {
	server := etcdtest.Start(t)
	s := server.Store("default")
	node := storetest.Register(t, s, "node", "up")
	up := map[string]string{"node": "up"}
	storetest.UntilNodes(t, s, up)
	ctx, client := context.Background(), server.Client()

	if _, err := client.Delete(ctx, "/penstock/default/_nodes/node"); err != nil {
		t.Fatal(err)
	}
	storetest.UntilNodes(t, s, up)
	leases, err := client.Leases(ctx)
	if err != nil || len(leases.Leases) != 1 {
		t.Fatalf("leases: %v, %v", leases, err)
	}
	if _, err := client.Revoke(ctx, leases.Leases[0].ID); err != nil {
		t.Fatal(err)
	}
	storetest.UntilNodes(t, s, up)
	if err := node.Close(ctx); err != nil {
		t.Error(err)
	}
	if leases, err := client.Leases(ctx); err != nil || len(leases.Leases) != 0 {
		t.Errorf("leases left: %v, %v", leases, err)
	}
}

// TestPassword opens a store of an etcd that asks for a password and is not
// there yet.
func TestPassword(t *testing.T) {
	server := etcdtest.Start(t)
	ctx, client := context.Background(), server.Client()
	for _, step := range []func() error{
		func() error { _, err := client.UserAdd(ctx, "root", "secret"); return err },
		func() error { _, err := client.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := client.AuthEnable(ctx); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	server.Stop()
	config := server.Config("default")
	config.Username, config.Password = "root", "secret"
	s := open(t, config)
	f := storetest.Follow(t, s)
	server.Restart()
	f.UntilRevision(write(t, s, putRoute("a", "1")))
	// A restart makes the token worthless.
	server.Restart()
	f.UntilRevision(write(t, s, putRoute("a", "2")))
}

func open(t *testing.T, config etcd.Config) *etcd.Store {
	t.Helper()
	s, err := etcd.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
