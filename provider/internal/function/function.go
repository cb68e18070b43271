// SPDX-License-Identifier: Apache-2.0

// Package function holds the provider's functions: they ask nobody, and give
// the same answer every time.
package function

import "github.com/hashicorp/terraform-plugin-framework/function"

// All returns the functions.
func All() []func() function.Function {
	return []func() function.Function{newCertInfo, newPathMatches}
}
