// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"testing"
)

// A host that two servers could understand in two ways reaches none.
func TestHosts(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	refused := func(name, law string, lines ...string) case1 {
		return case1{name: name, law: law, send: head(lines...) + smuggled, want: "400 close"}
	}
	taken := func(name, law, seen string, lines ...string) case1 {
		return case1{name: name, law: law, send: head(lines...), want: "200 open", seen: []string{seen}}
	}
	host := func(name, value string) case1 {
		return refused("host: "+name, "RFC 9110, section 7.2", "GET /h HTTP/1.1", "Host: "+value)
	}
	testHTTP1(t, b, []case1{
		refused("no host", "RFC 9112, section 3.2", "GET /h HTTP/1.1"),
		refused("no host, absolute form", "RFC 9112, section 3.2", "GET http://b.test/h HTTP/1.1"),
		refused("two hosts", "RFC 9112, section 3.2", "GET /h HTTP/1.1", "Host: a.test", "Host: b.test"),
		refused("two equal hosts", "RFC 9112, section 3.2", "GET /h HTTP/1.1", "Host: a.test", "Host: a.test"),
		refused("two hosts far apart", "RFC 9112, section 3.2", "GET /h HTTP/1.1", "Host: a.test", "X: 1", "hOST: b.test"),
		refused("two hosts, absolute form", "RFC 9112, section 3.2", "GET http://b.test/h HTTP/1.1", "Host: a.test", "Host: b.test"),
		refused("two hosts, HTTP/1.0", "RFC 9112, section 3.2", "GET /h HTTP/1.0", "Host: a.test", "Host: b.test"),
		refused("space before the host's colon", "RFC 9112, section 5.1", "GET /h HTTP/1.1", "Host : a.test"),
		refused("folded host", "RFC 9112, section 5.2", "GET /h HTTP/1.1", "Host:", " a.test"),
		refused("folded second host", "RFC 9112, section 5.2", "GET /h HTTP/1.1", "Host: a.test", " b.test"),
		host("empty", ""),
		host("a space in it", "a b"),
		host("two names", "a.test b.test"),
		host("a list", "a.test, b.test"),
		host("a list without spaces", "a.test,b.test"),
		host("user", "user@a.test"),
		host("user and password", "user:word@a.test"),
		host("slash", "a.test/x"),
		host("URL", "http://a.test"),
		host("backslash", `a.test\b.test`),
		host("question mark", "a.test?x"),
		host("fragment", "a.test#x"),
		host("quotes", `"a.test"`),
		host("angle brackets", "<a.test>"),
		host("tab in it", "a\tb"),
		host("NUL", "a.test\x00b"),
		host("bare CR", "a.test\rb"),
		host("beyond ASCII", "\xc3\xa4.test"),
		host("a port that is none", "a.test:http"),
		host("two ports", "a.test:80:81"),
		host("a port with a sign", "a.test:+80"),
		host("bracket without end", "[::1"),
		host("nothing in brackets", "[]"),
		host("a name in brackets", "[a.test]"),
		host("a name behind brackets", "[::1]a.test"),
		host("IPv6 without brackets", "::1"),
		host("only a port", ":80"),

		taken("host with a port", "RFC 9110, section 7.2", "GET /h HTTP/1.1\nhost: a.test:8080", "GET /h HTTP/1.1", "Host: a.test:8080"),
		taken("host in capitals", "RFC 9110, section 4.2.3", "GET /h HTTP/1.1\nhost: A.Test", "GET /h HTTP/1.1", "Host: A.Test"),
		taken("IPv4", "RFC 3986, section 3.2.2", "GET /h HTTP/1.1\nhost: 192.0.2.1", "GET /h HTTP/1.1", "Host: 192.0.2.1"),
		taken("IPv6", "RFC 3986, section 3.2.2", "GET /h HTTP/1.1\nhost: [2001:db8::1]:80", "GET /h HTTP/1.1", "Host: [2001:db8::1]:80"),
		taken("spaces around a host", "RFC 9112, section 5: OWS", "GET /h HTTP/1.1\nhost: a.test", "GET /h HTTP/1.1", "Host: \t a.test \t"),
		taken("host last", "RFC 9110, section 5.3", "GET /h HTTP/1.1\nhost: a.test\nx: 1", "GET /h HTTP/1.1", "X: 1", "Host: a.test"),

		taken("absolute form", "RFC 9112, section 3.2.2", "GET /h?q HTTP/1.1\nhost: a.test", "GET http://a.test/h?q HTTP/1.1", "Host: a.test"),
		taken("absolute form of another host", "RFC 9112, section 3.2.2: the target wins", "GET /h HTTP/1.1\nhost: b.test", "GET http://b.test/h HTTP/1.1", "Host: a.test"),
		taken("absolute form with a port", "RFC 9112, section 3.2.2", "GET /h HTTP/1.1\nhost: b.test:81", "GET http://b.test:81/h HTTP/1.1", "Host: a.test"),
		taken("absolute form without path", "RFC 9112, section 3.2.1", "GET / HTTP/1.1\nhost: b.test", "GET http://b.test HTTP/1.1", "Host: b.test"),
		taken("absolute form with a query and no path", "RFC 9112, section 3.2.1", "GET /?q HTTP/1.1\nhost: b.test", "GET http://b.test?q HTTP/1.1", "Host: b.test"),
		taken("absolute form in capitals", "RFC 3986, section 3.1", "GET /h HTTP/1.1\nhost: b.test", "GET HTTP://b.test/h HTTP/1.1", "Host: b.test"),
		refused("absolute form with a user", "RFC 9110, section 4.2.4", "GET http://user@b.test/h HTTP/1.1", "Host: b.test"),
		refused("absolute form without host", "RFC 9110, section 4.2.1", "GET http:///h HTTP/1.1", "Host: b.test"),
		refused("absolute form with only a port", "RFC 9110, section 4.2.1", "GET http://:80/h HTTP/1.1", "Host: b.test"),
		refused("absolute form with a backslash", "RFC 3986, section 3.2", `GET http://b.test\@a.test/h HTTP/1.1`, "Host: b.test"),
		refused("absolute form with an encoded host", "RFC 9110, section 7.2, where we are stricter", "GET http://%61.test/h HTTP/1.1", "Host: a.test"),
		refused("absolute form with a bad port", "RFC 3986, section 3.2.3", "GET http://b.test:x/h HTTP/1.1", "Host: b.test"),
		refused("absolute form with a fragment", "RFC 9110, section 7.1", "GET http://b.test/h#f HTTP/1.1", "Host: b.test"),
		refused("absolute form with dots", "RFC 3986, section 6.2.2.3", "GET http://b.test/ok/../h HTTP/1.1", "Host: b.test"),
		refused("one slash behind the scheme", "RFC 9110, section 4.2.1", "GET http:/b.test/h HTTP/1.1", "Host: b.test"),
		refused("no slash behind the scheme", "RFC 9110, section 4.2.1", "GET http:b.test/h HTTP/1.1", "Host: b.test"),
		{name: "another scheme", law: "RFC 9110, section 7.4", send: head("GET ftp://b.test/h HTTP/1.1", "Host: b.test") + smuggled, want: "400 close | 421 close"},
		{name: "a scheme without slashes", law: "RFC 9112, section 3.2", send: head("GET javascript:alert HTTP/1.1", "Host: b.test") + smuggled, want: "400 close | 421 close"},
		refused("relative path", "RFC 9112, section 3.2.1", "GET h HTTP/1.1", "Host: a.test"),
		refused("authority form of a GET", "RFC 9112, section 3.2.3", "GET a.test:80 HTTP/1.1", "Host: a.test:80"),
		refused("asterisk form of a GET", "RFC 9112, section 3.2.4", "GET * HTTP/1.1", "Host: a.test"),
		refused("asterisk and more", "RFC 9112, section 3.2.4", "OPTIONS *x HTTP/1.1", "Host: a.test"),
		{name: "asterisk form", law: "RFC 9112, section 3.2.4", send: request("OPTIONS * HTTP/1.1"), want: "200 open | 404 open", seen: []string{maybe + "OPTIONS * HTTP/1.1\nhost: a.test"},
			unlike: map[string]string{"nginx": "does not know the asterisk form"}},
		{name: "CONNECT", law: "RFC 9110, section 9.3.6", send: head("CONNECT b.test:443 HTTP/1.1", "Host: b.test:443") + smuggled, want: "501 close"},
		{name: "CONNECT with a path", law: "RFC 9112, section 3.2.3", send: request("CONNECT /h HTTP/1.1") + smuggled, want: "501 close | 400 close"},
		{name: "CONNECT with a body", law: "RFC 9110, section 9.3.6", send: head("CONNECT b.test:443 HTTP/1.1", "Host: b.test:443", "Content-Length: 5") + "hello" + smuggled, want: "501 close"},
		{name: "TRACE", law: "RFC 9110, section 9.3.8", send: request("TRACE /h HTTP/1.1"), want: "200 open", seen: []string{"TRACE /h HTTP/1.1\nhost: a.test"},
			unlike: map[string]string{"nginx": "refuses the method"}},
		{name: "HTTP/1.0 without host", law: "RFC 9112, section 3.2", send: head("GET /h HTTP/1.0"), want: "200 close | 400 close",
			seen: []string{maybe + "GET /h HTTP/1.1\nhost: "}, unlike: map[string]string{"nginx": "refuses an empty host"}},
	})
}

// A path that the router and the upstream could read in two ways reaches no
// upstream. What does goes on as it came.
func TestPaths(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	var cases []case1
	for name, target := range map[string]string{
		"dots": "/ok/../p", "dots at the end": "/ok/..", "dot": "/ok/./p", "dots at the beginning": "/../p", "only dots": "/..",
		"encoded dots": "/ok/%2e%2e/p", "encoded dots in capitals": "/ok/%2E%2E/p", "half encoded dots": "/ok/.%2e/p", "dots with a parameter": "/ok/..;/p",
		"dots with a named parameter": "/ok/..;a=b/p", "dots behind two slashes": "/ok//../p", "encoded slash": "/ok%2fp", "encoded slash in capitals": "/ok%2Fp", "dots and an encoded slash": "/ok/..%2fp",
		"backslash": `/ok\p`, "encoded backslash": "/ok%5cp", "backslash and dots": `/ok\..\p`, "encoded NUL": "/ok%00p", "encoded line end": "/ok%0d%0aX:%20y",
		"encoded DEL": "/ok%7f", "DEL": "/ok\x7fp", "NUL": "/ok\x00p", "half an encoding": "/ok%", "one digit": "/ok%4", "no digits": "/ok%zz", "overlong": "/ok%u002e", "two percents": "/ok%%2e",
		"space": "/a b", "fragment": "/ok#f", "fragment behind a query": "/ok?q#f", "space in a query": "/ok?a b", "DEL in a query": "/ok?\x7f", "NUL in a query": "/ok?\x00", "tab in a query": "/ok?a\tb",
	} {
		cases = append(cases, case1{name: "refused: " + name, law: "RFC 3986; match.CleanPath", send: request("GET "+target+" HTTP/1.1") + smuggled, want: "400 close"})
	}
	for name, target := range map[string]string{
		"two slashes": "/ok//p", "two slashes in front": "//ok/p", "slash at the end": "/ok/", "parameter": "/ok;a=b/p", "colon": "/ok:80/p", "at sign": "/u@b.test/p", "encoded letters": "/%6fk/%50",
		"three dots": "/.../p", "dot files": "/.well-known/p", "encoded percent": "/ok/%252e%252e/p", "encoded space": "/a%20b", "encoded bytes beyond ASCII": "/%c3%a4%ff", "sub-delimiters": "/!$&'()*+,;=",
		"empty query": "/ok?", "question marks in a query": "/ok?a?b??", "slashes and dots in a query": "/ok?/../x//y", "broken encoding in a query": "/ok?a=%zz&%", "encoded line end in a query": "/ok?a=%0d%0aX:y",
		"URL in a query": "/ok?u=http://b.test/", "semicolon in a query": "/ok?a=1;b=2", "plus": "/a+b?c+d",
	} {
		cases = append(cases, case1{name: "forwarded: " + name, law: "RFC 9110, section 7.7", send: request("GET " + target + " HTTP/1.1"), want: "200 open", seen: []string{"GET " + target + " HTTP/1.1\nhost: a.test"}})
	}
	// These bytes are no URI's. They may be refused, or go on untouched.
	for name, target := range map[string]string{
		"bytes beyond ASCII": "/\xc3\xa4", "bytes of no UTF-8": "/\xff\xfe", "bytes beyond ASCII in a query": "/ok?\xc3\xa4", "braces": "/{a}", "quotes": `/"a"`, "angle brackets": "/<a>", "pipe": "/a|b", "caret": "/a^b",
		"braces in a query": "/ok?{a}", "brackets in a query": "/ok?a[]=1", "quotes in a query": `/ok?"a"`,
	} {
		cases = append(cases, case1{name: "either: " + name, law: "RFC 3986, section 2", send: request("GET " + target + " HTTP/1.1"), want: "200 open | 400 close", seen: []string{maybe + "GET " + target + " HTTP/1.1\nhost: a.test"}})
	}
	testHTTP1(t, b, cases)
}
