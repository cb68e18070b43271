// SPDX-License-Identifier: Apache-2.0

package api

import (
	"crypto/tls"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Certificate is a chain, its private key and the names it answers to.
type Certificate struct {
	Meta
	Certificate       string              `json:"certificate" check:"format=pem_certificate" doc:"PEM certificates, the server's own first, then those that vouch for it."`
	PrivateKey        string              `json:"private_key" secret:"true" check:"format=pem_private_key" doc:"PEM private key of the first certificate. It is never shown again."`
	PrivateKeyVersion int                 `json:"private_key_version,omitzero" check:"min=1" doc:"Number that you raise whenever the private key changes."`
	Names             []match.HostPattern `json:"names,omitzero" check:"min=1,unique" doc:"Server names that this certificate answers to; those in the certificate if not given."`
}

// Validate holds that the key belongs to the certificate.
func (c *Certificate) Validate() error {
	if c.PrivateKey == "" {
		return nil
	}
	if _, err := tls.X509KeyPair([]byte(c.Certificate), []byte(c.PrivateKey)); err != nil {
		return schema.At("private_key", "does not belong to the certificate: %s", err)
	}
	return nil
}
