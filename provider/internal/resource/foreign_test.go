// SPDX-License-Identifier: Apache-2.0

package resource_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	fw "github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/quoted"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/resource"
)

type answer string

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Etag": {`"7"`}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(string(a))), Request: r}, nil
}

// What a newer gateway has and this provider does not know is told, before a
// change by Terraform would remove it.
func TestForeignSettingIsTold(t *testing.T) {
	ctx := context.Background()
	c, err := client.New(client.Config{Endpoint: "http://gateway.test", Token: "t", Transport: answer(`{"id":"ann","quota":5}`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, make := range resource.All(plugins.All(), new(quoted.Configuration)) {
		r := make().(fw.ResourceWithConfigure)
		var meta fw.MetadataResponse
		r.Metadata(ctx, fw.MetadataRequest{ProviderTypeName: "penstock"}, &meta)
		if meta.TypeName != "penstock_consumer" {
			continue
		}
		var schema fw.SchemaResponse
		r.Schema(ctx, fw.SchemaRequest{}, &schema)
		r.Configure(ctx, fw.ConfigureRequest{ProviderData: gateway.New(c)}, &fw.ConfigureResponse{})
		typ := schema.Schema.Type().TerraformType(ctx).(tftypes.Object)
		members := map[string]tftypes.Value{}
		for name, inner := range typ.AttributeTypes {
			members[name] = tftypes.NewValue(inner, nil)
		}
		members["id"] = tftypes.NewValue(tftypes.String, "ann")
		state := tfsdk.State{Raw: tftypes.NewValue(typ, members), Schema: schema.Schema}
		resp := fw.ReadResponse{State: state}
		r.Read(ctx, fw.ReadRequest{State: state}, &resp)
		if told := fmt.Sprint(resp.Diagnostics.Warnings()); !strings.Contains(told, "consumer/ann has quota") {
			t.Errorf("told is %s, %v", told, resp.Diagnostics)
		}
		return
	}
	t.Error("there is no penstock_consumer")
}
