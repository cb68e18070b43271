// SPDX-License-Identifier: Apache-2.0

package match_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

var request = match.Request{
	Method: "POST", Host: "api.example.com", Path: "/a/b", Scheme: "https", Query: "x=1&x=2&y=a%20b+c&%7a=%zz&flag",
	Client: netip.MustParseAddr("::ffff:10.1.2.3"),
	Fields: func(yield func(string, string) bool) {
		for _, f := range [][2]string{{"X-Tenant", "a"}, {"x-tenant", "b"}, {"Cookie", `s=1; t="2"`}, {"cookie", "s=3; u=4"}} {
			if !yield(f[0], f[1]) {
				return
			}
		}
	},
}

func TestCondition(t *testing.T) {
	for condition, want := range map[match.Condition]bool{
		`true`: true,
		`request.method == "POST" && request.scheme == "https"`:                               true,
		`request.host.endsWith(".example.com")`:                                               true,
		`request.path.startsWith("/a/") && request.path.matches("^/[a-z]/b$")`:                true,
		`request.headers["x-tenant"] == "a, b"`:                                               true,
		`"X-Tenant" in request.headers`:                                                       false,
		`request.query["x"] == "1" && request.query.y == "a b c"`:                             true,
		`request.query["z"] == "%zz" && request.query["flag"] == ""`:                          true,
		`request.cookies.s == "1" && request.cookies.t == "2" && request.cookies["u"] == "4"`: true,
		`size(request.cookies) == 3 && request.query.size() == 4`:                             true,
		`has(request.headers.missing)`:                                                        false,
		`!("missing" in request.headers)`:                                                     true,
		`client.ip == "10.1.2.3"`:                                                             true,
		`client.ip.inNetwork("10.0.0.0/8")`:                                                   true,
		`client.ip.inNetwork("10.1.2.3")`:                                                     true,
		`client.ip.inNetwork("11.0.0.0/8")`:                                                   false,
		`client.ip.inNetwork("2001:db8::/32")`:                                                false,
		`["10.0.0.0/8", "::1"].exists(n, client.ip.inNetwork(n))`:                             true,
		`request.path.replace("/", "-", 1).split("/").join() == "-ab"`:                        true,
		`"user-7".hashPercent() < 14 && "user-7".hashPercent() > 13.0`:                        true,
		`request.path.split("/")[2].upperAscii() == "B"`:                                      true,
		"request.method == 'GET' ||\n request.method == 'POST'":                               true,
	} {
		if err := condition.Check(); err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		program, err := condition.Compile()
		if err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		got, err := program.Matches(&request)
		if got != want || err != nil || program.Errors() != 0 {
			t.Errorf("%s: %t, %v, want %t", condition, got, err, want)
		}
	}
}

// A header that comes very many times costs no more than reading it.
func TestConditionManyFields(t *testing.T) {
	program, err := match.Condition(`request.headers["x"].startsWith("1, 2, 2, ") && request.headers["y"] == "3"`).Compile()
	if err != nil {
		t.Fatal(err)
	}
	many := match.Request{Fields: func(yield func(string, string) bool) {
		if !yield("x", "1") || !yield("y", "3") {
			return
		}
		for range 1 << 19 {
			if !yield("X", "2") {
				return
			}
		}
	}}
	began := time.Now()
	if is, err := program.Matches(&many); !is || err != nil {
		t.Errorf("%t, %v", is, err)
	}
	if took := time.Since(began); took > 5*time.Second { // it would be minutes
		t.Errorf("took %s", took)
	}
}

// Mistakes of syntax are told in words, without the grammar.
func TestConditionSyntax(t *testing.T) {
	for condition, want := range map[match.Condition]string{
		`request.method ==`:                "column 18: the expression ends too early",
		`request.method = "GET"`:           "column 16: = means nothing; two values are compared with ==",
		`(request.method == "GET"`:         "column 25: ')' is missing at the end",
		`request.method == "GET`:           `column 19: the text "GET has no closing quote`,
		`request.method "GET"`:             `column 16: '"GET"' does not belong here`,
		`request.method == "GET" &&& true`: "column 27: '& ' means nothing here",
	} {
		if err := condition.Check(); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", condition, err, want)
		}
	}
}

func TestConditionRefuses(t *testing.T) {
	for condition, want := range map[match.Condition]string{
		"":                              "leave the condition out",
		" \n":                           "leave the condition out",
		"1":                             "is a value of type int",
		"request.path":                  "is a value of type string",
		`request.method = "GET"`:        "column 16: ",
		`request.verb == "GET"`:         "column 8: ",
		`true && foo`:                   "column 9: undeclared reference to 'foo'",
		"true &&\n  foo":                "line 2, column 3: undeclared reference to 'foo'",
		`request.method == 1`:           "column 16: ",
		`request.path.matches("(")`:     "column 22: ",
		`client.ip.inNetwork("10.0/8")`: `column 21: must be an IP address or a network`,
		`request.path.replace("/", request.host) == ""`:    `column 34: the replacement must be a text in quotes`,
		`request.path.split("/").join(request.host) == ""`: `column 37: the separator must be a text in quotes`,
		`"a".inNetwork(1)`: "column ",
		"\"\xff\" == \"\"": "UTF-8",
		match.Condition("true" + strings.Repeat(" ", match.MaxCondition)):             "at most 4096",
		match.Condition(strings.Repeat("(", 200) + "true" + strings.Repeat(")", 200)): "CEL; expression recursion limit",
		`[1,2].all(a, [1,2].all(b, [1,2].all(c, a == b && b == c)))`:                  "column ",
	} {
		err := condition.Check()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", condition, err, want)
		}
		if _, err := condition.Compile(); err == nil {
			t.Errorf("%q compiles", condition)
		}
	}
}

// An error is no match, is returned, and is counted.
func TestConditionErrors(t *testing.T) {
	for condition, want := range map[match.Condition]string{
		`request.headers["missing"] == "x"`:                        "missing",
		`request.headers.missing == "x"`:                           "missing",
		`request.path.split("/")[7] == ""`:                         "7",
		`request.host.inNetwork("10.0.0.0/8")`:                     "not an IP address",
		`client.ip.inNetwork(request.path)`:                        "must be an IP address or a network",
		`request.query.x.split("").all(a, int(request.path) == 1)`: "",
	} {
		program, err := condition.Compile()
		if err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		for range 2 {
			if got, err := program.Matches(&request); got || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %t, %v", condition, got, err)
			}
		}
		if n := program.Errors(); n != 2 {
			t.Errorf("%s: %d errors, want 2", condition, n)
		}
	}
}

// Work on what a client sends is bounded.
func TestConditionCost(t *testing.T) {
	program, err := match.Condition(`request.path.split("").all(a, request.path.split("").all(b, a + b != "zz"))`).Compile()
	if err != nil {
		t.Fatal(err)
	}
	long := request
	long.Path = "/" + strings.Repeat("a", 8000)
	if got, err := program.Matches(&long); got || err == nil || !strings.Contains(err.Error(), "cost limit") {
		t.Errorf("%t, %v", got, err)
	}
	if got, err := program.Matches(&request); !got || err != nil {
		t.Errorf("%t, %v", got, err)
	}
}

// Whatever the text: Check does not panic, says what Compile says on one
// line, and what it passes can be evaluated.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{`request.method == "GET"`, `client.ip.inNetwork("::/0")`, `request.headers["a"] == 'b'`, `[1].all(x, x > 0)`, `(`, `"\xff"`, `has(request.query.a)`, `request.path.format([])`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := match.Condition(text)
		err := c.Check()
		program, compileErr := c.Compile()
		if (err == nil) != (compileErr == nil) {
			t.Fatalf("check: %v, compile: %v", err, compileErr)
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		_, _ = program.Matches(&request)
	})
}

func BenchmarkCondition(b *testing.B) {
	for name, condition := range map[string]match.Condition{
		"method":  `request.method == "POST"`,
		"network": `client.ip.inNetwork("10.0.0.0/8")`,
		"header":  `request.headers["x-tenant"] == "a, b" && request.path.startsWith("/a")`,
	} {
		b.Run(name, func(b *testing.B) {
			program, err := condition.Compile()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := program.Matches(&request); !ok {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompileCondition(b *testing.B) {
	for b.Loop() {
		if _, err := match.Condition(`request.headers["x-tenant"] == "a, b" && request.path.startsWith("/a")`).Compile(); err != nil {
			b.Fatal(err)
		}
	}
}
