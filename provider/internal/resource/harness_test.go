// SPDX-License-Identifier: Apache-2.0

package resource_test

import (
	"testing"

	fw "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/quoted"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/resource"
)

// resourceOf returns the resource of a kind, which is not configured yet.
func resourceOf(t *testing.T, kind string) (fw.Resource, schema.Schema) {
	t.Helper()
	for _, make := range resource.All(plugins.All(), new(quoted.Configuration)) {
		r := make()
		var meta fw.MetadataResponse
		r.Metadata(t.Context(), fw.MetadataRequest{ProviderTypeName: "penstock"}, &meta)
		if meta.TypeName == "penstock_"+kind {
			var answer fw.SchemaResponse
			r.Schema(t.Context(), fw.SchemaRequest{}, &answer)
			return r, answer.Schema
		}
	}
	t.Fatalf("there is no penstock_%s", kind)
	return nil, schema.Schema{}
}

// objectOf returns a value of a schema; what is not given is null.
func objectOf(t *testing.T, s schema.Schema, given map[string]tftypes.Value) tftypes.Value {
	t.Helper()
	typ := s.Type().TerraformType(t.Context()).(tftypes.Object)
	members := make(map[string]tftypes.Value)
	for name, inner := range typ.AttributeTypes {
		members[name] = tftypes.NewValue(inner, nil)
		if v, ok := given[name]; ok {
			members[name] = v
		}
	}
	return tftypes.NewValue(typ, members)
}
