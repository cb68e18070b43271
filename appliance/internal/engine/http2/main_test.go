// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
