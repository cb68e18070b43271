// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// formats are the named syntaxes of strings that tags may ask for.
var formats = map[string]func(string) error{
	"id":              checkID,
	"host":            checkHost,
	"cidr":            checkCIDR,
	"listen_address":  checkListenAddress,
	"header_name":     checkHeaderName,
	"header_value":    checkHeaderValue,
	"regexp":          checkRegexp,
	"url":             checkURL,
	"label":           checkLabel,
	"method":          checkMethod,
	"grpc_service":    checkGRPCService,
	"grpc_method":     checkGRPCMethod,
	"pem_certificate": checkPEMCertificate,
	"pem_private_key": checkPEMKey,
}

// CheckFormat says what is wrong with a string under a named format.
func CheckFormat(format, s string) error { return formats[format](s) }

var idPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$`)

func checkID(s string) error {
	if !idPattern.MatchString(s) {
		return fmt.Errorf("must be an id: 1 to 128 letters, digits, dots, underscores and hyphens, beginning and ending with a letter or digit; is %q", clip(s))
	}
	return nil
}

var labelPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$`)

func checkLabel(s string) error {
	if !labelPattern.MatchString(s) {
		return fmt.Errorf("must be a label name: up to 63 letters, digits, dots, slashes, underscores and hyphens; is %q", clip(s))
	}
	return nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

func checkHost(s string) error {
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return nil
	}
	if strings.Contains(s, "://") {
		return fmt.Errorf("must be a host name or IP address without a scheme; is %q", clip(s))
	}
	if len(s) > 253 || !hostPattern.MatchString(s) {
		return fmt.Errorf("must be a host name or IP address, without a port; is %q", clip(s))
	}
	return nil
}

func checkCIDR(s string) error {
	if _, err := netip.ParsePrefix(s); err == nil {
		return nil
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return nil
	}
	return fmt.Errorf(`must be an IP address or a network such as "10.0.0.0/8" or "2001:db8::/32"; is %q`, clip(s))
}

func checkListenAddress(s string) error {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return fmt.Errorf(`must be "host:port" or ":port"; is %q`, clip(s))
	}
	port, err := strconv.Atoi(s[i+1:])
	if err != nil || port < 1 || port > 65535 {
		return fmt.Errorf("the port must be between 1 and 65535; is %q", clip(s[i+1:]))
	}
	if host := strings.Trim(s[:i], "[]"); host != "" {
		if _, err := netip.ParseAddr(host); err != nil {
			return fmt.Errorf(`the host must be an IP address of this machine, or empty for all of them; is %q`, clip(host))
		}
	}
	return nil
}

func isTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// checkHeaderName holds RFC 9110, section 5.1.
func checkHeaderName(s string) error {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return fmt.Errorf("must be a header name (letters, digits and hyphens); is %q", clip(s))
		}
	}
	if s == "" {
		return errors.New("must be a header name; is empty")
	}
	return nil
}

// checkHeaderValue holds RFC 9110, section 5.5.
func checkHeaderValue(s string) error {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("must not contain control characters such as line breaks; byte %d is %#02x", i, c)
		}
	}
	if s != strings.Trim(s, " \t") {
		return fmt.Errorf("must not begin or end with white space; is %q", clip(s))
	}
	return nil
}

// checkMethod holds RFC 9110, section 9.1; methods are case-sensitive, so a
// small letter is taken for a mistake.
func checkMethod(s string) error {
	if checkHeaderName(s) != nil || s != strings.ToUpper(s) {
		return fmt.Errorf(`must be a request method in capitals, such as "GET"; is %q`, clip(s))
	}
	return nil
}

var (
	grpcServicePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	grpcMethodPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func checkGRPCService(s string) error {
	if !grpcServicePattern.MatchString(s) {
		return fmt.Errorf(`must be a gRPC service's full name, such as "helloworld.Greeter"; is %q`, clip(s))
	}
	return nil
}

func checkGRPCMethod(s string) error {
	if !grpcMethodPattern.MatchString(s) {
		return fmt.Errorf(`must be a gRPC method's name, such as "SayHello"; is %q`, clip(s))
	}
	return nil
}

func checkRegexp(s string) error {
	if _, err := regexp.Compile(s); err != nil {
		return fmt.Errorf("must be a regular expression in RE2 syntax: %w", err)
	}
	return nil
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf(`must be a URL such as "https://example.com/path"; is %q`, clip(s))
	}
	return nil
}

func checkPEMCertificate(s string) error {
	rest, n := []byte(s), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("must be PEM certificates only; block %d is %q", n+1, block.Type)
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate %d cannot be read: %w", n+1, err)
		}
		n++
	}
	if n == 0 {
		return errors.New(`must be PEM: text that begins with "-----BEGIN CERTIFICATE-----"`)
	}
	if strings.TrimSpace(string(rest)) != "" {
		return fmt.Errorf("has something after certificate %d that is not PEM", n)
	}
	return nil
}

// checkPEMKey never repeats what it was given.
func checkPEMKey(s string) error {
	block, _ := pem.Decode([]byte(s))
	if block == nil || !strings.HasSuffix(block.Type, "PRIVATE KEY") {
		return errors.New(`must be a PEM private key: text that begins with "-----BEGIN PRIVATE KEY-----" or the like`)
	}
	if strings.Contains(block.Type, "ENCRYPTED") {
		return errors.New("must be a private key without a passphrase")
	}
	return nil
}

// clip keeps an error readable when the input is not.
func clip(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}
