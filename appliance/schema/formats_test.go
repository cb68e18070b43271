// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func TestFormats(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	for format, c := range map[string]struct{ right, wrong []string }{
		"id":             {[]string{"a", "A-1_b.c", "0", long(128)}, []string{"", "-a", "a-", ".", "a/b", "a b", "é", "a\n", long(129)}},
		"label":          {[]string{"a", "team/app", "a.b_c-"}, []string{"", "-a", "/a", "a b", long(64)}},
		"host":           {[]string{"localhost", "a.b", "a.b.", "_sip._tcp.a", "10.0.0.1", "::1", "fe80::1%eth0", "xn--mnchen-3ya.de", "1a"}, []string{"", "a:80", "[::1]", "http://a", "a..b", "-a", "a-", "10.0.0.256", "10.0.0", "1.2.3.4.5", "a b", "a/b", "*.a", long(64), strings.Repeat("a.", 127)}},
		"cidr":           {[]string{"10.0.0.0/8", "10.1.2.3", "::1", "2001:db8::/32"}, []string{"", "10.0.0.0/33", "10.0.0", "a", "fe80::1%eth0", "10.0.0.0/8 "}},
		"listen_address": {[]string{":80", "127.0.0.1:65535", "[::1]:8080", "0.0.0.0:1", "[::]:80"}, []string{"", "80", ":", ":0", ":65536", ":+80", ":http", "::1", "::1:80", "[::1]", "[127.0.0.1]:80", "localhost:80", "127.0.0.1", "127.0.0.1:80:80"}},
		"header_name":    {[]string{"X-Request-Id", "a", "!#$%&'*+-.^_`|~"}, []string{"", "a b", "a:", "é", "a\n"}},
		"header_value":   {[]string{"", "a b", "a\tb", "é", "%"}, []string{"a\n", "a\rb", "\x00", "\x7f", " a", "a ", "\ta"}},
		"method":         {[]string{"GET", "M-SEARCH", "X_1"}, []string{"", "get", "Get", "*", "G ET", "1", "-"}},
		"grpc_service":   {[]string{"Greeter", "helloworld.Greeter", "a.b_1.C"}, []string{"", ".", "a.", "a..b", "1a", "a/b", "a-b"}},
		"grpc_method":    {[]string{"SayHello", "_a1"}, []string{"", "1a", "a.b", "*"}},
		"regexp":         {[]string{"", "a", "^a+(b|c)$", `\d`}, []string{"(", "a**", `\`, "(?=a)", "a{1001}", long(4097)}},
		"url":            {[]string{"http://a", "https://a.b:80/c?d"}, []string{"", "a", "ftp://a", "http://", "http://:80", "//a", "http://a b", "HTTP//a"}},
	} {
		for _, s := range c.right {
			if err := schema.CheckFormat(format, s); err != nil {
				t.Errorf("%s refuses %.100q: %v", format, s, err)
			}
		}
		for _, s := range c.wrong {
			err := schema.CheckFormat(format, s)
			if err == nil {
				t.Errorf("%s accepts %.100q", format, s)
				continue
			}
			if !strings.HasPrefix(err.Error(), "must ") || len(err.Error()) > 300 {
				t.Errorf("%s of %.100q says %.400s", format, s, err)
			}
			if s != "" && len(s) < 60 && !strings.Contains(s, "\n") && !strings.Contains(err.Error(), "; is ") {
				t.Errorf("%s of %q does not repeat it: %v", format, s, err)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an unknown format is a mistake in the program and panics")
		}
	}()
	_ = schema.CheckFormat("nope", "")
}
