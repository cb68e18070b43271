// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"strings"
)

// hostileAnswers is the table of TestAnswers.
func hostileAnswers() []answer {
	const (
		ok       = "HTTP/1.1 200 OK\r\n"
		evil     = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
		length   = "RFC 9112, section 6.3"
		status   = "RFC 9112, section 4"
		fields   = "RFC 9112, section 5"
		chunking = "RFC 9112, section 7.1"
	)
	refused := func(name, law, raw string) answer {
		return answer{name: name, law: law, raw: raw, want: []string{"502"}}
	}
	// broken is an answer whose head is fine and whose body is not.
	broken := func(name, law, raw string) answer {
		return answer{name: name, law: law, raw: raw, want: []string{"200 cut", "502", "none"}}
	}
	ended := func(a answer) answer { a.ends = true; return a }
	chunks := ok + "Transfer-Encoding: chunked\r\n\r\n"
	return []answer{
		{name: "a good one", law: length, raw: good, want: []string{"200 good"}},
		{name: "a good one in chunks", law: chunking, raw: chunks + "4\r\ngood\r\n0\r\n\r\n", want: []string{"200 good"}},
		{name: "a good one up to the end", law: length, raw: ok + "\r\ngood", ends: true, want: []string{"200 good"}},
		{name: "a good one in HTTP 1.0", law: length, raw: "HTTP/1.0 200 OK\r\n\r\ngood", ends: true, want: []string{"200 good"}},
		{name: "a good one without body", law: length, raw: ok + "Content-Length: 0\r\n\r\n", want: []string{"200"}},

		refused("length and chunks", length, ok+"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+evil),
		refused("chunks and length", length, ok+"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
		refused("two lengths", length, ok+"Content-Length: 4\r\nContent-Length: 8\r\n\r\ngoodevil"),
		refused("two lengths in a list", length, ok+"Content-Length: 4, 8\r\n\r\ngoodevil"),
		refused("negative length", length, ok+"Content-Length: -1\r\n\r\n"),
		refused("length with a plus", length, ok+"Content-Length: +4\r\n\r\ngood"),
		refused("length in hexadecimal", length, ok+"Content-Length: 0x4\r\n\r\ngood"),
		refused("length of two numbers", length, ok+"Content-Length: 4 4\r\n\r\ngood"),
		refused("length that overflows", length, ok+"Content-Length: 18446744073709551620\r\n\r\ngood"),
		refused("empty length", length, ok+"Content-Length:\r\n\r\ngood"),
		refused("unknown coding", "RFC 9112, section 6.1", ok+"Transfer-Encoding: xchunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
		refused("gzip as coding", "RFC 9112, section 6.1", ok+"Transfer-Encoding: gzip, chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
		refused("two chunkeds", "RFC 9112, section 6.1", ok+"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
		refused("chunked and identity", "RFC 9112, section 6.1", ok+"Transfer-Encoding: chunked, identity\r\n\r\n4\r\ngood\r\n0\r\n\r\n"),
		ended(refused("chunks in HTTP 1.0", "RFC 9112, section 6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n")),
		{name: "two equal lengths", law: length, raw: ok + "Content-Length: 4\r\nContent-Length: 4\r\n\r\ngood", want: []string{"502", "200 good"}},

		refused("status below 100", status, "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"),
		refused("status of two digits", status, "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("status of four digits", status, "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("status in letters", status, "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
		refused("status with a sign", status, "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("no status", status, "HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
		refused("version 2", status, "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("version of letters", status, "HTTP/x.y 200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("another protocol", status, "ICY 200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("version in small letters", status, "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("two spaces", status, "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("space in front", status, " HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
		refused("NUL in the reason", status, "HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n"),
		refused("bare CR in the reason", status, "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"),
		refused("a request", status, smuggled),
		refused("rubbish", status, "\x00\x01\x02\x03\r\n\r\n"),
		ended(refused("HTTP 0.9", status, "<html>evil</html>")),
		ended(refused("nothing", status, "")),
		ended(refused("half a status line", status, "HTTP/1.1 20")),
		ended(refused("half a head", status, ok+"Content-Len")),
		ended(refused("a head without end", status, ok+"Content-Length: 0\r\n")),
		{name: "no reason", law: status, raw: "HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\ngood", want: []string{"200 good"}},

		refused("NUL in a value", fields, ok+"X: a\x00b\r\nContent-Length: 4\r\n\r\ngood"),
		refused("bare CR in a value", fields, ok+"X: a\rSet-Cookie: evil\r\nContent-Length: 4\r\n\r\ngood"),
		refused("bare LF between fields", fields, ok+"X: a\nSet-Cookie: evil\r\nContent-Length: 4\r\n\r\ngood"),
		refused("control character in a value", fields, ok+"X: a\x08b\r\nContent-Length: 4\r\n\r\ngood"),
		refused("space in a name", fields, ok+"X Y: a\r\nContent-Length: 4\r\n\r\ngood"),
		refused("no name", fields, ok+": a\r\nContent-Length: 4\r\n\r\ngood"),
		refused("no colon", fields, ok+"nonsense\r\nContent-Length: 4\r\n\r\ngood"),
		refused("bracket in a name", fields, ok+"X(Y): a\r\nContent-Length: 4\r\n\r\ngood"),
		refused("space before the first field", fields, ok+" X: a\r\nContent-Length: 4\r\n\r\ngood"),
		{name: "space before a colon", law: "RFC 9112, section 5.1", raw: ok + "X : a\r\nContent-Length: 4\r\n\r\ngood", want: []string{"502", "200 good"}},
		{name: "folded field", law: "RFC 9112, section 5.2", raw: ok + "X: a\r\n b\r\nContent-Length: 4\r\n\r\ngood", want: []string{"502", "200 good"}},
		{name: "Connection names the length", law: "RFC 9110, section 7.6.1", raw: ok + "Connection: content-length\r\nContent-Length: 4\r\n\r\ngood", want: []string{"200 good"}},
		refused("head of 2 MiB", fields, ok+"X: "+strings.Repeat("x", 2<<20)+"\r\nContent-Length: 4\r\n\r\ngood"),
		refused("fields of 2 MiB", fields, ok+strings.Repeat("X: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 1<<16)+"Content-Length: 4\r\n\r\ngood"),
		{name: "fields without end", law: fields, raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("aaaa\r\nX: ", 1000), flood: true, want: []string{"502"}},

		ended(broken("length that is a lie", length, ok+"Content-Length: 100\r\n\r\ngood")),
		ended(broken("length and no body", length, ok+"Content-Length: 4\r\n\r\n")),
		ended(broken("chunks without end", chunking, chunks+"4\r\ngood\r\n")),
		ended(broken("half a chunk", chunking, chunks+"8\r\ngood")),
		ended(broken("half a last chunk", chunking, chunks+"4\r\ngood\r\n0\r\n")),
		ended(broken("no chunk", chunking, chunks)),
		broken("chunk size that is none", chunking, chunks+"4\r\ngood\r\nzz\r\nevil\r\n0\r\n\r\n"),
		broken("chunk size with 0x", chunking, chunks+"0x4\r\ngood\r\n0\r\n\r\n"),
		broken("chunk size that overflows", chunking, chunks+"10000000000000004\r\ngood\r\n0\r\n\r\n"),
		broken("negative chunk size", chunking, chunks+"-4\r\ngood\r\n0\r\n\r\n"),
		broken("chunk longer than its size", chunking, chunks+"4\r\ngoodevil\r\n0\r\n\r\n"),
		broken("no CRLF behind a chunk", chunking, chunks+"4\r\ngood0\r\n\r\n"),
		broken("bare LF behind a chunk size", chunking, chunks+"4\ngood\r\n0\r\n\r\n"),
		broken("bare LF behind a chunk", chunking, chunks+"4\r\ngood\n0\r\n\r\n"),
		broken("trailer without colon", chunking, chunks+"4\r\ngood\r\n0\r\nnonsense\r\n\r\n"),
		broken("trailer with NUL", chunking, chunks+"4\r\ngood\r\n0\r\nX: \x00\r\n\r\n"),
		broken("endless chunk size", chunking, chunks+strings.Repeat("0", 1<<20)),
		broken("trailers of 2 MiB", chunking, chunks+"4\r\ngood\r\n0\r\n"+strings.Repeat("X: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 1<<16)+"\r\n"),
		{name: "length as a trailer", law: "RFC 9110, section 6.5.1", raw: chunks + "4\r\ngood\r\n0\r\nContent-Length: 100\r\n\r\n", want: []string{"200 good", "200 cut", "502", "none"}},
		{name: "coding as a trailer", law: "RFC 9110, section 6.5.1", raw: chunks + "4\r\ngood\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", want: []string{"200 good", "200 cut", "502", "none"}},

		{name: "answer behind an answer", law: "RFC 9112, section 9.2", raw: good + evil, want: []string{"200 good"}},
		{name: "two answers behind an answer", law: "RFC 9112, section 9.2", raw: good + evil + evil, want: []string{"200 good"}},
		{name: "answer behind chunks", law: "RFC 9112, section 9.2", raw: chunks + "4\r\ngood\r\n0\r\n\r\n" + evil, want: []string{"200 good"}},
		{name: "rubbish behind an answer", law: "RFC 9112, section 9.2", raw: good + "rubbish", want: []string{"200 good"}},
		{name: "line end behind an answer", law: "RFC 9112, section 9.2", raw: good + "\r\n", want: []string{"200 good"}},
		{name: "answer to no request", law: "RFC 9112, section 9.2", raw: good, later: evil, want: []string{"200 good"}},
		{name: "408 to no request", law: "RFC 9112, section 9.2", raw: good, later: "HTTP/1.1 408 Request Timeout\r\nContent-Length: 4\r\n\r\nevil", want: []string{"200 good"}},
		{name: "interim answer to no request", law: "RFC 9112, section 9.2", raw: good, later: "HTTP/1.1 103 Early Hints\r\n\r\n", want: []string{"200 good"}},
		{name: "half an answer to no request", law: "RFC 9112, section 9.2", raw: good, later: "HTTP/1.1 200 OK\r\nX: ", want: []string{"200 good"}},
		{name: "204 with a body", law: length, raw: "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", want: []string{"204", "502"}},
		{name: "204 with chunks", law: length, raw: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", want: []string{"204", "502"}},
		{name: "204 and an answer", law: length, raw: "HTTP/1.1 204 No Content\r\n\r\n" + evil, want: []string{"204"}},
		{name: "304 with a body", law: length, raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil", want: []string{"304"}},
		{name: "304 and an answer", law: length, raw: "HTTP/1.1 304 Not Modified\r\n\r\n" + evil, want: []string{"304"}},
		{name: "HEAD with a body", law: length, method: "HEAD", raw: evil, want: []string{"200"}},
		{name: "HEAD with chunks", law: length, method: "HEAD", raw: chunks + "4\r\nevil\r\n0\r\n\r\n", want: []string{"200"}},
		{name: "HEAD and an answer", law: length, method: "HEAD", raw: ok + "Content-Length: 4\r\n\r\n" + evil, want: []string{"200"}},

		{name: "interim answers", law: "RFC 9110, section 15.2", raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + good, want: []string{"200 good"}},
		{name: "interim answers without end", law: "RFC 9110, section 15.2", raw: strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 100), flood: true, want: []string{"502", "none"}},
		{name: "100 without end", law: "RFC 9110, section 15.2", raw: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100), flood: true, want: []string{"502", "none"}},
		{name: "interim answer with NUL", law: fields, raw: "HTTP/1.1 103 Early Hints\r\nLink: a\x00b\r\n\r\n" + good, want: []string{"502"}},
		{name: "interim answer with a body", law: "RFC 9110, section 15.2", raw: "HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\nevil" + good, want: []string{"502"}},
		{name: "interim answer and the end", law: "RFC 9110, section 15.2", raw: "HTTP/1.1 103 Early Hints\r\n\r\n", ends: true, want: []string{"502", "none"}},
		{name: "switch that nobody asked for", law: "RFC 9110, section 15.2.2", raw: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + evil, want: []string{"502"}},
	}
}
