// SPDX-License-Identifier: Apache-2.0

package datasource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

type routeMatch struct {
	Listener *string            `tfsdk:"listener"`
	Method   *string            `tfsdk:"method"`
	Scheme   *string            `tfsdk:"scheme"`
	Host     *string            `tfsdk:"host"`
	Path     string             `tfsdk:"path"`
	Headers  map[string]*string `tfsdk:"headers"`
	Client   *string            `tfsdk:"client"`
	GRPC     *bool              `tfsdk:"grpc"`

	Route    *string           `tfsdk:"route"`
	Service  *string           `tfsdk:"service"`
	Upstream *string           `tfsdk:"upstream"`
	Params   map[string]string `tfsdk:"params"`
	Plugins  []string          `tfsdk:"plugins"`
	Rejected []rejected        `tfsdk:"rejected"`
}

type rejected struct {
	Route     string `tfsdk:"route"`
	Condition string `tfsdk:"condition"`
}

func newRouteMatch() datasource.DataSource {
	return &source[routeMatch]{
		name:   "route_match",
		serves: true,
		schema: schema.Schema{
			MarkdownDescription: "Which route would take a request, as the gateway routes once it serves what this run has applied. With `depends_on` it shows what an apply has come to.",
			Attributes: map[string]schema.Attribute{
				"listener": schema.StringAttribute{Optional: true, MarkdownDescription: "Id of the listener that the request comes in on; any if not given."},
				"method":   schema.StringAttribute{Optional: true, MarkdownDescription: "Method of the request. Default: `GET`, or `POST` with `grpc`."},
				"scheme":   schema.StringAttribute{Optional: true, MarkdownDescription: "`http` or `https`. Default: `http`."},
				"host":     schema.StringAttribute{Optional: true, MarkdownDescription: "Host that is asked for."},
				"path":     schema.StringAttribute{Required: true, MarkdownDescription: "Path, with the query if there is one."},
				"headers":  schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: "Header fields by name."},
				"client":   schema.StringAttribute{Optional: true, MarkdownDescription: "IP address of the client."},
				"grpc":     schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether it is a gRPC call. Default: `false`."},

				"route":    schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the route that takes the request; null if none does."},
				"service":  schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the route's service; null if it has none."},
				"upstream": schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the upstream that the request goes to."},
				"params":   schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Parameters of the path by name."},
				"plugins":  schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Plugins that apply, in the order in which the request passes them."},
				"rejected": schema.ListNestedAttribute{Computed: true, MarkdownDescription: "Routes whose host and path fit while another condition does not.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"route":     schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the route."},
						"condition": schema.StringAttribute{Computed: true, MarkdownDescription: "What does not fit."},
					}}},
			},
		},
		answer: func(ctx context.Context, c *client.Client, m *routeMatch) error {
			result, err := c.Match(ctx, m.request())
			if err != nil {
				return err
			}
			m.Route, m.Service, m.Upstream = given(result.Route), given(result.Service), given(result.Upstream)
			m.Params = map[string]string{}
			if result.Params != nil {
				m.Params = result.Params
			}
			m.Plugins = append([]string{}, result.Plugins...)
			m.Rejected = make([]rejected, len(result.Rejected))
			for i, r := range result.Rejected {
				m.Rejected[i] = rejected{r.Route, r.Condition}
			}
			return nil
		},
	}
}

func (m *routeMatch) request() api.MatchRequest {
	r := api.MatchRequest{
		Listener: value(m.Listener), Method: value(m.Method), Scheme: value(m.Scheme), Host: value(m.Host),
		Path: m.Path, Headers: m.headers(), Client: value(m.Client), GRPC: value(m.GRPC),
	}
	if r.Method == "" {
		r.Method = "GET"
		if r.GRPC {
			r.Method = "POST"
		}
	}
	return r
}

// headers returns the fields that are not null: those are not given.
func (m *routeMatch) headers() map[string]string {
	out := make(map[string]string, len(m.Headers))
	for name, v := range m.Headers {
		if v != nil {
			out[name] = *v
		}
	}
	return out
}

// value returns what is pointed to, the zero for null.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// given returns null for "".
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
