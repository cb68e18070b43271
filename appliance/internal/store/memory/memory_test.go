// SPDX-License-Identifier: Apache-2.0

package memory_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/memory"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store/storetest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

func TestRegistry(t *testing.T) {
	storetest.RunRegistry(t, func(*testing.T) store.Registry { return memory.New() })
}
