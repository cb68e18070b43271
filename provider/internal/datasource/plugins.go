// SPDX-License-Identifier: Apache-2.0

package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

type pluginList struct {
	Plugins []pluginInfo `tfsdk:"plugins"`
}

type pluginInfo struct {
	Name    string `tfsdk:"name"`
	Order   int64  `tfsdk:"order"`
	Summary string `tfsdk:"summary"`
	Schema  string `tfsdk:"schema"`
}

func newPlugins() datasource.DataSource {
	return &source[pluginList]{
		name: "plugins",
		schema: schema.Schema{
			MarkdownDescription: "The plugins that the gateway has.",
			Attributes: map[string]schema.Attribute{
				"plugins": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The plugins, in the order in which requests pass them.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"name":    schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the plugin, as in `plugins`."},
						"order":   schema.Int64Attribute{Computed: true, MarkdownDescription: "Its place in the order, from 0."},
						"summary": schema.StringAttribute{Computed: true, MarkdownDescription: "What it does."},
						"schema":  schema.StringAttribute{Computed: true, MarkdownDescription: "JSON Schema of its settings."},
					}}},
			},
		},
		answer: func(ctx context.Context, c *client.Client, m *pluginList) error {
			have, err := c.Plugins(ctx)
			m.Plugins = make([]pluginInfo, len(have))
			for i, p := range have {
				m.Plugins[i] = pluginInfo{p.Name, int64(p.Order), p.Summary, string(p.Schema)}
			}
			return err
		},
	}
}
