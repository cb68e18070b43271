// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

func TestPathPattern(t *testing.T) {
	for pattern, test := range map[match.PathPattern]struct{ canonical, yes, no string }{
		"/":                    {"/", "/ //", "/a *"},
		"/users":               {"/users", "/users //users /%75sers", "/users/ /user /users/1 /Users"},
		"/users/":              {"/users/", "/users/ /users//", "/users"},
		"/*":                   {"/*", "/ /a /a/b/ //", "*"},
		"/users/*":             {"/users/*", "/users /users/ /users/1/2", "/usersx / /user"},
		"/users/{id}":          {"/users/{}", "/users/1 /users/a%20b", "/users /users/ /users/1/ /users/1/2"},
		"/users/{id}/*":        {"/users/{}/*", "/users/1 /users/1/ /users/1/2/3", "/users /users/"},
		"/{a}/{b}":             {"/{}/{}", "/1/2", "/1 /1/ /1/2/3"},
		"/users/{id}/":         {"/users/{}/", "/users/1/", "/users/1"},
		"/%75sers/%c3%bc":      {"/users/%C3%BC", "/users/ü /users/%C3%bc", "/users/u"},
		"/a%2A":                {"/a%2A", "/a* /a%2a", "/a /ab"},
		"/%2A":                 {"/%2A", "/*", "/a /"},
		"/%7Bid%7D":            {"/%7Bid%7D", "/{id} /%7bid%7d", "/1"},
		"~^/v[0-9]+/":          {"~^/v[0-9]+/", "/v1/ /v22/x", "/v/ /a/v1/ *"},
		"~^/a|/b$":             {"~^/a|/b$", "/a /ax /b", "/x/b /bx"},
		"~^.*\\.php$":          {"~^.*\\.php$", "/a/b.php", "/a.php/x"},
		"~^(?i)/admin":         {"~^(?i)/admin", "/ADMIN/x", "/x/admin"},
		"~^/%C3%BC$":           {"~^/%C3%BC$", "/ü /%c3%bc", "/u"},
		"~^(?P<all>/[a-z]+)+$": {"~^(?P<all>/[a-z]+)+$", "/a/b", "/1"},
	} {
		path, err := pattern.Parse()
		if err != nil || pattern.Canonical() != test.canonical {
			t.Errorf("%s: %q, %v, want %q", pattern, pattern.Canonical(), err, test.canonical)
			continue
		}
		for _, p := range strings.Fields(test.yes) {
			if clean, err := match.CleanPath(p); err != nil || !path.Matches(clean) {
				t.Errorf("%s does not match %s (%v)", pattern, p, err)
			}
		}
		for _, p := range strings.Fields(test.no) {
			if clean, err := match.CleanPath(p); err != nil || path.Matches(clean) {
				t.Errorf("%s matches %s (%v)", pattern, p, err)
			}
		}
	}
}

func TestPathPatternRefuses(t *testing.T) {
	for pattern, want := range map[match.PathPattern]string{
		"":           `must begin with "/"`,
		"users":      `must begin with "/"`,
		"*":          `must begin with "/"`,
		"/a*":        `"*" may only stand at the end`,
		"/a/*/b":     `"*" may only stand at the end`,
		"/*/*":       `"*" may only stand at the end`,
		"/a-{id}":    "whole segment",
		"/{id}.json": "whole segment",
		"/{id":       "whole segment",
		"/a}":        "whole segment",
		"/{}":        "a parameter is named",
		"/{1a}":      "a parameter is named",
		"/{a-b}":     "a parameter is named",
		"/{a}/{a}":   "twice",
		"//":         `must not have "//"`,
		"/a//b":      `must not have "//"`,
		"/a//*":      `must not have "//"`,
		"//*":        `must not have "//"`,
		"/a/../b":    `segment "." or ".."`,
		"/a/%2e":     `segment "." or ".."`,
		"/a%2Fb":     "encoded slash",
		"/a%zz":      "hexadecimal",
		"/a b":       "' '",
		"/a?b=1":     "'?'",
		"~/a":        `begins with "^"`,
		"~":          `begins with "^"`,
		"~(?i)^/a":   `begins with "^"`,
		"~^/(":       "RE2",
		"~^/a)(b":    "RE2",
		"~^/(?!x)":   "RE2",
		match.PathPattern("/" + strings.Repeat("a", match.MaxPattern)): "at most 2048",
	} {
		if err := pattern.Check(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
		if pattern.Canonical() != string(pattern) {
			t.Errorf("%q: canonical %q", pattern, pattern.Canonical())
		}
	}
}

// A pattern of segments that passes matches a path that can be made from it,
// its canonical form is final, and two forms are equal if and only if each
// pattern matches what can be made from the other.
func FuzzPathPattern(f *testing.F) {
	for _, s := range []string{"/", "/*", "/a/{b}/*", "/{c}", "/%2A", "/*/", "~^/a", "~^(", "/a//b", "/%61", "/{a}/{b}", "/a;b", "/ü"} {
		f.Add(s, "/{a}/*")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		p, q := match.PathPattern(a), match.PathPattern(b)
		x, err := p.Parse()
		if err != nil {
			return
		}
		canonical := p.Canonical()
		if match.PathPattern(canonical).Canonical() != canonical {
			t.Errorf("%q: %q is not final", a, canonical)
		}
		if x.Regexp != nil {
			x.Params("/a/b") // does not panic
			return
		}
		for _, path := range pathsOf(x) {
			if clean, err := match.CleanPath(path); err != nil || !x.Matches(clean) {
				t.Errorf("%q does not match %q: %v", a, path, err)
			}
		}
		if y, err := q.Parse(); err == nil && y.Regexp == nil {
			if same := matchesAll(x, y) && matchesAll(y, x); same != (canonical == q.Canonical()) {
				t.Errorf("%q and %q: canonical %q and %q", a, b, canonical, q.Canonical())
			}
		}
	})
}

func matchesAll(x, y *match.Path) bool {
	for _, path := range pathsOf(y) {
		if clean, _ := match.CleanPath(path); !x.Matches(clean) {
			return false
		}
	}
	return true
}

// pathsOf makes paths that the pattern matches: with two values for each
// parameter and, of a prefix, with three continuations.
func pathsOf(p *match.Path) []string {
	var out []string
	for _, value := range []string{"one", "%C3%BC"} {
		var b strings.Builder
		for _, s := range p.Segments {
			b.WriteByte('/')
			if s.Param != "" {
				b.WriteString(value)
			} else {
				b.WriteString(s.Literal)
			}
		}
		if p.Prefix {
			out = append(out, b.String()+"/", b.String()+"/more/still")
		}
		if b.Len() > 0 {
			out = append(out, b.String())
		}
	}
	return out
}
