// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"strings"
	"testing"
)

// Lines end with CRLF, names are tokens, values hold no control characters, a
// request line has three words (S2-03).
func TestLines(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	field := func(name, law, line string) case1 {
		return case1{name: "field: " + name, law: law, send: request("GET /l HTTP/1.1", line) + smuggled, want: "400 close"}
	}
	line := func(name, law, line string) case1 {
		return case1{name: "request line: " + name, law: law, send: request(line) + smuggled, want: "400 close"}
	}
	version := func(spelled, want string) case1 {
		return case1{name: "version " + spelled, law: "RFC 9112, section 2.3", send: request("GET /l "+spelled) + smuggled, want: want}
	}
	plain := func(name, law, line, seen string) case1 {
		return case1{name: name, law: law, send: request("GET /l HTTP/1.1", line), want: "200 open", seen: []string{"GET /l HTTP/1.1\nhost: a.test\n" + seen}}
	}
	cases := []case1{
		field("bare CR in a value", "RFC 9112, section 2.2", "X: a\rb"),
		field("bare CR at a value's end", "RFC 9112, section 2.2", "X: a\r\r\nY: b"),
		field("bare CR before a field", "RFC 9112, section 2.2", "X: a\rInjected: 1"),
		field("bare LF between fields", "RFC 9112, section 2.2, where we are stricter", "X: a\nInjected: 1"),
		field("LF CR", "RFC 9112, section 2.2", "X: a\n\rInjected: 1"),
		field("empty line of bare LF", "RFC 9112, section 2.2", "X: a\n\nGET /injected HTTP/1.1\nHost: a.test"),
		field("folded", "RFC 9112, section 5.2", "X: a\r\n b"),
		field("folded with a tab", "RFC 9112, section 5.2", "X: a\r\n\tb"),
		field("folded nothing", "RFC 9112, section 5.2", "X: a\r\n \r\nY: b"),
		field("space before the colon", "RFC 9112, section 5.1", "X : a"),
		field("tab before the colon", "RFC 9112, section 5.1", "X\t: a"),
		field("space in a name", "RFC 9110, section 5.1", "X Y: a"),
		field("no colon", "RFC 9112, section 5", "nonsense"),
		field("no name", "RFC 9110, section 5.1", ": a"),
		field("only a colon", "RFC 9110, section 5.1", ":"),
		field("NUL in a value", "RFC 9110, section 5.5", "X: a\x00b"),
		field("NUL in a name", "RFC 9110, section 5.1", "X\x00Y: a"),
		field("vertical tab in a value", "RFC 9110, section 5.5", "X: a\vb"),
		field("backspace in a value", "RFC 9110, section 5.5", "X: a\bb"),
		field("escape in a value", "RFC 9110, section 5.5", "X: a\x1bb"),
		field("DEL in a value", "RFC 9110, section 5.5", "X: a\x7fb"),
		field("DEL in a name", "RFC 9110, section 5.1", "X\x7f: a"),
		field("bytes beyond ASCII in a name", "RFC 9110, section 5.1", "X\xc3\xa4: a"),
		field("bracket in a name", "RFC 9110, section 5.1", "X(Y): a"),
		field("quote in a name", "RFC 9110, section 5.1", `"X": a`),
		field("slash in a name", "RFC 9110, section 5.1", "X/Y: a"),
		field("pseudo-header", "RFC 9110, section 5.1", ":path: /b"),
		field("a request line", "RFC 9112, section 5", "GET /injected HTTP/1.1"),
		{name: "field: space before the first", law: "RFC 9112, section 2.2", send: head("GET /l HTTP/1.1", " Host: a.test", "Host: a.test") + smuggled, want: "400 close"},
		{name: "field: only spaces before the first", law: "RFC 9112, section 2.2", send: head("GET /l HTTP/1.1", "  ", "Host: a.test") + smuggled, want: "400 close"},
		{name: "all lines end with bare LF", law: "RFC 9112, section 2.2, where we are stricter", send: "GET /l HTTP/1.1\nHost: a.test\n\n", want: "400 close"},
		{name: "request line ends with bare LF", law: "RFC 9112, section 2.2, where we are stricter", send: "GET /l HTTP/1.1\nHost: a.test\r\n\r\n", want: "400 close"},
		{name: "head ends with bare LF", law: "RFC 9112, section 2.2, where we are stricter", send: "GET /l HTTP/1.1\r\nHost: a.test\r\n\n" + smuggled, want: "400 close"},
		{name: "request line ends with bare CR", law: "RFC 9112, section 2.2", send: "GET /l HTTP/1.1\rHost: a.test\r\n\r\n", want: "400 close"},
		{name: "head ends with CR CR LF", law: "RFC 9112, section 2.2", send: "GET /l HTTP/1.1\r\nHost: a.test\r\n\r\r\n" + smuggled, want: "400 close"},
		{name: "one empty line before a request", law: "RFC 9112, section 2.2", send: "\r\n" + request("GET /l HTTP/1.1"), want: "200 open | 400 close",
			seen: []string{maybe + "GET /l HTTP/1.1\nhost: a.test"}},
		{name: "an empty line between requests", law: "RFC 9112, section 2.2", send: request("POST /l HTTP/1.1", "Content-Length: 5") + "hello\r\n" + request("GET /m HTTP/1.1"), want: "200 200 open",
			seen: []string{"POST /l HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello", "GET /m HTTP/1.1\nhost: a.test"}},

		line("two spaces", "RFC 9112, section 3", "GET  /l HTTP/1.1"),
		line("two spaces before the version", "RFC 9112, section 3", "GET /l  HTTP/1.1"),
		line("tab", "RFC 9112, section 3", "GET\t/l\tHTTP/1.1"),
		line("vertical tab", "RFC 9112, section 3", "GET\v/l\vHTTP/1.1"),
		line("space in front", "RFC 9112, section 3", " GET /l HTTP/1.1"),
		line("space at the end", "RFC 9112, section 3", "GET /l HTTP/1.1 "),
		line("no method", "RFC 9112, section 3.1", " /l HTTP/1.1"),
		line("no method and no space", "RFC 9112, section 3.1", "/l HTTP/1.1"),
		line("no target", "RFC 9112, section 3.2", "GET HTTP/1.1"),
		line("empty target", "RFC 9112, section 3.2", "GET  HTTP/1.1"),
		line("method with a colon", "RFC 9110, section 9.1", "GET: /l HTTP/1.1"),
		line("method with a slash", "RFC 9110, section 9.1", "GET/x /l HTTP/1.1"),
		line("method with NUL", "RFC 9110, section 9.1", "GE\x00T /l HTTP/1.1"),
		line("method beyond ASCII", "RFC 9110, section 9.1", "GETé /l HTTP/1.1"),
		line("bare CR", "RFC 9112, section 2.2", "GET /l\r HTTP/1.1"),
		line("NUL", "RFC 9112, section 3.2", "GET /l\x00 HTTP/1.1"),
		line("four words", "RFC 9112, section 3", "GET /l HTTP/1.1 HTTP/1.1"),

		version("HTTP/2.0", "505 close"),
		version("HTTP/3.0", "505 close"),
		version("HTTP/0.9", "505 close | 400 close"),
		version("HTTP/9.9", "505 close"),
		version("HTTP/2", "505 close | 400 close"),
		version("HTTP/1", "505 close | 400 close"),
		version("HTTP/1.10", "505 close | 400 close"),
		version("HTTP/01.1", "505 close | 400 close"),
		version("HTTP/1.1.1", "505 close | 400 close"),
		version("HTTP/+1.1", "505 close | 400 close"),
		version("HTTP/1,1", "505 close | 400 close"),
		version("http/1.1", "505 close | 400 close"),
		version("HTTP/1.x", "505 close | 400 close"),
		version("HTTP 1.1", "400 close"),
		version("HTCPCP/1.0", "505 close | 400 close"),
		{name: "version HTTP/1.2", law: "RFC 9110, section 2.5", send: request("GET /l HTTP/1.2"), want: "200 open | 505 close", seen: []string{maybe + "GET /l HTTP/1.1\nhost: a.test"}},
		{name: "no version", law: "RFC 9112, section 3: no HTTP/0.9", send: "GET /l\r\n" + smuggled, want: "400 close | 505 close"},
		{name: "no version and nothing more", law: "RFC 9112, section 3: no HTTP/0.9", send: "GET /l\r\n\r\n", want: "400 close | 505 close"},
		{name: "HTTP/1.0", law: "RFC 9112, section 9.3", send: head("GET /l HTTP/1.0", "Host: a.test") + smuggled, want: "200 close", seen: []string{"GET /l HTTP/1.1\nhost: a.test"}},

		{name: "method in small letters", law: "RFC 9110, section 9.1: case-sensitive", send: request("get /l HTTP/1.1"), want: "200 open", seen: []string{"get /l HTTP/1.1\nhost: a.test"},
			unlike: map[string]string{"nginx": "takes capitals only"}},
		{name: "method of all token characters", law: "RFC 9110, section 5.6.2", send: request("A!#$%&'*+-.^_`|~9 /l HTTP/1.1"), want: "200 open",
			seen: []string{"A!#$%&'*+-.^_`|~9 /l HTTP/1.1\nhost: a.test"}, unlike: map[string]string{"nginx": "takes letters, _ and - only"}},
		{name: "method of a hundred letters", law: "RFC 9110, section 9.1", send: request(strings.Repeat("M", 100) + " /l HTTP/1.1"), want: "200 open | 501 close",
			seen: []string{maybe + strings.Repeat("M", 100) + " /l HTTP/1.1\nhost: a.test"}},
		plain("empty value", "RFC 9110, section 5.5", "X:", "x: "),
		plain("tab in a value", "RFC 9110, section 5.5", "X: a\tb", "x: a\tb"),
		plain("bytes beyond ASCII in a value", "RFC 9110, section 5.5: obs-text", "X: a\xe9b", "x: a\xe9b"),
		plain("spaces around a value", "RFC 9112, section 5: OWS", "X: \t a \t ", "x: a"),
		plain("no space behind a colon", "RFC 9112, section 5: OWS", "X:a", "x: a"),
		plain("colons in a value", "RFC 9110, section 5.5", "X: a: b:c", "x: a: b:c"),
		plain("a name of all token characters", "RFC 9110, section 5.6.2", "A!#$%&'*+-.^_`|~9: a", "a!#$%&'*+-.^_`|~9: a"),
		plain("the same name twice", "RFC 9110, section 5.3: order stays", "X: 2\r\nY: 0\r\nX: 1\r\nx: 3", "x: 1\nx: 2\nx: 3\ny: 0"),
	}
	testHTTP1(t, b, cases)
}

// What is not HTTP at all gets a refusal or nothing, and goes nowhere.
func TestOtherProtocols(t *testing.T) {
	b := startBench(t)
	var cases []case1
	for name, send := range map[string]string{
		"TLS":          "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x11", 200) + "\r\n\r\n",
		"SSH":          "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"SMTP":         "EHLO a.test\r\nMAIL FROM:<a@a.test>\r\n\r\n",
		"Redis":        "*1\r\n$4\r\nPING\r\n\r\n",
		"memcached":    "get /l\r\n\r\n",
		"PROXY":        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + smuggled,
		"PROXY 2":      "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x01\x01\x01\x02\x02\x02\x02\x00\x01\x00\x02" + smuggled,
		"NUL":          strings.Repeat("\x00", 100) + "\r\n\r\n",
		"an answer":    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"half preface": "PRI * HTTP/2.0\r\n\r\n" + smuggled,
		"PRI":          "PRI * HTTP/1.1\r\nHost: a.test\r\n\r\n" + smuggled,
		"RTSP":         "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n",
	} {
		cases = append(cases, case1{name: name, law: "RFC 9112, section 3", send: send, want: "400 close | 505 close | 501 close | close", fin: true})
	}
	testHTTP1(t, b, cases)
}
