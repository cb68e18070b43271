// SPDX-License-Identifier: Apache-2.0

// Package datasource holds what Terraform can ask a gateway that is no object
// of its configuration.
package datasource

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
)

// All returns the data sources.
func All() []func() datasource.DataSource {
	return []func() datasource.DataSource{newNodes, newPlugins, newRouteMatch}
}

// A source asks the gateway one question. M is the question with its answer,
// a struct with a tfsdk tag for each attribute.
type source[M any] struct {
	name   string
	schema schema.Schema
	serves bool // whether the answer depends on what the node serves by now
	answer func(ctx context.Context, c *client.Client, m *M) error

	gateway *gateway.Gateway
}

func (s *source[M]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + s.name
}

func (s *source[M]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = s.schema
}

func (s *source[M]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil {
		return // validation comes before configuration
	}
	g, ok := req.ProviderData.(*gateway.Gateway)
	if !ok {
		resp.Diagnostics.AddError("Provider not configured", fmt.Sprintf("The provider gave its data sources a %T; this is a mistake in the provider.", req.ProviderData))
		return
	}
	s.gateway = g
}

func (s *source[M]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m M
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := s.ask(ctx, &m); err != nil {
		resp.Diagnostics = append(resp.Diagnostics, diag.NewErrorDiagnostic("Cannot read penstock_"+s.name, err.Error()))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

func (s *source[M]) ask(ctx context.Context, m *M) error {
	connect := func(context.Context) (*client.Client, error) { return s.gateway.Client() }
	if s.serves {
		connect = s.gateway.Serving
	}
	c, err := connect(ctx)
	if err != nil {
		return err
	}
	return s.answer(ctx, c, m)
}
