// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// Terraform drops, without a word, what a user writes into a typed object that
// its type lacks. That is why attributes that hold objects are dynamic here
// (docs/design/0009). When this test fails, Terraform has begun to tell, and
// they may become typed.
func TestAccTerraformDropsWhatATypeLacks(t *testing.T) {
	tf := newTerraformOf(t, providerserver.NewProtocol6WithError(typedProvider{}))
	tf.write("main.tf", required+`
resource "penstock_policy" "public" {
  plugins = {
    key_auht   = {}
    rate_limit = { count = 50, widnow = "1m" }
  }
}
`)
	if out, ok := tf.try("validate"); !ok {
		t.Errorf("terraform validate tells what a type lacks:\n%s", out)
	}
	if out, ok := tf.try("plan"); !ok {
		t.Errorf("terraform plan tells what a type lacks:\n%s", out)
	}
}

// A typedProvider has one resource whose plugins are a typed object.
type typedProvider struct{ provider.Provider }

func (typedProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "penstock"
}
func (typedProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (typedProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (typedProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (typedProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return typedPolicy{} }}
}

type typedPolicy struct{ resource.Resource }

func (typedPolicy) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "penstock_policy"
}

func (typedPolicy) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"plugins": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"key_auth": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
				"bearer": schema.BoolAttribute{Optional: true},
			}},
			"rate_limit": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
				"count":  schema.NumberAttribute{Required: true},
				"window": schema.StringAttribute{Optional: true},
			}},
		}},
	}}
}
