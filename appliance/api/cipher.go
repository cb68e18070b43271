// SPDX-License-Identifier: Apache-2.0

package api

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A CipherSuite is a cipher suite of TLS 1.2 by its name in IANA's registry.
type CipherSuite string

// SchemaFormat names the syntax.
func (CipherSuite) SchemaFormat() string { return "tls_cipher_suite" }

// Check says what is wrong with the name: only suites that nobody has broken
// can be chosen, and none of TLS 1.3 (RFC 8446, appendix B.4).
func (c CipherSuite) Check() error {
	if _, ok := c.ID(); ok {
		return nil
	}
	for _, s := range tls.CipherSuites() {
		if s.Name == string(c) {
			return fmt.Errorf("%q is of TLS 1.3, whose suites cannot be chosen: all of them are safe and always on", c)
		}
	}
	for _, s := range tls.InsecureCipherSuites() {
		if s.Name == string(c) {
			return fmt.Errorf("%q is not safe any more and not offered; leave it out", c)
		}
	}
	var names []string
	for _, s := range tls.CipherSuites() {
		if isTLS12(s) {
			names = append(names, s.Name)
		}
	}
	return fmt.Errorf("must be a cipher suite of TLS 1.2, one of %s%s", strings.Join(names, ", "), schema.DidYouMean(string(c), names))
}

// ID returns the number of the suite, and whether it is one.
func (c CipherSuite) ID() (id uint16, ok bool) {
	for _, s := range tls.CipherSuites() {
		if s.Name == string(c) && isTLS12(s) {
			return s.ID, true
		}
	}
	return 0, false
}

func isTLS12(s *tls.CipherSuite) bool { return slices.Contains(s.SupportedVersions, tls.VersionTLS12) }

// forHTTP2 reports whether HTTP/2 allows the suite: those without
// authenticated encryption are on the list of RFC 9113, appendix A.
func (c CipherSuite) forHTTP2() bool { return !strings.Contains(string(c), "_CBC_") }
