// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"fmt"
	"strings"
	"testing"
)

// A chunked body is read by the letter of RFC 9112, section 7.1. What breaks
// it may have begun to reach the upstream; its end never does.
func TestChunks(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	start := request("POST /c HTTP/1.1", "Transfer-Encoding: chunked")
	const whole = "POST /c HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello"
	var cases []case1
	for name, body := range map[string]string{
		"size is empty":                         "\r\n",
		"size is no number":                     "g\r\nhello\r\n",
		"size with 0x":                          "0x5\r\nhello\r\n0\r\n\r\n",
		"size with a minus":                     "-1\r\nhello\r\n0\r\n\r\n",
		"size with a plus":                      "+5\r\nhello\r\n0\r\n\r\n",
		"size with a space in front":            " 5\r\nhello\r\n0\r\n\r\n",
		"size with a tab in front":              "\t5\r\nhello\r\n0\r\n\r\n",
		"size with a space behind":              "5 \r\nhello\r\n0\r\n\r\n",
		"size with an underscore":               "0_5\r\nhello\r\n0\r\n\r\n",
		"size with NUL":                         "5\x00\r\nhello\r\n0\r\n\r\n",
		"size in quotes":                        "\"5\"\r\nhello\r\n0\r\n\r\n",
		"size with a comma":                     "5,5\r\nhello\r\n0\r\n\r\n",
		"size with letters behind":              "5xyz\r\nhello\r\n0\r\n\r\n",
		"size of 17 digits":                     "10000000000000005\r\nhello\r\n0\r\n\r\n",
		"size of 64 bits":                       "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
		"size of 63 bits and more":              "8000000000000000\r\nhello\r\n0\r\n\r\n",
		"size that wraps":                       "FFFFFFFFFFFFFFFFF0000000000000005\r\nhello\r\n0\r\n\r\n",
		"size line ends with bare LF":           "5\nhello\r\n0\r\n\r\n",
		"size line ends with bare CR":           "5\rhello\r\n0\r\n\r\n",
		"size line ends with CR CR LF":          "5\r\r\nhello\r\n0\r\n\r\n",
		"chunk is longer than its size":         "3\r\nhello\r\n0\r\n\r\n",
		"chunk is shorter than its size":        "6\r\nhello\r\n0\r\n\r\n",
		"no CRLF behind a chunk":                "5\r\nhello0\r\n\r\n",
		"bare LF behind a chunk":                "5\r\nhello\n0\r\n\r\n",
		"bare CR behind a chunk":                "5\r\nhello\r0\r\n\r\n",
		"two bytes other than CRLF":             "5\r\nhelloXX0\r\n\r\n",
		"last chunk ends with bare LF":          "5\r\nhello\r\n0\n\r\n",
		"body ends with bare LF":                "5\r\nhello\r\n0\r\n\n",
		"body ends with two bare LF":            "5\r\nhello\r\n0\n\n",
		"no CRLF at the end":                    "5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"extension with bare LF":                "5;a\nb\r\nhello\r\n0\r\n\r\n",
		"extension with bare CR":                "5;a\rb\r\nhello\r\n0\r\n\r\n",
		"extension with NUL":                    "5;a\x00b\r\nhello\r\n0\r\n\r\n",
		"extension with a line end in quotes":   "5;a=\"\r\nhello\"\r\n0\r\n\r\n",
		"extension ends the body with bare LF":  "5\r\nhello\r\n0;a\n\r\n",
		"trailer is folded":                     "5\r\nhello\r\n0\r\nX-T: a\r\n b\r\n\r\n",
		"trailer without colon":                 "5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
		"trailer with a space before the colon": "5\r\nhello\r\n0\r\nX-T : a\r\n\r\n",
		"trailer without name":                  "5\r\nhello\r\n0\r\n: a\r\n\r\n",
		"trailer with NUL":                      "5\r\nhello\r\n0\r\nX-T: a\x00\r\n\r\n",
		"trailer with bare CR":                  "5\r\nhello\r\n0\r\nX-T: a\rb\r\n\r\n",
		"trailer ends with bare LF":             "5\r\nhello\r\n0\r\nX-T: a\n\r\n",
		"trailer with a space in its name":      "5\r\nhello\r\n0\r\nX T: a\r\n\r\n",
		"second chunk is bad":                   "5\r\nhello\r\nzz\r\nhello\r\n0\r\n\r\n",
		"size of an HTTP request line":          "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"size line is endless":                  strings.Repeat("0", 100_000),
		"size with endless zeros in front":      strings.Repeat("0", 10_000) + "5\r\nhello\r\n0\r\n\r\n",
		"extension of 64 KiB":                   "5;a=" + strings.Repeat("x", 64<<10) + "\r\nhello\r\n0\r\n\r\n",
		"extension of 64 KiB on the last chunk": "5\r\nhello\r\n0;a=" + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		"extensions of 4 KiB on chunks of 1":    strings.Repeat("1;"+strings.Repeat("x", 4<<10)+"\r\na\r\n", 1024) + "0\r\n\r\n",
		"trailer of 128 KiB":                    "5\r\nhello\r\n0\r\nX-T: " + strings.Repeat("x", 128<<10) + "\r\n\r\n",
		"trailers of 128 KiB":                   "5\r\nhello\r\n0\r\n" + strings.Repeat("X-T: "+strings.Repeat("x", 1<<10)+"\r\n", 128) + "\r\n",
		"trailer without end, of 1 MiB":         "5\r\nhello\r\n0\r\nX-T: " + strings.Repeat("x", 1<<20),
	} {
		cases = append(cases, case1{name: name, law: "RFC 9112, section 7.1", send: start + body + smuggled, want: "400 close | 431 close", cut: true})
	}
	for name, body := range map[string]string{
		"two chunks": "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "zeros in front": "005\r\nhello\r\n000\r\n\r\n", "chunks of one byte": "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n",
		"extension": "5;a\r\nhello\r\n0\r\n\r\n", "extension with a value": "5;a=b\r\nhello\r\n0;c=d\r\n\r\n", "extension in quotes": "5;a=\"b c\"\r\nhello\r\n0\r\n\r\n", "two extensions": "5;a=b;c=\"d;e\"\r\nhello\r\n0\r\n\r\n",
	} {
		cases = append(cases, case1{name: "taken: " + name, law: "RFC 9112, section 7.1", send: start + body + smuggled, want: "200 200 open",
			seen: []string{whole, "GET /smuggled HTTP/1.1\nhost: a.test"}})
	}
	for name, body := range map[string]string{
		"content-length": "Content-Length: 100", "transfer-encoding": "Transfer-Encoding: chunked", "host": "Host: b.test", "connection": "Connection: close", "authorization": "Authorization: Basic eDp5",
		"content-type": "Content-Type: text/html", "te": "TE: trailers", "trailer": "Trailer: x", "upgrade": "Upgrade: websocket", "expect": "Expect: 100-continue", "cookie": "Cookie: a=b", "x-forwarded-for": "X-Forwarded-For: 192.0.2.66",
	} {
		cases = append(cases, case1{name: "trailer that may be none: " + name, law: "RFC 9110, section 6.5.1", send: start + "5\r\nhello\r\n0\r\n" + body + "\r\n\r\n", want: "200 open | 400 close", cut: true, seen: []string{maybe + whole}})
	}
	cases = append(cases,
		case1{name: "capital hexadecimal digits", law: "RFC 9112, section 7.1", send: start + "A\r\n0123456789\r\n0\r\n\r\n", want: "200 open", seen: []string{strings.Replace(whole, "hello", "0123456789", 1)}},
		case1{name: "empty body", law: "RFC 9112, section 7.1", send: start + "0\r\n\r\n", want: "200 open", seen: []string{strings.TrimSuffix(whole, "\n\nhello")}},
		case1{name: "space before an extension", law: "RFC 9112, section 7.1.1: BWS", send: start + "5 ; a=b\r\nhello\r\n0\r\n\r\n", want: "200 open | 400 close", seen: []string{maybe + whole}, cut: true},
		case1{name: "announced trailer", law: "RFC 9112, section 7.1.2", send: request("POST /c HTTP/1.1", "Transfer-Encoding: chunked", "Trailer: X-T") + "5\r\nhello\r\n0\r\nX-T: a\r\n\r\n", want: "200 open",
			seen: []string{"POST /c HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\ntrailer: X-T\n\nhello\nx-t: a"}},
		case1{name: "trailer that nobody announced", law: "RFC 9112, section 7.1.2", send: start + "5\r\nhello\r\n0\r\nX-T: a\r\n\r\n", want: "200 open", seen: []string{whole + "\nx-t: a" + or + whole}},
		case1{name: "end in the middle of a chunk", law: "RFC 9112, section 8", send: start + "5\r\nhel", fin: true, want: "close | 400 close", cut: true},
		case1{name: "end behind a chunk", law: "RFC 9112, section 8", send: start + "5\r\nhello\r\n", fin: true, want: "close | 400 close", cut: true},
		case1{name: "end in the last chunk", law: "RFC 9112, section 8", send: start + "5\r\nhello\r\n0\r\n", fin: true, want: "close | 400 close", cut: true},
		case1{name: "end before the first chunk", law: "RFC 9112, section 8", send: start, fin: true, want: "close | 400 close", cut: true},
		case1{name: "end in a trailer", law: "RFC 9112, section 8", send: start + "5\r\nhello\r\n0\r\nX-T: a", fin: true, want: "close | 400 close", cut: true},
		case1{name: "end in a body with a length", law: "RFC 9112, section 8", send: request("POST /c HTTP/1.1", "Content-Length: 10") + "hello", fin: true, want: "close | 400 close", cut: true},
		case1{name: "end in a head", law: "RFC 9112, section 8", send: "GET /c HTTP/1.1\r\nHost: a.test\r\n", fin: true, want: "close | 400 close"},
		case1{name: "end in a field", law: "RFC 9112, section 8", send: "GET /c HTTP/1.1\r\nHost: a.te", fin: true, want: "close | 400 close"},
		case1{name: "end in a request line", law: "RFC 9112, section 8", send: "GET /c", fin: true, want: "close | 400 close"},
		case1{name: "many chunks", law: "RFC 9112, section 7.1", send: start + strings.Repeat("1\r\na\r\n", 5000) + "0\r\n\r\n", want: "200 open", seen: []string{strings.Replace(whole, "hello", strings.Repeat("a", 5000), 1)}},
		case1{name: "a large chunk", law: "RFC 9112, section 7.1", send: start + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 300_000, strings.Repeat("b", 300_000)), want: "200 open", seen: []string{strings.Replace(whole, "hello", strings.Repeat("b", 300_000), 1)}},
	)
	testHTTP1(t, b, cases)
}
