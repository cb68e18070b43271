// SPDX-License-Identifier: Apache-2.0

package api

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Consumer is somebody who calls through the gateway.
type Consumer struct {
	Meta
	Policies []string `json:"policies,omitzero" check:"unique,ref=policy" doc:"Policies that apply to the consumer's requests, later ones overriding earlier ones plugin by plugin."`
	Plugins  Plugins  `json:"plugins,omitzero" doc:"Plugins of the consumer's requests; they take the place of the route's from the moment the consumer is known."`
}

// PluginSettings returns the plugins that the object itself carries.
func (c *Consumer) PluginSettings() Plugins { return c.Plugins }

// CredentialKey is the type of a credential that is one secret string.
const CredentialKey = "key"

// A Credential proves who calls.
type Credential struct {
	Meta
	Consumer      string `json:"consumer" check:"ref=consumer" doc:"Who is taken to be calling."`
	Type          string `json:"type" check:"enum=key" doc:"What kind of proof it is: key is one secret string, for key_auth."`
	Secret        string `json:"secret" secret:"true" check:"min=16,max=512,format=header_value" doc:"The secret itself. It is never shown again."`
	SecretVersion int    `json:"secret_version,omitzero" check:"min=1" doc:"Number that you raise whenever the secret changes."`
}

// Fingerprint identifies a secret of a type without revealing it.
func Fingerprint(credentialType, secret string) string {
	sum := sha256.Sum256([]byte(credentialType + "\x00" + secret))
	return hex.EncodeToString(sum[:])
}

// Claims holds the secret: no two credentials may share it, or it would not
// say who calls.
func (c *Credential) Claims() []string {
	if c.Secret == "" {
		return nil
	}
	return []string{"credential/secret/" + Fingerprint(c.Type, c.Secret)}
}
