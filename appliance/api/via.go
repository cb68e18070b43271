// SPDX-License-Identifier: Apache-2.0

package api

import (
	"errors"
	"strings"
)

// A ViaName is the pseudonym of a gateway in the Via field (RFC 9110, section
// 7.6.3): a token.
type ViaName string

// SchemaFormat names the syntax.
func (ViaName) SchemaFormat() string { return "via_name" }

// Check says what is wrong with the name.
func (n ViaName) Check() error {
	if len(n) > 128 || strings.ContainsFunc(string(n), notTokenChar) {
		return errors.New(`must be a name of at most 128 letters, digits, dots and hyphens, such as "edge-1"`)
	}
	return nil
}

// notTokenChar reports whether a token cannot have the character (RFC 9110,
// section 5.6.2).
func notTokenChar(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
}
