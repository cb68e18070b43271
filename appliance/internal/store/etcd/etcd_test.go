// SPDX-License-Identifier: Apache-2.0

package etcd_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/etcd/etcdtest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) {
	leaktest.Main(m)
}

// TestStore runs the conformance suite over the network, in many clusters of
// one etcd at once: they do not see each other (S3-22).
func TestStore(t *testing.T) {
	server := etcdtest.Start(t)
	var n atomic.Int32
	open := func(t *testing.T) *etcd.Store {
		return server.Store(fmt.Sprintf("cluster-%d", n.Add(1)))
	}
	t.Run("suite", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
		storetest.RunRegistry(t, func(t *testing.T) store.Registry { return open(t) })
	})
}

// TestStoreInProcess runs it through the client inside the process, with the
// limits of an etcd that nobody configured.
func TestStoreInProcess(t *testing.T) {
	server := etcdtest.Start(t)
	var n atomic.Int32
	open := func(t *testing.T) *etcd.Store {
		config := etcd.Config{Client: server.Client(), Cluster: fmt.Sprintf("cluster-%d", n.Add(1)), Timeout: 30 * time.Second}
		s, err := etcd.Open(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	t.Run("suite", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
		storetest.RunRegistry(t, func(t *testing.T) store.Registry { return open(t) })
	})
}
