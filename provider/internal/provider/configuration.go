// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"math/big"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

// Environment variables that stand in for attributes which are not given.
const (
	envEndpoint          = "PENSTOCK_ENDPOINT"
	envToken             = "PENSTOCK_TOKEN"
	envCACertificate     = "PENSTOCK_CA_CERTIFICATE"
	envCACertificateFile = "PENSTOCK_CACERT"
)

// maxRetries bounds how long a request may go on: the pauses between tries grow.
const maxRetries = 20

// A model is the provider's configuration.
type model struct {
	Endpoint      types.String `tfsdk:"endpoint"`
	Token         types.String `tfsdk:"token"`
	CACertificate types.String `tfsdk:"ca_certificate"`
	Insecure      types.Bool   `tfsdk:"insecure_skip_verify"`
	Retries       types.Number `tfsdk:"retries"`
}

// connect returns a client, or nil while anything it needs is not known: then
// whoever needs it says so.
func (m *model) connect(version string, diags *diag.Diagnostics) *client.Client {
	config := client.Config{
		Endpoint:   orEnvironment(m.Endpoint, envEndpoint),
		Token:      orEnvironment(m.Token, envToken),
		Insecure:   m.Insecure.ValueBool(),
		MaxRetries: m.retries(diags),
		UserAgent:  "terraform-provider-penstock/" + version,
	}
	config.CACertificate = m.authorities(diags)
	unknown := m.Endpoint.IsUnknown() || m.Token.IsUnknown() || m.CACertificate.IsUnknown() || m.Insecure.IsUnknown() || m.Retries.IsUnknown()
	if unknown || diags.HasError() {
		return nil
	}
	if config.Endpoint == "" {
		diags.AddAttributeError(path.Root("endpoint"), "Gateway not given", "endpoint: is required: the URL of the Admin API. Set it, or the environment variable "+envEndpoint+".")
	}
	if config.Token == "" {
		diags.AddAttributeError(path.Root("token"), "Token not given", "token: is required: a token of the Admin API. Set it, or the environment variable "+envToken+".")
	}
	if diags.HasError() {
		return nil
	}
	c, err := client.New(config)
	if err != nil {
		diags.AddError("Invalid provider configuration", err.Error())
	}
	return c
}

func orEnvironment(v types.String, name string) string {
	if v.IsNull() {
		return os.Getenv(name)
	}
	return v.ValueString()
}

func (m *model) authorities(diags *diag.Diagnostics) string {
	if pem := orEnvironment(m.CACertificate, envCACertificate); pem != "" || !m.CACertificate.IsNull() {
		return pem
	}
	name := os.Getenv(envCACertificateFile)
	if name == "" {
		return ""
	}
	pem, err := os.ReadFile(name)
	if err != nil {
		diags.AddError("Invalid provider configuration", envCACertificateFile+" names a file that cannot be read: "+err.Error())
	}
	return string(pem)
}

// retries returns what client.Config calls it: there, 0 stands for the default
// and a negative number for never.
func (m *model) retries(diags *diag.Diagnostics) int {
	if m.Retries.IsNull() || m.Retries.IsUnknown() {
		return client.DefaultRetries
	}
	n, accuracy := m.Retries.ValueBigFloat().Int64()
	if accuracy != big.Exact || n < 0 || n > maxRetries {
		diags.AddAttributeError(path.Root("retries"), "Invalid provider configuration", "retries: must be a whole number between 0 and 20, is "+m.Retries.ValueBigFloat().String())
	}
	if n == 0 {
		return -1
	}
	return int(n)
}
