// SPDX-License-Identifier: Apache-2.0

// Package provider is the Terraform provider: its configuration, and the lists
// of what it offers.
package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	datasources "github.com/penstock-gateway/terraform-provider-penstock/provider/internal/datasource"
	functions "github.com/penstock-gateway/terraform-provider-penstock/provider/internal/function"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/quoted"
	resources "github.com/penstock-gateway/terraform-provider-penstock/provider/internal/resource"
)

type penstock struct {
	version string
	plugins *plugin.Catalogue
	written quoted.Configuration
}

var (
	_ provider.Provider                   = (*penstock)(nil)
	_ provider.ProviderWithFunctions      = (*penstock)(nil)
	_ provider.ProviderWithValidateConfig = (*penstock)(nil)
)

// New returns a function that makes the provider, for a catalogue of plugins.
func New(version string, plugins *plugin.Catalogue) func() provider.Provider {
	return func() provider.Provider { return &penstock{version: version, plugins: plugins} }
}

func (p *penstock) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "penstock", p.version
}

func (p *penstock) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Configures a Penstock gateway through its Admin API.",
		Attributes: map[string]schema.Attribute{
			"endpoint": schema.StringAttribute{Optional: true, MarkdownDescription: "URL of the Admin API, such as `https://gateway.example.com:9180`. Or set `" + envEndpoint + "`."},
			"token":    schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Bearer token for the Admin API. Or set `" + envToken + "`, which keeps it out of the configuration."},
			"ca_certificate": schema.StringAttribute{Optional: true, MarkdownDescription: "PEM certificates of the authorities to trust for the Admin API, instead of the system's. Or set `" +
				envCACertificate + "` to the PEM, or `" + envCACertificateFile + "` to the name of a file that has it."},
			"insecure_skip_verify": schema.BoolAttribute{Optional: true, MarkdownDescription: "Accept any certificate of the Admin API. For tests only: the token can be stolen. Default: `false`."},
			"retries":              schema.NumberAttribute{Optional: true, MarkdownDescription: "How often a request is sent again when the gateway cannot take it now (429, 503, or no connection). 0 to 20. Default: `4`."},
		},
	}
}

// ValidateConfig comes before a configuration is validated, and before the
// provider is configured.
func (p *penstock) ValidateConfig(context.Context, provider.ValidateConfigRequest, *provider.ValidateConfigResponse) {
	p.written.Begin()
}

func (p *penstock) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	p.written.End()
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	c := m.connect(p.version, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	g := gateway.New(c)
	resp.ResourceData, resp.DataSourceData = g, g
}

func (p *penstock) Resources(context.Context) []func() resource.Resource {
	return resources.All(p.plugins, &p.written)
}

func (p *penstock) DataSources(context.Context) []func() datasource.DataSource {
	return datasources.All()
}

func (p *penstock) Functions(context.Context) []func() function.Function { return functions.All() }
