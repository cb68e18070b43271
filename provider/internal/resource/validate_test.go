// SPDX-License-Identifier: Apache-2.0

package resource_test

import (
	"testing"

	fw "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform repeats the source of an attribute with each diagnostic: what is
// wrong in one dynamic attribute comes in one, a line each, and other
// attributes have their own.
func TestMistakesOfOneAttributeAreToldTogether(t *testing.T) {
	r, schema := resourceOf(t, "route")
	limit := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"count": tftypes.Number, "status": tftypes.Number}}
	plugins := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"rate_limit": limit}}
	config := objectOf(t, schema, map[string]tftypes.Value{
		"id":       tftypes.NewValue(tftypes.String, "r"),
		"upstream": tftypes.NewValue(tftypes.String, "not an id"),
		"plugins": tftypes.NewValue(plugins, map[string]tftypes.Value{"rate_limit": tftypes.NewValue(limit, map[string]tftypes.Value{
			"count": tftypes.NewValue(tftypes.Number, 0), "status": tftypes.NewValue(tftypes.Number, 200),
		})}),
	})
	var resp fw.ValidateConfigResponse
	r.(fw.ResourceWithValidateConfig).ValidateConfig(t.Context(), fw.ValidateConfigRequest{Config: tfsdk.Config{Raw: config, Schema: schema}}, &resp)
	const want = "plugins.rate_limit.count: must be between 1 and 10000000, is 0\n" +
		"plugins.rate_limit.status: must be between 400 and 599, is 200"
	together := 0
	for _, d := range resp.Diagnostics {
		if d.Detail() == want {
			together++
		}
	}
	if len(resp.Diagnostics) != 2 || together != 1 {
		t.Errorf("told is %v", resp.Diagnostics)
	}
}
