// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// checkPEMCertificate accepts certificates of RFC 7468, section 5, one or
// more, with comments before each.
func checkPEMCertificate(s string) error {
	rest, n := []byte(s), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("must be PEM certificates only; block %d is %q", n+1, clip(block.Type))
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate %d cannot be read: %w", n+1, err)
		}
		n++
	}
	if n == 0 {
		return errors.New(`must be PEM: text that begins with "-----BEGIN CERTIFICATE-----"`)
	}
	if begun := strings.Count(s, "-----BEGIN "); begun > n { // pem.Decode skips what it cannot read
		return fmt.Errorf("has %d certificates of which only %d can be read: a block is damaged", begun, n)
	}
	if strings.TrimSpace(string(rest)) != "" {
		return fmt.Errorf("has something after certificate %d that is not PEM", n)
	}
	return nil
}

// checkPEMKey accepts a private key in PKCS #8 (RFC 5958), PKCS #1 or SEC 1,
// possibly after blocks that are no keys, such as EC PARAMETERS. It never
// repeats what it was given.
func checkPEMKey(s string) error {
	block, rest := pem.Decode([]byte(s))
	for block != nil && !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return errors.New(`must be a PEM private key: text that begins with "-----BEGIN PRIVATE KEY-----" or the like`)
	}
	if strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return errors.New("must be a private key without a passphrase")
	}
	if !isPrivateKey(block.Bytes) {
		return errors.New("cannot be read as a private key (PKCS #8, PKCS #1 or SEC 1)")
	}
	return nil
}

func isPrivateKey(der []byte) bool {
	if _, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(der)
	return err == nil
}
