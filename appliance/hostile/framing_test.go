// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"strings"
	"testing"
)

// smuggled stands where a body might be taken for a request.
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"

const framing = "RFC 9112, section 6.3"

// What says two things about the length of a body, or says it in a way that
// another parser may read otherwise, is refused (S2-03).
func TestFraming(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	post := func(fields ...string) string { return request("POST /f HTTP/1.1", fields...) }
	refused := func(name, law, send string) case1 {
		return case1{name: name, law: law, send: send + smuggled, want: "400 close"}
	}
	unknown := func(name, value string) case1 {
		return case1{
			name: name, law: "RFC 9112, section 6.1", send: post(value) + "0\r\n\r\n" + smuggled,
			want: "400 close | 501 close",
		}
	}
	cases := []case1{
		{name: "length", law: framing, send: post("Content-Length: 5") + "hello", want: "200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "chunks", law: framing, send: post("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n", want: "200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello"}},
		{name: "capital chunked", law: "RFC 9112, section 7: names are case-insensitive", send: post("Transfer-Encoding: Chunked") + "5\r\nhello\r\n0\r\n\r\n", want: "200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello"}},
		{name: "no length is no body", law: framing, send: post() + smuggled, want: "200 200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test", "GET /smuggled HTTP/1.1\nhost: a.test"}},
		{name: "length 0", law: framing, send: post("Content-Length: 0") + smuggled, want: "200 200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test", "GET /smuggled HTTP/1.1\nhost: a.test"}},
		{name: "length with zeros in front", law: "RFC 9110, section 8.6: 1*DIGIT", send: post("Content-Length: 0005") + "hello", want: "200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello" + or + "POST /f HTTP/1.1\nhost: a.test\ncontent-length: 0005\n\nhello"}},
		{name: "length in tabs", law: "RFC 9112, section 5: OWS", send: post("Content-Length:\t5\t") + "hello", want: "200 open",
			seen: []string{"POST /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "body of a GET", law: "RFC 9110, section 9.3.1", send: request("GET /f HTTP/1.1", "Content-Length: 5") + "hello", want: "200 open",
			seen: []string{"GET /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "body of a GET in chunks", law: "RFC 9110, section 9.3.1", send: request("GET /f HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n", want: "200 open",
			seen: []string{"GET /f HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello"}},
		{name: "body of a HEAD", law: "RFC 9110, section 9.3.2", send: request("HEAD /f HTTP/1.1", "Content-Length: 5") + "hello", want: "200 open", method: "HEAD",
			seen: []string{"HEAD /f HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},

		refused("length and chunks", framing, post("Content-Length: 5", "Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("chunks and length", framing, post("Transfer-Encoding: chunked", "Content-Length: 5")+"0\r\n\r\n"),
		refused("chunks and length 0", framing, post("Transfer-Encoding: chunked", "Content-Length: 0")+"0\r\n\r\n"),
		refused("chunks and length, far apart", framing, post("Content-Length: 5", "A: 1", "B: 2", "C: 3", "Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("chunks and length in other letters", framing, post("cOnTeNt-LeNgTh: 5", "tRANSFER-eNCODING: chunked")+"0\r\n\r\n"),
		refused("GET with length and chunks", framing, request("GET /f HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("two lengths", framing, post("Content-Length: 5", "Content-Length: 0")+"hello"),
		refused("two equal lengths", framing, post("Content-Length: 5", "Content-Length: 5")+"hello"),
		refused("two lengths in a list", framing, post("Content-Length: 5, 6")+"hello"),
		refused("two equal lengths in a list", framing, post("Content-Length: 5,5")+"hello"),
		refused("lengths beside nothing in a list", framing, post("Content-Length: 5,")+"hello"),
		refused("two chunkeds", "RFC 9112, section 6.1", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("two chunkeds in a list", "RFC 9112, section 6.1", post("Transfer-Encoding: chunked, chunked")+"0\r\n\r\n"),
		refused("chunks in HTTP/1.0", "RFC 9112, section 6.1", head("POST /f HTTP/1.0", "Host: a.test", "Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("chunks in HTTP/1.0 that stays", "RFC 9112, section 6.1", head("POST /f HTTP/1.0", "Host: a.test", "Connection: keep-alive", "Transfer-Encoding: chunked")+"0\r\n\r\n"),

		unknown("unknown coding", "Transfer-Encoding: xchunked"),
		unknown("coding chunkedx", "Transfer-Encoding: chunkedx"),
		unknown("identity", "Transfer-Encoding: identity"),
		unknown("identity behind chunked", "Transfer-Encoding: chunked, identity"),
		unknown("identity before chunked", "Transfer-Encoding: identity, chunked"),
		unknown("gzip before chunked", "Transfer-Encoding: gzip, chunked"),
		unknown("gzip behind chunked", "Transfer-Encoding: chunked, gzip"),
		unknown("gzip", "Transfer-Encoding: gzip"),
		unknown("nothing before chunked", "Transfer-Encoding: , chunked"),
		unknown("nothing behind chunked", "Transfer-Encoding: chunked,"),
		unknown("chunked in quotes", `Transfer-Encoding: "chunked"`),
		unknown("chunked with a parameter", "Transfer-Encoding: chunked;q=1"),
		unknown("chunked between semicolons", "Transfer-Encoding: ;chunked;"),
		unknown("empty coding", "Transfer-Encoding:"),
		unknown("chunked behind a vertical tab", "Transfer-Encoding: \vchunked"),
		unknown("chunked behind a form feed", "Transfer-Encoding: chunked\f"),
		unknown("chunked behind NUL", "Transfer-Encoding: \x00chunked"),
		unknown("chunked behind a no-break space", "Transfer-Encoding: \xa0chunked"),
		unknown("chunked with a bare CR", "Transfer-Encoding: \rchunked"),
		unknown("chunked in two fields with identity", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),

		refused("space before the colon of a coding", "RFC 9112, section 5.1", post("Transfer-Encoding : chunked")+"0\r\n\r\n"),
		refused("tab before the colon of a coding", "RFC 9112, section 5.1", post("Transfer-Encoding\t: chunked")+"0\r\n\r\n"),
		refused("vertical tab before the colon of a coding", "RFC 9112, section 5.1", post("Transfer-Encoding\v: chunked")+"0\r\n\r\n"),
		refused("space before a coding's name", "RFC 9112, section 5.2", post(" Transfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("coding in a folded line", "RFC 9112, section 5.2", post("Transfer-Encoding:\r\n chunked")+"0\r\n\r\n"),
		refused("coding behind a bare CR", "RFC 9112, section 2.2", post("X: y\rTransfer-Encoding: chunked")+"0\r\n\r\n"),
		refused("coding behind a bare LF", "RFC 9112, section 2.2", post("Content-Length: 5", "X: y\nTransfer-Encoding: chunked")+"0\r\n\r\n"),
	}
	for name, value := range map[string]string{
		"plus": "+5", "minus": "-1", "minus nothing": "-0", "hexadecimal": "0x5", "hexadecimal digits": "5a", "two numbers": "5 5",
		"fraction": "5.0", "exponent": "5e0", "quotes": `"5"`, "empty": "", "underscore": "1_0", "NUL": "5\x00", "bare CR": "5\r5",
		"64 bits and more": "18446744073709551621", "63 bits and more": "9223372036854775808", "endless": strings.Repeat("9", 300), "no digit": "five",
	} {
		cases = append(cases, refused("length: "+name, "RFC 9110, section 8.6", post("Content-Length: "+value)+"hello"))
	}
	for name, field := range map[string]string{
		"space before the colon": "Content-Length : 5", "tab before the colon": "Content-Length\t: 5",
		"space before the name": " Content-Length: 5", "folded": "Content-Length:\r\n 5",
	} {
		cases = append(cases, refused("length: "+name, "RFC 9112, section 5", post(field)+"hello"))
	}
	testHTTP1(t, b, cases)
}
