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
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/gateway"
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
	r, schema := resourceOf(t, "consumer")
	r.(fw.ResourceWithConfigure).Configure(ctx, fw.ConfigureRequest{ProviderData: gateway.New(c)}, &fw.ConfigureResponse{})
	state := tfsdk.State{Raw: objectOf(t, schema, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "ann")}), Schema: schema}
	resp := fw.ReadResponse{State: state}
	r.Read(ctx, fw.ReadRequest{State: state}, &resp)
	if told := fmt.Sprint(resp.Diagnostics.Warnings()); !strings.Contains(told, "consumer/ann has quota") {
		t.Errorf("told is %s, %v", told, resp.Diagnostics)
	}
}
