// SPDX-License-Identifier: Apache-2.0

package function

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A certInfo reads the first certificate of a PEM text.
type certInfo struct{}

func newCertInfo() function.Function { return certInfo{} }

func (certInfo) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "cert_info"
}

// certificateFacts is what cert_info returns; the tags are Terraform's names.
type certificateFacts struct {
	Subject     string   `tfsdk:"subject"`
	Issuer      string   `tfsdk:"issuer"`
	DNSNames    []string `tfsdk:"dns_names"`
	NotBefore   string   `tfsdk:"not_before"`
	NotAfter    string   `tfsdk:"not_after"`
	Serial      string   `tfsdk:"serial"`
	Fingerprint string   `tfsdk:"fingerprint_sha256"`
}

func (certInfo) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "What a PEM certificate says",
		MarkdownDescription: "Reads the first certificate of a PEM text and returns an object with `subject`, `issuer`, `dns_names`, " +
			"`not_before` and `not_after` (RFC 3339, UTC), `serial` (decimal) and `fingerprint_sha256` (hexadecimal, of the certificate in DER).",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "pem", MarkdownDescription: "One or more certificates in PEM; the first one is read."},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"subject": types.StringType, "issuer": types.StringType, "dns_names": types.ListType{ElemType: types.StringType},
			"not_before": types.StringType, "not_after": types.StringType, "serial": types.StringType, "fingerprint_sha256": types.StringType,
		}},
	}
}

func (certInfo) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		resp.Error = function.NewArgumentFuncError(0, `must be a PEM certificate: text that begins with "-----BEGIN CERTIFICATE-----"`)
		return
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, "the certificate cannot be read: "+err.Error())
		return
	}
	sum := sha256.Sum256(c.Raw)
	resp.Error = resp.Result.Set(ctx, certificateFacts{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), DNSNames: append([]string{}, c.DNSNames...),
		NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
		Serial: c.SerialNumber.String(), Fingerprint: hex.EncodeToString(sum[:]),
	})
}
