// SPDX-License-Identifier: Apache-2.0

package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

type nodes struct {
	Nodes []node `tfsdk:"nodes"`
}

type node struct {
	ID       string `tfsdk:"id"`
	Version  string `tfsdk:"version"`
	Zone     string `tfsdk:"zone"`
	State    string `tfsdk:"state"`
	Revision int64  `tfsdk:"revision"`
	Problems int64  `tfsdk:"problems"`
	Started  string `tfsdk:"started"`
}

func newNodes() datasource.DataSource {
	return &source[nodes]{
		name: "nodes",
		schema: schema.Schema{
			MarkdownDescription: "The live nodes of the cluster.",
			Attributes: map[string]schema.Attribute{
				"nodes": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "The nodes, by id.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"id":       schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the node."},
						"version":  schema.StringAttribute{Computed: true, MarkdownDescription: "Version of the appliance that it runs."},
						"zone":     schema.StringAttribute{Computed: true, MarkdownDescription: "Zone that it runs in, empty if it has none."},
						"state":    schema.StringAttribute{Computed: true, MarkdownDescription: "What it does now, such as `serving` or `draining`."},
						"revision": schema.Int64Attribute{Computed: true, MarkdownDescription: "Revision of the configuration that it runs."},
						"problems": schema.Int64Attribute{Computed: true, MarkdownDescription: "How many objects of that configuration it could not use."},
						"started":  schema.StringAttribute{Computed: true, MarkdownDescription: "When it started (RFC 3339)."},
					}}},
			},
		},
		answer: func(ctx context.Context, c *client.Client, m *nodes) error {
			live, err := c.Nodes(ctx)
			m.Nodes = make([]node, len(live))
			for i, n := range live {
				m.Nodes[i] = node{n.ID, n.Version, n.Zone, n.State, n.Revision, int64(n.Problems), n.Started}
			}
			return err
		},
	}
}
