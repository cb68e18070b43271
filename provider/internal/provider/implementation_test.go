// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	fw "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/provider"
)

// The framework's own rules hold for everything that the provider offers.
func TestImplementation(t *testing.T) {
	ctx := context.Background()
	p := provider.New("test", catalogue)()
	var schema fw.SchemaResponse
	p.Schema(ctx, fw.SchemaRequest{}, &schema)
	schema.Diagnostics.Append(schema.Schema.ValidateImplementation(ctx)...)
	for _, d := range schema.Diagnostics {
		t.Errorf("provider: %s: %s", d.Summary(), d.Detail())
	}
	for _, make := range p.Resources(ctx) {
		var meta resource.MetadataResponse
		make().Metadata(ctx, resource.MetadataRequest{ProviderTypeName: "penstock"}, &meta)
		var schema resource.SchemaResponse
		make().Schema(ctx, resource.SchemaRequest{}, &schema)
		schema.Diagnostics.Append(schema.Schema.ValidateImplementation(ctx)...)
		for _, d := range schema.Diagnostics {
			t.Errorf("%s: %s: %s", meta.TypeName, d.Summary(), d.Detail())
		}
		for name, a := range schema.Schema.Attributes {
			if a.GetMarkdownDescription() == "" {
				t.Errorf("%s: %s has no description", meta.TypeName, name)
			}
			if a.IsComputed() && !(meta.TypeName == "penstock_cluster_settings" && name == "id") {
				t.Errorf("%s: %s is computed: the gateway adds nothing to what it is given", meta.TypeName, name)
			}
		}
	}
	for _, make := range p.DataSources(ctx) {
		var schema datasource.SchemaResponse
		make().Schema(ctx, datasource.SchemaRequest{}, &schema)
		schema.Diagnostics.Append(schema.Schema.ValidateImplementation(ctx)...)
		for _, d := range schema.Diagnostics {
			t.Errorf("data source: %s: %s", d.Summary(), d.Detail())
		}
	}
	for _, make := range p.(fw.ProviderWithFunctions).Functions(ctx) {
		var definition function.DefinitionResponse
		make().Definition(ctx, function.DefinitionRequest{}, &definition)
		var validated function.DefinitionValidateResponse
		definition.Definition.ValidateImplementation(ctx, function.DefinitionValidateRequest{FuncName: "f"}, &validated)
		for _, d := range validated.Diagnostics {
			t.Errorf("function: %s: %s", d.Summary(), d.Detail())
		}
	}
}
