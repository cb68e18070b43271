// SPDX-License-Identifier: Apache-2.0

package function_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	fw "github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/function"
)

// call runs a function as Terraform would.
func call(t *testing.T, name string, arguments ...attr.Value) (attr.Value, *fw.FuncError) {
	t.Helper()
	ctx := context.Background()
	for _, make := range function.All() {
		f := make()
		var meta fw.MetadataResponse
		f.Metadata(ctx, fw.MetadataRequest{}, &meta)
		if meta.Name != name {
			continue
		}
		var definition fw.DefinitionResponse
		f.Definition(ctx, fw.DefinitionRequest{}, &definition)
		result, err := definition.Definition.Return.NewResultData(ctx)
		if err != nil {
			t.Fatal(err)
		}
		resp := fw.RunResponse{Result: result}
		f.Run(ctx, fw.RunRequest{Arguments: fw.NewArgumentsData(arguments)}, &resp)
		return resp.Result.Value(), resp.Error
	}
	t.Fatalf("there is no function %s", name)
	return nil, nil
}

func TestCertInfo(t *testing.T) {
	certificate, chain, _ := testkit.NewAuthority(t).Issue(t, "example.com", "www.example.com")
	got, err := call(t, "cert_info", types.StringValue(chain))
	if err != nil {
		t.Fatal(err)
	}
	facts := got.(types.Object).Attributes()
	for name, want := range map[string]string{
		"subject": `"CN=test"`, "issuer": `"CN=test authority"`, "dns_names": `["example.com","www.example.com"]`,
		"serial": `"` + certificate.Leaf.SerialNumber.String() + `"`, "not_after": certificate.Leaf.NotAfter.UTC().Format(`"2006-01-02T15:04:05Z"`),
	} {
		if facts[name].String() != want {
			t.Errorf("%s is %s, want %s", name, facts[name], want)
		}
	}
	if n := len(facts["fingerprint_sha256"].(types.String).ValueString()); n != 64 {
		t.Errorf("the fingerprint has %d digits", n)
	}
	for _, bad := range []string{"", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", strings.ReplaceAll(chain, "CERTIFICATE", "PRIVATE KEY")} {
		if _, err := call(t, "cert_info", types.StringValue(bad)); err == nil || err.FunctionArgument == nil {
			t.Errorf("%.30q: the error is %v", bad, err)
		}
	}
}

func TestPathMatches(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"/users", "/users", true},
		{"/users", "/users/1", false},
		{"/users/*", "/users/1", true},
		{"/users/{id}", "/users/1", true},
		{"/users/{id}", "/users/1/2", false},
		{"~^/v[0-9]+/", "/v12/x", true},
	}
	for _, test := range tests {
		got, err := call(t, "path_matches", types.StringValue(test.pattern), types.StringValue(test.path))
		if err != nil || got.(types.Bool).ValueBool() != test.want {
			t.Errorf("%s on %s is %v, %v", test.pattern, test.path, got, err)
		}
	}
	for _, bad := range [][2]string{{"users", "/users"}, {"/users", "users"}, {"/users/{id", "/users/1"}} {
		if _, err := call(t, "path_matches", types.StringValue(bad[0]), types.StringValue(bad[1])); err == nil || err.FunctionArgument == nil {
			t.Errorf("%q: the error is %v", bad, err)
		}
	}
}
