// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

func TestCleanPath(t *testing.T) {
	for path, want := range map[string]string{
		"/":              "/",
		"*":              "*",
		"/users/42":      "/users/42",
		"/users/":        "/users/",
		"//a///b//":      "/a/b/",
		"/%61%2D%7e":     "/a-~",
		"/%3b%3A%40%21":  "/;:@!",
		"/a%20b":         "/a%20b",
		"/%c3%bc":        "/%C3%BC",
		"/ü":             "/%C3%BC",
		"/%2561":         "/%2561",
		"/%252e%252e/x":  "/%252e%252e/x",
		"/%3f%23":        "/%3F%23",
		"/{a}|\"":        "/%7Ba%7D%7C%22",
		"/...":           "/...",
		"/.a/..b/c./d..": "/.a/..b/c./d..",
		"/a;b=../c":      "/a;b=../c",
		"/Ab":            "/Ab",
	} {
		got, err := match.CleanPath(path)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", path, got, err, want)
		}
	}
}

func TestCleanPathRefuses(t *testing.T) {
	for path, reason := range map[string]string{
		"":             `does not begin with "/"`,
		"users":        `does not begin with "/"`,
		"**":           `does not begin with "/"`,
		"/.":           "segment",
		"/..":          "segment",
		"/a/./b":       "segment",
		"/a/../b":      "segment",
		"/a/%2e%2E/b":  "segment",
		"/a/.%2e":      "segment",
		"/a//..":       "segment",
		"/a/..;x/b":    "segment",
		"/a/.%3bx":     "segment",
		"/a%2fb":       "encoded slash",
		"/a%2Fb":       "encoded slash",
		`/a\b`:         `'\\'`,
		"/a%5cb":       `'\\'`,
		"/a%00":        `'\x00'`,
		"/a%0d%0a":     `'\r'`,
		"/a\x7f":       `'\x7f'`,
		"/a%":          "hexadecimal",
		"/a%4":         "hexadecimal",
		"/a%g1":        "hexadecimal",
		"/a%%":         "hexadecimal",
		"/a b":         `' '`,
		"/a?b":         `'?'`,
		"/a#b":         `'#'`,
		"/ü/../secret": "segment",
	} {
		got, err := match.CleanPath(path)
		if err == nil {
			t.Errorf("%q is clean: %q", path, got)
			continue
		}
		refusal, ok := errors.AsType[*match.PathError](err)
		if !ok || refusal.Path != path || !strings.Contains(refusal.Reason, reason) {
			t.Errorf("%q: %v, want %s", path, err, reason)
		}
	}
}

func TestCleanPathDoesNotAllocate(t *testing.T) {
	path := "/v1/users/42/orders;x=1/a.b_c~d"
	if n := testing.AllocsPerRun(100, func() { _, _ = match.CleanPath(path) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is clean stays as it is, has nothing left that upstreams read in
// different ways, and means the same bytes as before.
func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"/", "*", "/a//b", "/%61%2f", "/..;/a", "/%25%32e", "/ü%", "/a/.%2E"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		clean, err := match.CleanPath(path)
		if err != nil {
			if clean != "" {
				t.Errorf("%q is refused and is %q", path, clean)
			}
			return
		}
		if again, err := match.CleanPath(clean); again != clean || err != nil {
			t.Errorf("%q: %q becomes %q, %v", path, clean, again, err)
		}
		if strings.Contains(clean, "//") || strings.ContainsAny(clean, "\\ ?#\x00") {
			t.Errorf("%q: %q", path, clean)
		}
		for segment := range strings.SplitSeq(decode(clean), "/") {
			if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
				t.Errorf("%q: %q has a dot segment", path, clean)
			}
		}
		if merged(decode(path)) != decode(clean) {
			t.Errorf("%q means %q, clean %q means %q", path, merged(decode(path)), clean, decode(clean))
		}
	})
}

func merged(s string) string {
	for strings.Contains(s, "//") {
		s = strings.ReplaceAll(s, "//", "/")
	}
	return s
}

func decode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			c = byte(strings.IndexByte(digits, upper(s[i+1]))<<4 | strings.IndexByte(digits, upper(s[i+2])))
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String()
}

const digits = "0123456789ABCDEF"

func upper(c byte) byte {
	if c >= 'a' {
		return c - 0x20
	}
	return c
}
