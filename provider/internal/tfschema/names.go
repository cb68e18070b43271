// SPDX-License-Identifier: Apache-2.0

package tfschema

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// writeOnly ends the name of an attribute that Terraform never keeps.
const writeOnly = "_wo"

// attributeName returns what a field of the object is called in Terraform.
func (s *Shape) attributeName(f *schema.Field) string {
	if f.Secret {
		return f.Name + writeOnly
	}
	if name, ok := strings.CutSuffix(f.Name, "_version"); ok {
		if secret := s.Kind.Type.Field(name); secret != nil && secret.Secret {
			return name + writeOnly + "_version"
		}
	}
	return f.Name
}

// field returns the object's field behind an attribute's name, or nil.
func (s *Shape) field(attribute string) *schema.Field {
	for _, f := range s.Kind.Type.Fields {
		if s.attributeName(f) == attribute {
			return f
		}
	}
	return nil
}
