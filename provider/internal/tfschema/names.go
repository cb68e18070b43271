// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// writeOnly ends the name of an attribute that Terraform never keeps.
const writeOnly = "_wo"

// attributeName returns what a field of an object is called in Terraform.
func attributeName(t *schema.Type, f *schema.Field) string {
	if f.Secret {
		return f.Name + writeOnly
	}
	if secret := versionOf(t, f); secret != nil {
		return attributeName(t, secret) + "_version"
	}
	return f.Name
}

// versionOf returns the secret whose version a field counts, nil for others.
func versionOf(t *schema.Type, f *schema.Field) *schema.Field {
	if name, ok := strings.CutSuffix(f.Name, "_version"); ok {
		if secret := t.Field(name); secret != nil && secret.Secret {
			return secret
		}
	}
	return nil
}

// fieldOf returns the field behind an attribute's name, or nil.
func fieldOf(t *schema.Type, attribute string) *schema.Field {
	for _, f := range t.Fields {
		if attributeName(t, f) == attribute {
			return f
		}
	}
	return nil
}
