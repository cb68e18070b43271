// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"strings"
	"testing"
)

// A head that is too large or too slow costs its client the connection and
// reaches no upstream (S2-08).
func TestLimits(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	b.listen(t, "small", object{"max_header_bytes": 1024})
	b.listen(t, "hasty", object{"header_timeout": "200ms", "idle_timeout": "200ms"})
	// sized is a request whose head, empty line included, has that many bytes.
	sized := func(size int) string {
		start := "GET /l HTTP/1.1\r\nHost: a.test\r\nX: "
		return start + strings.Repeat("x", size-len(start)-4) + "\r\n\r\n"
	}
	saw := func(size int) string {
		fields, _ := strings.CutPrefix(sized(size), "GET /l HTTP/1.1\r\nHost: a.test\r\nX: ")
		return "GET /l HTTP/1.1\nhost: a.test\nx: " + strings.TrimSpace(fields)
	}
	many := func(n int) string {
		return "GET /l HTTP/1.1\r\nHost: a.test\r\n" + strings.Repeat("X: 1\r\n", n) + "\r\n"
	}
	const half = "GET /l HTTP/1.1\r\nHost: a.test\r\n"
	testHTTP1(t, b, []case1{
		{name: "head at the limit", law: "max_header_bytes", listener: "small", send: sized(1024), want: "200 open", seen: []string{saw(1024)}},
		{name: "head one byte below the limit", law: "max_header_bytes", listener: "small", send: sized(1023), want: "200 open", seen: []string{saw(1023)}},
		{name: "head one byte above the limit", law: "RFC 6585, section 5", listener: "small", send: sized(1025), want: "431 close"},
		{name: "head of twice the limit", law: "RFC 6585, section 5", listener: "small", send: sized(2048) + smuggled, want: "431 close"},
		{name: "head above the limit behind a good one", law: "RFC 6585, section 5", listener: "small", send: sized(500) + sized(2048) + smuggled, want: "200 431 close", seen: []string{saw(500)}},
		{name: "head at the default limit", law: "max_header_bytes", send: sized(64 << 10), want: "200 open", seen: []string{saw(64 << 10)}},
		{name: "head above the default limit", law: "RFC 6585, section 5", send: sized(64<<10 + 1), want: "431 close"},
		{name: "head of 1 MiB", law: "RFC 6585, section 5", send: sized(1 << 20), want: "431 close"},
		{name: "request line without end", law: "RFC 9112, section 3", send: "GET /" + strings.Repeat("a", 1<<20), want: "414 close | 431 close"},
		{name: "request line above the limit", law: "RFC 9112, section 3", listener: "small", send: request("GET /" + strings.Repeat("a", 1024) + " HTTP/1.1"), want: "414 close | 431 close"},
		{name: "query above the limit", law: "RFC 9112, section 3", listener: "small", send: request("GET /?" + strings.Repeat("a", 1024) + " HTTP/1.1"), want: "414 close | 431 close"},
		{name: "method above the limit", law: "RFC 9112, section 3", listener: "small", send: request(strings.Repeat("M", 2048) + " / HTTP/1.1"), want: "400 close | 414 close | 431 close | 501 close"},
		{name: "field without end", law: "RFC 6585, section 5", send: half + "X: " + strings.Repeat("a", 1<<20), want: "431 close"},
		{name: "name without end", law: "RFC 6585, section 5", send: half + strings.Repeat("a", 1<<20), want: "431 close | 400 close"},
		{name: "fields without end", law: "RFC 6585, section 5", send: half + strings.Repeat("X: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 1<<15), want: "431 close"},
		{name: "empty lines without end", law: "RFC 9112, section 2.2", send: strings.Repeat("\r\n", 1<<19), want: "400 close | 431 close | close"},
		{name: "fields at the default limit", law: "max_header_fields", send: many(127), want: "200 open", seen: []string{"GET /l HTTP/1.1\nhost: a.test" + strings.Repeat("\nx: 1", 127)}},
		{name: "one field above the default limit", law: "RFC 6585, section 5", send: many(128), want: "431 close"},
		{name: "ten thousand fields", law: "RFC 6585, section 5", send: many(10_000), want: "431 close"},
		{name: "refused, with 4 MiB behind", law: "RFC 9112, section 9.6: the answer is not lost", send: request("POST /l HTTP/1.1", "X : y", "Content-Length: 4194304") + strings.Repeat("a", 4<<20), want: "400 close"},
		{name: "half a head in time", law: "RFC 9110, section 15.5.9", listener: "hasty", send: half, want: "408 close"},
		{name: "half a request line in time", law: "RFC 9110, section 15.5.9", listener: "hasty", send: "GE", want: "408 close"},
		{name: "half a head behind a request", law: "RFC 9110, section 15.5.9", listener: "hasty", send: request("GET /1 HTTP/1.1") + half, want: "200 408 close", seen: []string{"GET /1 HTTP/1.1\nhost: a.test"}},
		{name: "nothing in time", law: "RFC 9112, section 9.5", listener: "hasty", send: "", want: "close | 408 close"},
	})
}
