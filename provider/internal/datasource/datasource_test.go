// SPDX-License-Identifier: Apache-2.0

package datasource_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	fw "github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/datasource"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
)

// A recorder answers every request alike, and notes its path.
type recorder struct{ asked []string }

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.asked = append(r.asked, q.URL.Path)
	body := io.NopCloser(strings.NewReader(`{"revision":7,"problems":[]}`))
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: q}, nil
}

// A question about routing is asked only when the node is known to serve what
// was written.
func TestRouteMatchWaits(t *testing.T) {
	ctx := context.Background()
	var r recorder
	c, err := client.New(client.Config{Endpoint: "http://gateway.test", Token: "t", Transport: &r})
	if err != nil {
		t.Fatal(err)
	}
	for _, newSource := range datasource.All() {
		source := newSource().(fw.DataSourceWithConfigure)
		var meta fw.MetadataResponse
		source.Metadata(ctx, fw.MetadataRequest{ProviderTypeName: "penstock"}, &meta)
		if meta.TypeName != "penstock_route_match" {
			continue
		}
		var schema fw.SchemaResponse
		source.Schema(ctx, fw.SchemaRequest{}, &schema)
		source.Configure(ctx, fw.ConfigureRequest{ProviderData: gateway.New(c)}, &fw.ConfigureResponse{})
		typ := schema.Schema.Type().TerraformType(ctx).(tftypes.Object)
		members := map[string]tftypes.Value{}
		for name, inner := range typ.AttributeTypes {
			members[name] = tftypes.NewValue(inner, nil)
		}
		members["path"] = tftypes.NewValue(tftypes.String, "/")
		config := tfsdk.Config{Raw: tftypes.NewValue(typ, members), Schema: schema.Schema}
		resp := fw.ReadResponse{State: tfsdk.State{Raw: tftypes.NewValue(typ, nil), Schema: schema.Schema}}
		source.Read(ctx, fw.ReadRequest{Config: config}, &resp)
		if resp.Diagnostics.HasError() || !slices.Equal(r.asked, []string{"/v1/problems", "/v1/match"}) {
			t.Errorf("asked were %v: %v", r.asked, resp.Diagnostics)
		}
		return
	}
	t.Error("there is no penstock_route_match")
}
