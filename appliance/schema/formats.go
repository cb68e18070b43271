// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// formats are the named syntaxes of strings that tags may ask for. Their
// errors say what is wanted and do not repeat the string: it may be a secret.
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

// CheckFormat says what is wrong with a string under a named format. The
// error repeats the string, so it is not for secrets, except that a private
// key is never repeated.
func CheckFormat(format, s string) error {
	check, ok := formats[format]
	if !ok {
		panic(fmt.Sprintf("schema: no format %q", format))
	}
	err := check(s)
	if err == nil || format == "pem_private_key" {
		return err
	}
	return errors.New(err.Error() + shown(s))
}

var idPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$`)

func checkID(s string) error {
	if !idPattern.MatchString(s) {
		return errors.New("must be an id: 1 to 128 letters, digits, dots, underscores and hyphens, beginning and ending with a letter or digit")
	}
	return nil
}

var labelPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$`)

func checkLabel(s string) error {
	if !labelPattern.MatchString(s) {
		return errors.New("must be a label name: up to 63 letters, digits, dots, slashes, underscores and hyphens, beginning with a letter or digit")
	}
	return nil
}

// checkHeaderName holds RFC 9110, section 5.1.
func checkHeaderName(s string) error {
	if !isToken(s) {
		return errors.New(`must be a header name (letters, digits and hyphens), such as "X-Request-Id"`)
	}
	return nil
}

// isToken reports whether s is a token of RFC 9110, section 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// checkHeaderValue holds RFC 9110, section 5.5.
func checkHeaderValue(s string) error {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("must not contain control characters such as line breaks; byte %d is one", i)
		}
	}
	if s != strings.Trim(s, " \t") {
		return errors.New("must not begin or end with white space")
	}
	return nil
}

// checkMethod holds RFC 9110, section 9.1, and that a method begins with a
// capital: methods are case-sensitive, so a small letter is taken for a
// mistake, and so is "*".
func checkMethod(s string) error {
	if !isToken(s) || s != strings.ToUpper(s) || s[0] < 'A' || s[0] > 'Z' {
		return errors.New(`must be a request method in capitals, such as "GET"`)
	}
	return nil
}

var (
	grpcServicePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)
	grpcMethodPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func checkGRPCService(s string) error {
	if !grpcServicePattern.MatchString(s) {
		return errors.New(`must be a gRPC service's full name, such as "helloworld.Greeter"`)
	}
	return nil
}

func checkGRPCMethod(s string) error {
	if !grpcMethodPattern.MatchString(s) {
		return errors.New(`must be a gRPC method's name, such as "SayHello"`)
	}
	return nil
}

// maxRegexp bounds a pattern's length in bytes: what it compiles to can be a
// hundred times as large.
const maxRegexp = 4096

func checkRegexp(s string) error {
	if len(s) > maxRegexp {
		return fmt.Errorf("must be at most %d bytes of regular expression, has %d", maxRegexp, len(s))
	}
	if _, err := regexp.Compile(s); err != nil {
		why := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		if known, _, ok := strings.Cut(why, ":"); ok {
			why = known // what follows is a piece of the string
		}
		return fmt.Errorf("must be a regular expression in RE2 syntax: %s", why)
	}
	return nil
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New(`must be a URL such as "https://example.com/path"`)
	}
	return nil
}
