// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema/schematest"
)

// Every kind keeps the laws of declarations.
func TestLaws(t *testing.T) {
	for _, k := range api.Kinds() {
		schematest.Laws(t, k.Name, k.Type)
	}
}
