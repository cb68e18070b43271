// SPDX-License-Identifier: Apache-2.0

package syntax_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// parse parses a request head in one go.
func parse(data string, limits syntax.Limits) (r message.Request, head syntax.Head, n int, err error) {
	searched := 0
	head, n, err = syntax.ParseRequest([]byte(data), &searched, limits, &r)
	return r, head, n, err
}

// seen spells what was understood of a request.
func seen(r *message.Request, head syntax.Head) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s host=%q %s", r.Method, r.Target(), r.Host, r.Proto)
	for _, f := range r.Header.Fields() {
		fmt.Fprintf(&s, " %s=%q", f.Name, f.Value)
	}
	switch head.Framing {
	case syntax.Length:
		fmt.Fprintf(&s, " length=%d", head.Length)
	case syntax.Chunked:
		s.WriteString(" chunked")
	case syntax.UntilClose:
		s.WriteString(" untilclose")
	}
	if !head.KeepAlive {
		s.WriteString(" close")
	}
	if head.ExpectContinue {
		s.WriteString(" continue")
	}
	return s.String()
}

// lines makes a head of lines.
func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n\r\n" }

const host = "Host: a.test"

func TestRequestsTaken(t *testing.T) {
	get := func(more ...string) string { return lines(append([]string{"GET / HTTP/1.1", host}, more...)...) }
	post := func(more ...string) string { return lines(append([]string{"POST / HTTP/1.1", host}, more...)...) }
	for _, test := range []struct{ name, send, want string }{
		{"plain", get(), `GET / host="a.test" HTTP/1.1`},
		{"query", lines("GET /a?b=c&d HTTP/1.1", host), `GET /a?b=c&d host="a.test" HTTP/1.1`},
		{"empty query", lines("GET /a? HTTP/1.1", host), `GET /a? host="a.test" HTTP/1.1`},
		{"question marks", lines("GET /a?b?c?? HTTP/1.1", host), `GET /a?b?c?? host="a.test" HTTP/1.1`},
		{"two slashes", lines("GET //a//b HTTP/1.1", host), `GET //a//b host="a.test" HTTP/1.1`},
		{"everything a target may have", lines("GET /!\"$%&'()*+,-./0:;<=>@AZ[\\]^_`az{|}~ HTTP/1.1", host), "GET /!\"$%&'()*+,-./0:;<=>@AZ[\\]^_`az{|}~ host=\"a.test\" HTTP/1.1"},
		{"small method", lines("get / HTTP/1.1", host), `get / host="a.test" HTTP/1.1`},
		{"all of a token", lines("A!#$%&'*+-.^_`|~9 / HTTP/1.1", host), "A!#$%&'*+-.^_`|~9 / host=\"a.test\" HTTP/1.1"},
		{"method of 64", lines(strings.Repeat("M", 64)+" / HTTP/1.1", host), strings.Repeat("M", 64) + ` / host="a.test" HTTP/1.1`},
		{"asterisk", lines("OPTIONS * HTTP/1.1", host), `OPTIONS * host="a.test" HTTP/1.1`},
		{"options of a path", lines("OPTIONS /a HTTP/1.1", host), `OPTIONS /a host="a.test" HTTP/1.1`},
		{"one empty line in front", "\r\n" + get(), `GET / host="a.test" HTTP/1.1`},
		{"four empty lines in front", "\r\n\r\n\r\n\r\n" + get(), `GET / host="a.test" HTTP/1.1`},

		{"field", get("X: a"), `GET / host="a.test" HTTP/1.1 X="a"`},
		{"spelling stays", get("x-aBc: a"), `GET / host="a.test" HTTP/1.1 x-aBc="a"`},
		{"order stays", get("X: 2", "Y: 0", "X: 1", "x: 3"), `GET / host="a.test" HTTP/1.1 X="2" Y="0" X="1" x="3"`},
		{"no space", get("X:a"), `GET / host="a.test" HTTP/1.1 X="a"`},
		{"blanks around", get("X: \t a b\tc \t "), `GET / host="a.test" HTTP/1.1 X="a b\tc"`},
		{"empty value", get("X:", "Y: ", "Z:\t"), `GET / host="a.test" HTTP/1.1 X="" Y="" Z=""`},
		{"colons", get("X: a: b:c", "Y::"), `GET / host="a.test" HTTP/1.1 X="a: b:c" Y=":"`},
		{"beyond ASCII", get("X: \x80a\xff"), `GET / host="a.test" HTTP/1.1 X="\x80a\xff"`},
		{"all of a name", get("A!#$%&'*+-.^_`|~9: a"), "GET / host=\"a.test\" HTTP/1.1 A!#$%&'*+-.^_`|~9=\"a\""},
		{"long value", get("X: " + strings.Repeat("0123456789 \t", 20) + "x"), `GET / host="a.test" HTTP/1.1 X="` + strings.Repeat(`0123456789 \t`, 20) + `x"`},

		{"host in other letters", lines("GET / HTTP/1.1", "hOsT:A.Test"), `GET / host="A.Test" HTTP/1.1`},
		{"host last", lines("GET / HTTP/1.1", "X: a", host), `GET / host="a.test" HTTP/1.1 X="a"`},
		{"port", lines("GET / HTTP/1.1", "Host: a.test:65535"), `GET / host="a.test:65535" HTTP/1.1`},
		{"IPv4", lines("GET / HTTP/1.1", "Host: 192.0.2.1:80"), `GET / host="192.0.2.1:80" HTTP/1.1`},
		{"IPv6", lines("GET / HTTP/1.1", "Host: [2001:db8::1]:80"), `GET / host="[2001:db8::1]:80" HTTP/1.1`},
		{"IPv6 without port", lines("GET / HTTP/1.1", "Host: [::1]"), `GET / host="[::1]" HTTP/1.1`},
		{"unreserved host", lines("GET / HTTP/1.1", "Host: a_b-c.~d"), `GET / host="a_b-c.~d" HTTP/1.1`},
		{"no Host in 1.0", lines("GET / HTTP/1.0"), `GET / host="" HTTP/1.0 close`},
		{"Host in 1.0", lines("GET / HTTP/1.0", host), `GET / host="a.test" HTTP/1.0 close`},

		{"absolute", lines("GET http://b.test/a?b HTTP/1.1", host), `GET /a?b host="b.test" HTTP/1.1`},
		{"absolute of https", lines("GET https://b.test:81/ HTTP/1.1", host), `GET / host="b.test:81" HTTP/1.1`},
		{"absolute in capitals", lines("GET HTTPS://B.test/A HTTP/1.1", host), `GET /A host="B.test" HTTP/1.1`},
		{"absolute without path", lines("GET http://b.test HTTP/1.1", host), `GET / host="b.test" HTTP/1.1`},
		{"absolute with a query alone", lines("GET http://b.test?a/b HTTP/1.1", host), `GET /?a/b host="b.test" HTTP/1.1`},
		{"absolute with an empty query alone", lines("OPTIONS http://b.test? HTTP/1.1", host), `OPTIONS /? host="b.test" HTTP/1.1`},
		{"absolute of IPv6", lines("GET http://[::1]:8/ HTTP/1.1", host), `GET / host="[::1]:8" HTTP/1.1`},
		{"absolute OPTIONS without path", lines("OPTIONS http://b.test:81 HTTP/1.1", host), `OPTIONS * host="b.test:81" HTTP/1.1`},
		{"absolute OPTIONS with path", lines("OPTIONS http://b.test/ HTTP/1.1", host), `OPTIONS / host="b.test" HTTP/1.1`},
		{"absolute in 1.0", lines("GET http://b.test/ HTTP/1.0"), `GET / host="b.test" HTTP/1.0 close`},

		{"length", post("Content-Length: 5"), `POST / host="a.test" HTTP/1.1 Content-Length="5" length=5`},
		{"length 0", post("Content-Length: 0"), `POST / host="a.test" HTTP/1.1 Content-Length="0"`},
		{"length with zeros", post("Content-Length:\t00005\t"), `POST / host="a.test" HTTP/1.1 Content-Length="00005" length=5`},
		{"greatest length", post("content-length: 9223372036854775807"), `POST / host="a.test" HTTP/1.1 content-length="9223372036854775807" length=9223372036854775807`},
		{"chunked", post("Transfer-Encoding: chunked"), `POST / host="a.test" HTTP/1.1 Transfer-Encoding="chunked" chunked`},
		{"chunked in capitals", post("TRANSFER-ENCODING:CHUNKED"), `POST / host="a.test" HTTP/1.1 TRANSFER-ENCODING="CHUNKED" chunked`},
		{"length of a GET", get("Content-Length: 1"), `GET / host="a.test" HTTP/1.1 Content-Length="1" length=1`},
		{"length in 1.0", lines("POST / HTTP/1.0", "Content-Length: 5"), `POST / host="" HTTP/1.0 Content-Length="5" length=5 close`},
		{"names that only look like it", post("Content_Length: 5", "Transfer_Encoding: x", "Content-Lengths: x", "Hose: x", "Hos: x", "Eepect: x"),
			`POST / host="a.test" HTTP/1.1 Content_Length="5" Transfer_Encoding="x" Content-Lengths="x" Hose="x" Hos="x" Eepect="x"`},

		{"close", get("Connection: close"), `GET / host="a.test" HTTP/1.1 Connection="close" close`},
		{"close in a list", get("Connection: x,\tCLOSE ,y"), `GET / host="a.test" HTTP/1.1 Connection="x,\tCLOSE ,y" close`},
		{"close in a second field", get("Connection: keep-alive", "connection: close"), `GET / host="a.test" HTTP/1.1 Connection="keep-alive" connection="close" close`},
		{"not quite close", get("Connection: closed, xclose, clos e"), `GET / host="a.test" HTTP/1.1 Connection="closed, xclose, clos e"`},
		{"empty list", get("Connection: ,, ,"), `GET / host="a.test" HTTP/1.1 Connection=",, ,"`},
		{"keep-alive in 1.0", lines("GET / HTTP/1.0", "Connection: Keep-Alive"), `GET / host="" HTTP/1.0 Connection="Keep-Alive"`},
		{"keep-alive and close in 1.0", lines("GET / HTTP/1.0", "Connection: keep-alive, close"), `GET / host="" HTTP/1.0 Connection="keep-alive, close" close`},

		{"expect", post("Content-Length: 5", "Expect: 100-continue"), `POST / host="a.test" HTTP/1.1 Content-Length="5" Expect="100-continue" length=5 continue`},
		{"expect in capitals", post("Expect: 100-Continue", "Transfer-Encoding: chunked"), `POST / host="a.test" HTTP/1.1 Expect="100-Continue" Transfer-Encoding="chunked" chunked continue`},
		{"expect without body", post("Expect: 100-continue"), `POST / host="a.test" HTTP/1.1 Expect="100-continue"`},
		{"expect in 1.0", lines("POST / HTTP/1.0", "Content-Length: 5", "Expect: x"), `POST / host="" HTTP/1.0 Content-Length="5" Expect="x" length=5 close`},
	} {
		t.Run(test.name, func(t *testing.T) {
			const behind = "GET /behind HTTP/1.1\r\n\r\n"
			r, head, n, err := parse(test.send+behind, usual)
			if err != nil || n != len(test.send) {
				t.Fatalf("%d of %d bytes, %v", n, len(test.send), err)
			}
			if got := seen(&r, head); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			want := map[syntax.Framing]int64{syntax.NoBody: 0, syntax.Length: head.Length, syntax.Chunked: -1}[head.Framing]
			if r.ContentLength != want || head.Framing == syntax.Length && head.Length < 1 {
				t.Errorf("ContentLength %d, head %+v", r.ContentLength, head)
			}
		})
	}
}

func TestRequestsRefused(t *testing.T) {
	get := func(more ...string) string { return lines(append([]string{"GET / HTTP/1.1", host}, more...)...) }
	line := func(line string) string { return lines(line, host) }
	type test struct {
		name, send string
		status     int
		reason     string // part of it
	}
	tests := []test{
		{"LF ends the request line", "GET / HTTP/1.1\nHost: a.test\r\n\r\n", 400, "LF alone"},
		{"LF ends a field", "GET / HTTP/1.1\r\nHost: a.test\nX: a\r\n\r\n", 400, "LF alone"},
		{"LF ends the head", "GET / HTTP/1.1\r\nHost: a.test\r\n\n", 400, "LF alone"},
		{"LF everywhere", "GET / HTTP/1.1\nHost: a.test\n\n", 400, "LF alone"},
		{"LF CR", "GET / HTTP/1.1\r\nHost: a.test\n\r\r\n\r\n", 400, "LF alone"},
		{"LF in front", "\n" + get(), 400, "LF alone"},
		{"CR in front", "\r" + get(), 400, "bare CR"},
		{"CR CR LF in front", "\r\r\n" + get(), 400, "bare CR"},
		{"five empty lines in front", "\r\n\r\n\r\n\r\n\r\n" + get(), 400, "empty lines"},
		{"CR CR LF ends the head", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\r\n\r\n", 400, "bare CR"},
		{"CR ends the request line", "GET / HTTP/1.1\rHost: a.test\r\n\r\n", 400, "request line"},
		{"CR CR LF ends the request line", "GET / HTTP/1.1\r\r\nHost: a.test\r\n\r\n", 400, "request line"},

		{"two spaces", line("GET  / HTTP/1.1"), 400, "single spaces"},
		{"two spaces before the version", line("GET /  HTTP/1.1"), 400, "version"},
		{"tab", line("GET\t/\tHTTP/1.1"), 400, "method"},
		{"tab before the version", line("GET /\tHTTP/1.1"), 400, "single spaces"},
		{"space in front", line(" GET / HTTP/1.1"), 400, "method"},
		{"space at the end", line("GET / HTTP/1.1 "), 400, "version"},
		{"space in the target", line("GET /a b HTTP/1.1"), 400, "version"},
		{"one word", line("GET"), 400, "method"},
		{"two words", line("GET /"), 400, "single spaces"},
		{"no target", line("GET HTTP/1.1"), 400, "single spaces"},
		{"four words", line("GET / HTTP/1.1 HTTP/1.1"), 400, "version"},
		{"only space", line(" "), 400, "method"},
		{"method with colon", line("GET: / HTTP/1.1"), 400, "method"},
		{"method with slash", line("GE/T / HTTP/1.1"), 400, "method"},
		{"method with NUL", line("G\x00T / HTTP/1.1"), 400, "control"},
		{"method beyond ASCII", line("GETé / HTTP/1.1"), 400, "method"},
		{"method in quotes", line(`"GET" / HTTP/1.1`), 400, "method"},
		{"method of 65", line(strings.Repeat("M", 65) + " / HTTP/1.1"), 501, "64"},
		{"NUL", line("GET /\x00 HTTP/1.1"), 400, "control"},
		{"DEL", line("GET /\x7f HTTP/1.1"), 400, "control"},
		{"beyond ASCII", line("GET /ä HTTP/1.1"), 400, "ASCII"},
		{"fragment", line("GET /a#b HTTP/1.1"), 400, "#"},
		{"fragment in a query", line("GET /a?b#c HTTP/1.1"), 400, "#"},
		{"beyond ASCII in a query", line("GET /a?\xff HTTP/1.1"), 400, "ASCII"},
		{"relative", line("GET a HTTP/1.1"), 400, "neither"},
		{"relative with a query", line("GET ?a HTTP/1.1"), 400, "neither"},
		{"asterisk of a GET", line("GET * HTTP/1.1"), 400, "OPTIONS"},
		{"asterisk of options", line("options * HTTP/1.1"), 400, "OPTIONS"},
		{"asterisk and more", line("OPTIONS *a HTTP/1.1"), 400, "neither"},
		{"asterisk with a query", line("OPTIONS *?a HTTP/1.1"), 400, "neither"},
		{"authority of a GET", line("GET a.test:80 HTTP/1.1"), 400, "neither"},
		{"CONNECT", line("CONNECT a.test:80 HTTP/1.1"), 501, "CONNECT"},
		{"CONNECT of a path", line("CONNECT /a HTTP/1.1"), 501, "CONNECT"},
		{"ftp", line("GET ftp://a.test/ HTTP/1.1"), 400, "neither"},
		{"ws", line("GET ws://a.test/ HTTP/1.1"), 400, "neither"},
		{"scheme without slashes", line("GET http:a.test/ HTTP/1.1"), 400, "neither"},
		{"scheme with one slash", line("GET http:/a.test/ HTTP/1.1"), 400, "neither"},
		{"absolute without host", line("GET http:///a HTTP/1.1"), 400, "target's host"},
		{"absolute with only a port", line("GET http://:80/ HTTP/1.1"), 400, "target's host"},
		{"absolute with a user", line("GET http://u@a.test/ HTTP/1.1"), 400, "target's host"},
		{"absolute with a password", line("GET http://u:p@a.test/ HTTP/1.1"), 400, "target's host"},
		{"absolute with a backslash", line(`GET http://a.test\@b.test/ HTTP/1.1`), 400, "target's host"},
		{"absolute with an encoded host", line("GET http://%61.test/ HTTP/1.1"), 400, "target's host"},
		{"absolute with a bad port", line("GET http://a.test:x/ HTTP/1.1"), 400, "target's host"},
		{"absolute with a fragment", line("GET http://a.test/#a HTTP/1.1"), 400, "#"},
		{"absolute with a fragment alone", line("GET http://a.test#a HTTP/1.1"), 400, "target's host"},
		{"absolute with a fragment in a query alone", line("GET http://a.test?#a HTTP/1.1"), 400, "#"},
		{"absolute beyond ASCII", line("GET http://a.test/\xff HTTP/1.1"), 400, "ASCII"},
		{"absolute without Host", lines("GET http://a.test/ HTTP/1.1"), 400, "no Host"},
		{"absolute with a bad Host", lines("GET http://a.test/ HTTP/1.1", "Host: a b"), 400, "Host is not"},
		{"absolute with two Hosts", lines("GET http://a.test/ HTTP/1.1", host, host), 400, "more than one Host"},

		{"PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version"},
		{"PRI in 1.1", line("PRI * HTTP/1.1"), 400, "OPTIONS"},
		{"not HTTP at all", "\x16\x03\x01", 400, "request line"},

		{"no Host", lines("GET / HTTP/1.1", "X: a"), 400, "no Host"},
		{"no fields", "GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
		{"two Hosts", get("Host: b.test"), 400, "more than one Host"},
		{"two equal Hosts", get("X: a", "hOST: a.test"), 400, "more than one Host"},
		{"two Hosts in 1.0", lines("GET / HTTP/1.0", host, host), 400, "more than one Host"},
		{"bad Host in 1.0", lines("GET / HTTP/1.0", "Host: a b"), 400, "Host is not"},

		{"folded", get("X: a", " b"), 400, "white space"},
		{"folded with a tab", get("X: a", "\tb"), 400, "white space"},
		{"folded nothing", get("X: a", " ", "Y: b"), 400, "white space"},
		{"folded name", get("X", " : a"), 400, "no colon"},
		{"space before the first", lines("GET / HTTP/1.1", " "+host), 400, "white space"},
		{"only spaces before the first", lines("GET / HTTP/1.1", "  ", host), 400, "white space"},
		{"space before the colon", get("X : a"), 400, "white space in or behind the field name X"},
		{"tab before the colon", get("X\t: a"), 400, "white space"},
		{"space in a name", get("X Y: a"), 400, "white space"},
		{"no colon", get("X"), 400, "no colon"},
		{"no name", get(": a"), 400, "no name"},
		{"only a colon", get(":"), 400, "no name"},
		{"pseudo-header", get(":path: /"), 400, "no name"},
		{"request line again", get("GET / HTTP/1.1"), 400, "white space"},
		{"bare CR in a name", get("X\rY: a"), 400, "bare CR"},
		{"bare CR in a value", get("X: a\rb"), 400, "bare CR in the value of X"},
		{"bare CR ends a value", get("X: a\r"), 400, "bare CR in the value of X"},
		{"bare CR is a value", get("X:\r"), 400, "bare CR in the value of X"},

		{"expectation", get("Expect: x"), 417, "Expect"},
		{"two expectations", get("Expect: 100-continue, x"), 417, "Expect"},
		{"two expectations in two fields", get("Expect: 100-continue", "Expect: x"), 417, "Expect"},
		{"empty expectation", get("Expect:"), 417, "Expect"},

		{"length twice", get("Content-Length: 5", "Content-Length: 5"), 400, "two fields Content-Length"},
		{"length twice, one 0", get("Content-Length: 0", "content-length: 5"), 400, "two fields Content-Length"},
		{"lengths in a list", get("Content-Length: 5, 5"), 400, "not a number"},
		{"length and nothing in a list", get("Content-Length: 5,"), 400, "not a number"},
		{"length and chunked", get("Content-Length: 5", "Transfer-Encoding: chunked"), 400, "both"},
		{"chunked and length 0", get("Transfer-Encoding: chunked", "X: y", "Content-Length: 0"), 400, "both"},
		{"chunked twice", get("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), 400, "two fields Transfer-Encoding"},
		{"chunked and identity", get("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), 400, "two fields Transfer-Encoding"},
		{"chunked in 1.0", lines("POST / HTTP/1.0", "Transfer-Encoding: chunked"), 400, "HTTP/1.0"},
		{"gzip in 1.0", lines("POST / HTTP/1.0", "Transfer-Encoding: gzip"), 400, "HTTP/1.0"},
	}
	for value, status := range map[string]int{
		"xchunked": 501, "chunkedx": 501, "identity": 501, "gzip": 501, "gzip, chunked": 501, "gzip , deflate": 501, "chunke": 501, "identity, chunked": 501,
		"chunked, chunked": 400, "chunked, identity": 400, "chunked,": 400, ",chunked": 400, "": 400, `"chunked"`: 400, "chunked;q=1": 400, ";chunked": 400,
		"chunked chunked": 400, "\xa0chunked": 400, "\xe2\x80\x8bchunked": 400, "chunked=": 400, "chun\u212aed": 400,
	} {
		tests = append(tests, test{"coding " + value, get("Transfer-Encoding: " + value), status, "Transfer-Encoding"})
	}
	for _, value := range []string{
		"", "-1", "-0", "+5", "0x5", "5a", "a", "5 5", "5.0", "5e0", `"5"`, "1_0", "5;", "５", "\xb9", "9223372036854775808", "18446744073709551621", strings.Repeat("9", 300),
	} {
		tests = append(tests, test{"length " + value, get("Content-Length: " + value), 400, "Content-Length"})
	}
	for _, value := range []string{
		"", "a b", "a\tb", "a,b", "a, b", "u@a", "u:p@a", "a/b", "http://a", `a\b`, "a?b", "a#b", `"a"`, "<a>", "ä", "%61", "a%00", "a:", "a:http", "a:80:81", "a:+80", "a:-1", "a:65536", "a:000080",
		"a:99999999999999999999", "[::1", "[]", "[a.test]", "[192.0.2.1]", "[::1]a", "[::1]:", "[::1]:x", "[::1%25eth0]", "[::1%eth0]", "[v1.a]", "::1", ":80", "]", "a]", "[[::1]]", "a;b", "a=b", "a!b", "a*", "(a)", "a'b", "a$", "a&b", "a+b", "{a}", "a|b", "a^b", "a`b",
	} {
		tests = append(tests, test{"host " + value, lines("GET / HTTP/1.1", "Host: "+value), 400, "Host is not"})
	}
	for version, status := range map[string]int{
		"HTTP/2.0": 505, "HTTP/3.0": 505, "HTTP/0.9": 505, "HTTP/9.9": 505, "HTTP/1.2": 505, "HTTP/1.9": 505, "HTTP/0.0": 505,
		"HTTP/2": 400, "HTTP/1": 400, "HTTP/1.10": 400, "HTTP/01.1": 400, "HTTP/1.1.1": 400, "HTTP/+1.1": 400, "HTTP/1,1": 400, "http/1.1": 400, "Http/1.1": 400, "HTTP/1.x": 400,
		"HTTP1.1": 400, "HTCPCP/1.0": 400, "RTSP/1.0": 400, "HTTP/": 400, "": 400, "HTTP/1.": 400, "HTTP/.1": 400, "HTTP/ 1.1": 400, "HTTPS/1.1": 400, "HTTP/1.1\xa0": 400,
	} {
		tests = append(tests, test{"version " + version, line("GET / " + version), status, "version"})
	}
	for c := range 256 {
		if c > 0x1f && c != 0x7f || c == '\t' || c == '\n' || c == '\r' {
			continue
		}
		for _, value := range []string{"%sb", "a%s", "%s", "0123456789%sabcdef", "01234567%s"} {
			value = fmt.Sprintf(value, string([]byte{byte(c)}))
			tests = append(tests, test{fmt.Sprintf("value %q", value), get("X-A: " + value), 400, "in the value of X-A"})
		}
	}
	for c := range 256 {
		if strings.IndexByte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n:", byte(c)) >= 0 {
			continue
		}
		char := string([]byte{byte(c)})
		tests = append(tests, test{fmt.Sprintf("name X%q", char), get("X" + char + "Y: a"), 400, "name"},
			test{fmt.Sprintf("name %q", char), get(char + ": a"), 400, ""},
			test{fmt.Sprintf("method %q", char), line(char + " / HTTP/1.1"), 400, ""})
		if c <= ' ' || c >= 0x7f {
			tests = append(tests, test{fmt.Sprintf("target %q", char), line("GET /" + char + " HTTP/1.1"), 400, ""},
				test{fmt.Sprintf("long target %q", char), line("GET /012" + char + "456789abcdef HTTP/1.1"), 400, ""},
				test{fmt.Sprintf("absolute target %q", char), line("GET http://a.test/" + char + " HTTP/1.1"), 400, ""})
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, head, n, err := parse(test.send+"GET /behind HTTP/1.1\r\nHost: a.test\r\n\r\n", usual)
			var failed *syntax.Error
			if !errors.As(err, &failed) || n != 0 || head != (syntax.Head{}) {
				t.Fatalf("%d bytes of %q, %v: %s", n, test.send, err, seen(&r, head))
			}
			if failed.Status != test.status || !strings.Contains(failed.Reason, test.reason) {
				t.Errorf("%d %s, want %d %s", failed.Status, failed.Reason, test.status, test.reason)
			}
			if !syntax.IsValue(failed.Reason) || strings.ContainsFunc(failed.Reason, func(c rune) bool { return c > 0x7e }) {
				t.Errorf("the reason is %q", failed.Reason)
			}
		})
	}
}
