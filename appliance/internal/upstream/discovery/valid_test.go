// SPDX-License-Identifier: Apache-2.0

package discovery_test

import (
	"encoding/json"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

var targetType = schema.Of(func() api.Target { return api.Target{} })

// checkTarget holds a target against what configurations may contain.
func checkTarget(t *testing.T, target api.Target) {
	t.Helper()
	b, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	var again api.Target
	if err := targetType.Decode(b, &again, schema.Complete); err != nil {
		t.Errorf("%s is not a valid target: %v", b, err)
	}
}
