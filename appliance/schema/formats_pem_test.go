// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestPEM(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
	sec1, _ := x509.MarshalECPrivateKey(key)
	cert, private := pemText("CERTIFICATE", der), pemText("PRIVATE KEY", pkcs8)

	for name, c := range map[string]struct{ format, text, want string }{
		"one":               {"pem_certificate", cert, ""},
		"chain":             {"pem_certificate", cert + cert, ""},
		"comment":           {"pem_certificate", "# mine\n" + cert + "\n", ""},
		"carriage returns":  {"pem_certificate", strings.ReplaceAll(cert, "\n", "\r\n"), ""},
		"no PEM":            {"pem_certificate", "abc", "must be PEM: text that begins with"},
		"empty":             {"pem_certificate", "", "must be PEM: text that begins with"},
		"key":               {"pem_certificate", private, `must be PEM certificates only; block 1 is "PRIVATE KEY"`},
		"key after":         {"pem_certificate", cert + private, `must be PEM certificates only; block 2 is "PRIVATE KEY"`},
		"not a certificate": {"pem_certificate", cert + pemText("CERTIFICATE", []byte("abc")), "certificate 2 cannot be read: "},
		"damaged in chain":  {"pem_certificate", strings.Replace(cert, "\nMI", "\n!!", 1) + cert, "has 2 certificates of which only 1 can be read"},
		"something after":   {"pem_certificate", cert + "abc", "has something after certificate 1"},

		"PKCS 8":        {"pem_private_key", private, ""},
		"SEC 1":         {"pem_private_key", pemText("EC PRIVATE KEY", sec1), ""},
		"parameters":    {"pem_private_key", pemText("EC PARAMETERS", []byte{6, 1, 1}) + pemText("EC PRIVATE KEY", sec1), ""},
		"no key":        {"pem_private_key", "s3cr3t", "must be a PEM private key: "},
		"certificate":   {"pem_private_key", cert, "must be a PEM private key: "},
		"passphrase":    {"pem_private_key", pemText("ENCRYPTED PRIVATE KEY", pkcs8), "must be a private key without a passphrase"},
		"damaged":       {"pem_private_key", pemText("PRIVATE KEY", pkcs8[:20]), "cannot be read as a private key"},
		"passphrase, 2": {"pem_private_key", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nczNjcjN0\n-----END EC PRIVATE KEY-----\n", "must be a private key without a passphrase"},
	} {
		t.Run(name, func(t *testing.T) {
			err := schema.CheckFormat(c.format, c.text)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case err != nil && strings.Contains(err.Error(), "s3cr3t"):
				t.Errorf("the key is repeated: %v", err)
			}
		})
	}
}
