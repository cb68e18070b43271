// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

func TestHostPattern(t *testing.T) {
	for pattern, test := range map[match.HostPattern]struct{ canonical, yes, no string }{
		"api.example.com":         {"api.example.com", "api.example.com API.Example.com:443 api.example.com. api.example.com.:80", "example.com x.api.example.com api.example.co"},
		"API.Example.com.":        {"api.example.com", "api.example.com", "api.example.com.org"},
		"*.example.com":           {"*.example.com", "a.example.com a.b.example.com A.EXAMPLE.COM:80", "example.com .example.com ..example.com aexample.com a.example.org"},
		"*.com":                   {"*.com", "example.com", "com a.org"},
		"localhost":               {"localhost", "localhost LOCALHOST:8080", "local"},
		"a_b.test":                {"a_b.test", "a_b.test", "a-b.test"},
		"xn--bcher-kva.example":   {"xn--bcher-kva.example", "XN--bcher-kva.example", "bücher.example"},
		"192.0.2.1":               {"192.0.2.1", "192.0.2.1 192.0.2.1:80", "192.0.2.10 1192.0.2.1"},
		"2001:DB8::0:1":           {"2001:db8::1", "[2001:db8::1] [2001:db8:0::1]:8080", "[2001:db8::2] 2001:db8::1"},
		"[::1]":                   {"::1", "[::1] [::1]:80 [0:0:0:0:0:0:0:1]", "[::2] [::1 []"},
		"0a.1b":                   {"0a.1b", "0A.1B", "0a"},
		"1.2.3.4.example.com":     {"1.2.3.4.example.com", "1.2.3.4.example.com", "1.2.3.4"},
		"*.1.2.3.4.in-addr.arpa.": {"*.1.2.3.4.in-addr.arpa", "5.1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa"},
	} {
		host, err := pattern.Parse()
		if err != nil || pattern.Canonical() != test.canonical {
			t.Errorf("%s: %q, %v, want %q", pattern, pattern.Canonical(), err, test.canonical)
			continue
		}
		for _, h := range strings.Fields(test.yes) {
			if !host.Matches(match.CleanHost(h)) {
				t.Errorf("%s does not match %s", pattern, h)
			}
		}
		for _, h := range strings.Fields(test.no) {
			if host.Matches(match.CleanHost(h)) {
				t.Errorf("%s matches %s", pattern, h)
			}
		}
	}
}

func TestHostPatternRefuses(t *testing.T) {
	for pattern, want := range map[match.HostPattern]string{
		"":               "leave hosts out",
		"*":              "leave hosts out",
		"https://a.test": "without a scheme",
		"a.test:80":      "without a port",
		"[::1]:80":       "without a port",
		"1.2.3.4:80":     "without a port",
		"fe80::1%eth0":   "no zone",
		"*.":             "must not be empty",
		"a..b":           "must not be empty",
		".a":             "must not be empty",
		"a.*.b":          `"*" may only`,
		"*a.b":           `"*" may only`,
		"*.*.b":          `"*" may only`,
		"bücher.example": "xn--",
		"-a.test":        "hyphen",
		"a b":            "cannot be in a host name",
		"a/b":            "cannot be in a host name",
		"*.10.0.0.1":     "not a number",
		"256.1.1.1":      "not a number",
		"[1.2.3.4]":      "without a port",
		match.HostPattern(strings.Repeat("a", 64) + ".test"):          "63",
		match.HostPattern(strings.Repeat("abcdefg.", 40) + "example"): "253",
	} {
		if err := pattern.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
		if pattern.Canonical() != string(pattern) {
			t.Errorf("%q: canonical %q", pattern, pattern.Canonical())
		}
	}
}

func TestCleanHostDoesNotAllocate(t *testing.T) {
	host := "api.example.com:8443"
	if n := testing.AllocsPerRun(100, func() { match.CleanHost(host) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A pattern that passes matches a host that can be made from it, its
// canonical form is final, and equal forms match the same.
func FuzzHostPattern(f *testing.F) {
	for _, s := range []string{"a.test", "*.A.test.", "::1", "[::]", "1.2.3.4", "*", "xn--a", "::ffff:1.2.3.4", "a:80"} {
		f.Add(s, "*.a.test")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := match.HostPattern(a), match.HostPattern(b)
		x, err := p.Parse()
		if err != nil {
			return
		}
		again, err := match.HostPattern(p.Canonical()).Parse()
		if err != nil || again != x {
			t.Errorf("%q: %q is not canonical: %v", a, p.Canonical(), err)
		}
		host := hostOf(x)
		if !x.Matches(match.CleanHost(host)) {
			t.Errorf("%q does not match %q", a, host)
		}
		if y, err := q.Parse(); err == nil {
			same := x.Matches(match.CleanHost(hostOf(y))) && y.Matches(match.CleanHost(host)) && x.Wildcard == y.Wildcard
			if same != (p.Canonical() == q.Canonical()) {
				t.Errorf("%q and %q: canonical %q and %q", a, b, p.Canonical(), q.Canonical())
			}
		}
	})
}

// hostOf makes a Host field that the pattern matches.
func hostOf(h match.Host) string {
	switch {
	case h.Wildcard:
		return "x." + strings.ToUpper(h.Name) + ".:80"
	case strings.Contains(h.Name, ":"):
		return "[" + h.Name + "]:80"
	}
	return strings.ToUpper(h.Name) + ":80"
}
