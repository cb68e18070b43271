// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"strings"
	"testing"
)

// The limits that a listener sets hold to the byte, and what they refuse
// reaches no upstream (S2-08).
func TestSettings(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	b.listen(t, "fields", object{"max_header_fields": 8})
	b.listen(t, "bodies", object{"max_body_bytes": 10})
	b.listen(t, "requests", object{"max_requests": 2})
	b.listen(t, "stalls", object{"stall_timeout": "200ms"})
	b.listen(t, "halves", object{"half_close": true})
	fields := func(n int) string { // with the Host field
		return "GET /s HTTP/1.1\r\nHost: a.test\r\n" + strings.Repeat("X: 1\r\n", n-1) + "\r\n"
	}
	post := func(fields ...string) string { return request("POST /s HTTP/1.1", fields...) }
	const start, get = "POST /s HTTP/1.1\nhost: a.test\n", "GET /s HTTP/1.1\nhost: a.test"
	chunks := post("Transfer-Encoding: chunked")
	testHTTP1(t, b, []case1{
		{name: "fields at the limit", law: "max_header_fields", listener: "fields", send: fields(8), want: "200 open", seen: []string{get + strings.Repeat("\nx: 1", 7)}},
		{name: "one field above the limit", law: "RFC 6585, section 5", listener: "fields", send: fields(9) + smuggled, want: "431 close"},
		{name: "trailers above the limit", law: "max_header_fields", listener: "fields", send: chunks + "5\r\nhello\r\n0\r\n" + strings.Repeat("X-T: 1\r\n", 9) + "\r\n" + smuggled, want: "431 close | 400 close", cut: true},

		{name: "body at the limit", law: "max_body_bytes", listener: "bodies", send: post("Content-Length: 10") + "0123456789", want: "200 open", seen: []string{start + "content-length: 10\n\n0123456789"}},
		{name: "body above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", send: post("Content-Length: 11") + "0123456789a" + smuggled, want: "413 close"},
		{name: "chunks at the limit", law: "max_body_bytes", listener: "bodies", send: chunks + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", want: "200 open", seen: []string{start + "transfer-encoding: chunked\n\n0123456789"}},
		{name: "chunks above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", send: chunks + "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n" + smuggled, want: "413 close", cut: true},
		{name: "one chunk above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", send: chunks + "b\r\n0123456789a\r\n0\r\n\r\n" + smuggled, want: "413 close", cut: true},
		{name: "chunk that says that it is above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", send: chunks + "7fffffff\r\n", want: "413 close", cut: true},
		{name: "body above the limit, with an expectation", law: "RFC 9110, section 10.1.1", listener: "bodies", send: post("Content-Length: 11", "Expect: 100-continue"), want: "413 close"},

		{name: "requests at the limit", law: "max_requests", listener: "requests", send: request("GET /s HTTP/1.1") + request("GET /s HTTP/1.1"), want: "200 200 close", seen: []string{get, get}},
		{name: "requests above the limit", law: "max_requests", listener: "requests", send: request("GET /s HTTP/1.1") + request("GET /s HTTP/1.1") + smuggled, want: "200 200 close", seen: []string{get, get}},

		{name: "body that stalls", law: "RFC 9110, section 15.5.9", listener: "stalls", send: post("Content-Length: 10") + "01234", want: "408 close", cut: true},
		{name: "chunk that stalls", law: "RFC 9110, section 15.5.9", listener: "stalls", send: chunks + "5\r\n01", want: "408 close", cut: true},
		{name: "chunk size that stalls", law: "RFC 9110, section 15.5.9", listener: "stalls", send: chunks + "5\r\n01234\r\n", want: "408 close", cut: true},
		{name: "trailers that stall", law: "RFC 9110, section 15.5.9", listener: "stalls", send: chunks + "5\r\n01234\r\n0\r\nX-T: 1\r\n", want: "408 close", cut: true},

		{name: "a client that has said all", law: "half_close", listener: "halves", send: request("GET /s HTTP/1.1"), fin: true, want: "200 close", seen: []string{get}},
		{name: "a client that has said all, twice", law: "half_close", listener: "halves", send: request("GET /s HTTP/1.1") + post("Content-Length: 5") + "hello", fin: true, want: "200 200 close", seen: []string{get, start + "content-length: 5\n\nhello"}},
		{name: "a client that has not said all", law: "RFC 9112, section 8", listener: "halves", send: post("Content-Length: 10") + "hello", fin: true, want: "400 close | close", cut: true},
	})
	testHTTP2(t, b, []case2{
		{name: "HTTP/2 fields above the limit", law: "RFC 6585, section 5", listener: "fields", play: func(c *client2) {
			c.get(1, "/s", "x: 1", "x: 1", "x: 1", "x: 1", "x: 1", "x: 1", "x: 1", "x: 1", "x: 1")
		}, want: "431 | reset ENHANCE_YOUR_CALM | reset PROTOCOL_ERROR"},
		{name: "HTTP/2 body at the limit", law: "max_body_bytes", listener: "bodies", play: func(c *client2) { c.post(1, "/s"); c.data(1, end, "0123456789") }, want: "200", seen: []string{start + "transfer-encoding: chunked\n\n0123456789"}},
		{name: "HTTP/2 body that says that it is above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", play: func(c *client2) { c.post(1, "/s", "content-length: 11"); c.data(1, end, "0123456789a") }, want: "413 | 413 cut"},
		{name: "HTTP/2 body above the limit", law: "RFC 9110, section 15.5.14", listener: "bodies", cut: true, play: func(c *client2) {
			c.post(1, "/s")
			c.data(1, more, "01234")
			c.data(1, end, "56789a")
		}, want: "413 | 413 cut"},
		{name: "HTTP/2 body that stalls", law: "RFC 9110, section 15.5.9", listener: "stalls", cut: true, play: func(c *client2) { c.post(1, "/s"); c.data(1, more, "01234") }, want: "408 | 408 cut | reset CANCEL | reset PROTOCOL_ERROR | reset ENHANCE_YOUR_CALM"},
	})
}
