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

func parseResponse(data, method string, limits syntax.Limits) (r message.Response, head syntax.Head, n int, err error) {
	searched := 0
	head, n, err = syntax.ParseResponse([]byte(data), &searched, limits, method, &r)
	return r, head, n, err
}

func TestResponsesTaken(t *testing.T) {
	const (
		none    = syntax.NoBody
		length  = syntax.Length
		chunked = syntax.Chunked
		close   = syntax.UntilClose
	)
	ok := "HTTP/1.1 200 OK"
	for _, test := range []struct {
		name, method, send string
		status             int
		framing            syntax.Framing
		content            int64 // ContentLength
		keepAlive          bool
	}{
		{"length", "GET", lines(ok, "Content-Length: 5"), 200, length, 5, true},
		{"length 0", "GET", lines(ok, "Content-Length: 0"), 200, none, 0, true},
		{"chunked", "GET", lines(ok, "Transfer-Encoding: chunked"), 200, chunked, -1, true},
		{"until close", "GET", lines(ok), 200, close, -1, false},
		{"until close and keep-alive", "GET", lines(ok, "Connection: keep-alive"), 200, close, -1, false},
		{"close", "GET", lines(ok, "Content-Length: 5", "Connection: x, Close"), 200, length, 5, false},
		{"no reason", "GET", lines("HTTP/1.1 200 ", "Content-Length: 5"), 200, length, 5, true},
		{"no reason and no space", "GET", lines("HTTP/1.1 200", "Content-Length: 5"), 200, length, 5, true},
		{"reason of everything", "GET", lines("HTTP/1.1 200  \t a\xff~", "Content-Length: 5"), 200, length, 5, true},
		{"status 599", "GET", lines("HTTP/1.1 599 x", "Content-Length: 5"), 599, length, 5, true},
		{"1.0", "GET", lines("HTTP/1.0 200 OK", "Content-Length: 5"), 200, length, 5, false},
		{"1.0 until close", "GET", lines("HTTP/1.0 200 OK"), 200, close, -1, false},
		{"1.0 keep-alive", "GET", lines("HTTP/1.0 200 OK", "Content-Length: 5", "Connection: keep-alive"), 200, length, 5, true},
		{"Host means nothing", "GET", lines(ok, "Host: a b", "Host: c", "Content-Length: 5"), 200, length, 5, true},
		{"Expect means nothing", "GET", lines(ok, "Expect: x", "Content-Length: 5"), 200, length, 5, true},

		{"HEAD", "HEAD", lines(ok), 200, none, -1, true},
		{"HEAD with length", "HEAD", lines(ok, "Content-Length: 5"), 200, none, 5, true},
		{"HEAD with length 0", "HEAD", lines(ok, "Content-Length: 0"), 200, none, 0, true},
		{"HEAD with chunks", "HEAD", lines(ok, "Transfer-Encoding: chunked"), 200, none, -1, true},
		{"head is another method", "head", lines(ok, "Content-Length: 5"), 200, length, 5, true},
		{"304", "GET", lines("HTTP/1.1 304 Not Modified"), 304, none, -1, true},
		{"304 with length", "GET", lines("HTTP/1.1 304 Not Modified", "Content-Length: 5"), 304, none, 5, true},
		{"304 with chunks", "GET", lines("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"), 304, none, -1, true},
		{"204", "GET", lines("HTTP/1.1 204 No Content"), 204, none, 0, true},
		{"204 with length 0", "GET", lines("HTTP/1.1 204 No Content", "Content-Length: 0"), 204, none, 0, true},
		{"204 with length", "GET", lines("HTTP/1.1 204 No Content", "Content-Length: 5"), 204, none, 0, false},
		{"204 with chunks", "GET", lines("HTTP/1.1 204 No Content", "Transfer-Encoding: chunked"), 204, none, 0, false},
		{"205 with length 0", "GET", lines("HTTP/1.1 205 Reset Content", "Content-Length: 0"), 205, none, 0, true},
		{"205 until close", "GET", lines("HTTP/1.1 205 Reset Content"), 205, close, -1, false},
		{"100", "GET", lines("HTTP/1.1 100 Continue"), 100, none, 0, true},
		{"103", "GET", lines("HTTP/1.1 103 Early Hints", "Link: </a>"), 103, none, 0, true},
		{"103 with length 0", "GET", lines("HTTP/1.1 103 Early Hints", "Content-Length: 0"), 103, none, 0, true},
		{"101", "GET", lines("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"), 101, none, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, head, n, err := parseResponse(test.send+"behind\r\n\r\n", test.method, usual)
			if err != nil || n != len(test.send) {
				t.Fatalf("%d of %d bytes, %v", n, len(test.send), err)
			}
			want := syntax.Head{Framing: test.framing, KeepAlive: test.keepAlive}
			if test.framing == length {
				want.Length = test.content
			}
			if head != want || r.Status != test.status || r.ContentLength != test.content {
				t.Errorf("%d, %d bytes, %+v", r.Status, r.ContentLength, head)
			}
			if got := strings.Count(test.send, "\r\n") - 2; r.Header.Len() != got {
				t.Errorf("fields %q", r.Header.Fields())
			}
		})
	}
}

func TestResponsesRefused(t *testing.T) {
	ok := func(more ...string) string { return lines(append([]string{"HTTP/1.1 200 OK"}, more...)...) }
	type test struct{ name, send string }
	tests := []test{
		{"empty lines in front", "\r\n" + ok()},
		{"LF in front", "\n" + ok()},
		{"only empty lines", "\r\n\r\n"},
		{"request", lines("GET / HTTP/1.1", host)},
		{"HTTP/0.9", "<html>\r\n\r\n"},
		{"LF ends the status line", "HTTP/1.1 200 OK\nX: a\r\n\r\n"},
		{"LF ends a field", "HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n"},
		{"LF ends the head", "HTTP/1.1 200 OK\r\nX: a\r\n\n"},
		{"folded", ok("X: a", " b")},
		{"space before the colon", ok("X : a")},
		{"no colon", ok("X")},
		{"no name", ok(": a")},
		{"NUL", ok("X: \x00")},
		{"bare CR", ok("X: a\rb")},
		{"length and chunked", ok("Content-Length: 5", "Transfer-Encoding: chunked")},
		{"chunked and length", ok("Transfer-Encoding: chunked", "Content-Length: 5")},
		{"two equal lengths", ok("Content-Length: 5", "Content-Length: 5")},
		{"two lengths", ok("Content-Length: 5", "Content-Length: 6")},
		{"list of lengths", ok("Content-Length: 5, 5")},
		{"gzip", ok("Transfer-Encoding: gzip")},
		{"gzip and chunked", ok("Transfer-Encoding: gzip, chunked")},
		{"chunked twice", ok("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")},
		{"chunked in 1.0", lines("HTTP/1.0 200 OK", "Transfer-Encoding: chunked")},
		{"interim with length", lines("HTTP/1.1 103 Early Hints", "Content-Length: 5")},
		{"interim with chunks", lines("HTTP/1.1 100 Continue", "Transfer-Encoding: chunked")},
	}
	for _, value := range []string{"", "-1", "+5", "0x5", "5 5", "9223372036854775808"} {
		tests = append(tests, test{"length " + value, ok("Content-Length: " + value)})
	}
	for _, line := range []string{
		"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2000", "HTTP/1.1 abc OK", "HTTP/1.1 +20 OK", "HTTP/1.1 -20 OK", "HTTP/1.1 0x1 OK", "HTTP/1.1 099 Low", "HTTP/1.1 000 Low",
		"HTTP/1.1 600 High", "HTTP/1.1 999 High", "HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 200OK", " HTTP/1.1 200 OK", "HTTP/1.2 200 OK", "HTTP/2.0 200 OK", "HTTP/2 200 OK", "HTTP/1 200 OK",
		"http/1.1 200 OK", "HTTP/x.y 200 OK", "HTTP/01.1 200 OK", "ICY 200 OK", "HTTP/1.1 200 O\x00K", "HTTP/1.1 200 O\rK", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 O\x7fK", "HTTP/1.1 200 \x1b", "HTTP/1.1 2 0 OK", "HTTP/1.1 20０ OK",
	} {
		tests = append(tests, test{"status line " + line, lines(line, "X: a")})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, head, n, err := parseResponse(test.send+"behind\r\n\r\n", "GET", usual)
			var failed *syntax.Error
			if !errors.As(err, &failed) || n != 0 {
				t.Fatalf("%d bytes of %q, %v: %d %+v", n, test.send, err, r.Status, head)
			}
			if failed.Status != 502 || failed.Reason == "" {
				t.Errorf("%d %q", failed.Status, failed.Reason)
			}
		})
	}
}

// What cannot become a response is refused before its head is complete.
func TestEarlyRefusals(t *testing.T) {
	for _, data := range []string{"x", "h", "HTTP/2", "HTTP/1,", "\r", "HTTP/1.1 200 OK\n", "\x00"} {
		if _, _, n, err := parseResponse(data, "GET", usual); err == nil || n != 0 {
			t.Errorf("response %q: %d, %v", data, n, err)
		}
	}
	for _, data := range []string{"\n", "\rx", "\x16\x03", " ", "\x00", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nX: a\n", "\r\n\r\n\r\n\r\n\r\n", "\r\n "} {
		if _, _, n, err := parse(data, usual); err == nil || n != 0 {
			t.Errorf("request %q: %d, %v", data, n, err)
		}
	}
	for _, data := range []string{"", "\r", "\r\n", "\r\n\r\n\r\n\r\n\r", "G", "GET / HTTP/1.1", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r"} {
		if _, _, n, err := parse(data, usual); err != nil || n != 0 {
			t.Errorf("request %q: %d, %v", data, n, err)
		}
	}
	for _, data := range []string{"", "H", "HTTP/1.", "HTTP/1.1 200 OK\r\n\r"} {
		if _, _, n, err := parseResponse(data, "GET", usual); err != nil || n != 0 {
			t.Errorf("response %q: %d, %v", data, n, err)
		}
	}
}

// Whoever reads on gives the same pointer again, also for the next head.
func TestSearched(t *testing.T) {
	head := lines("GET / HTTP/1.1", host, "X: 1")
	two := []byte(head + head)
	searched := 0
	var r message.Request
	for split := range len(head) {
		if _, n, err := syntax.ParseRequest(two[:split], &searched, usual, &r); n != 0 || err != nil || searched > split {
			t.Fatalf("%d bytes: %d, %v, searched %d", split, n, err, searched)
		}
		for range 2 {
			if _, n, err := syntax.ParseRequest(two, &searched, usual, &r); n != len(head) || err != nil || searched != 0 {
				t.Fatalf("%d bytes before: %d, %v, searched %d", split, n, err, searched)
			}
		}
	}
}

// Limits hold to the byte and to the field, and before the head is complete
// (S2-08).
func TestLimits(t *testing.T) {
	status := func(err error) int {
		var failed *syntax.Error
		if errors.As(err, &failed) {
			return failed.Status
		}
		return 0
	}
	head := lines("GET / HTTP/1.1", host, "X: 1", "Y: 2")
	for limit := -1; limit < len(head)+2; limit++ {
		want := 0
		switch {
		case limit < len("GET / HTTP/1.1\r\n"):
			want = 414
		case limit < len(head):
			want = 431
		}
		if _, _, n, err := parse(head, syntax.Limits{Bytes: limit, Fields: 3}); status(err) != want || (n > 0) != (want == 0) {
			t.Errorf("limit %d of %d bytes: %d, %v", limit, len(head), n, err)
		}
		if limit < 1 {
			continue
		}
		// A part of it as long as the limit can come to no good end.
		for _, part := range []int{limit - 1, limit} {
			if part >= len(head) {
				continue
			}
			_, _, n, err := parse(head[:part], syntax.Limits{Bytes: limit, Fields: 3})
			if refused := status(err) != 0; n != 0 || refused != (part == limit) || refused && status(err) != want {
				t.Errorf("limit %d, %d of %d bytes: %d, %v", limit, part, len(head), n, err)
			}
		}
	}
	for fields := range 5 {
		want := 0
		if fields < 3 {
			want = 431
		}
		if _, _, _, err := parse(head, syntax.Limits{Bytes: 1000, Fields: fields}); status(err) != want {
			t.Errorf("%d fields: %v", fields, err)
		}
	}
	response := lines("HTTP/1.1 200 OK", "X: 1")
	for _, limits := range []syntax.Limits{{Bytes: len(response) - 1, Fields: 1}, {Bytes: 10, Fields: 1}, {Bytes: 1000, Fields: 0}, {}} {
		if _, _, _, err := parseResponse(response, "GET", limits); status(err) != 502 {
			t.Errorf("%+v: %v", limits, err)
		}
	}
	if _, _, n, err := parseResponse(response, "GET", syntax.Limits{Bytes: len(response), Fields: 1}); err != nil || n != len(response) {
		t.Error(n, err)
	}
	many := "GET / HTTP/1.1\r\nHost: a.test\r\n" + strings.Repeat("X: 1\r\n", 127) + "\r\n"
	if r, _, n, err := parse(many, usual); err != nil || n != len(many) || r.Header.Len() != 127 {
		t.Error(n, err)
	}
}

// The head is copied, the memory of the header used again, and old strings let
// go.
func TestMemory(t *testing.T) {
	var r message.Request
	first := []byte(lines("GET / HTTP/1.1", host, "A: 1", "B: 2", "C: 3"))
	searched := 0
	if _, _, err := syntax.ParseRequest(first, &searched, usual, &r); err != nil {
		t.Fatal(err)
	}
	memory := &r.Header.Fields()[0]
	clear(first)
	if r.Method != "GET" || r.Host != "a.test" || r.Header.Get("b") != "2" {
		t.Errorf("%+v", r)
	}
	if _, _, err := syntax.ParseRequest([]byte(lines("GET / HTTP/1.1", host, "D: 4")), &searched, usual, &r); err != nil {
		t.Fatal(err)
	}
	if &r.Header.Fields()[0] != memory {
		t.Error("the header's memory is not used again")
	}
	if left := r.Header.Fields()[:3][1:]; left[0] != (message.Field{}) || left[1] != (message.Field{}) {
		t.Errorf("old fields: %q", left)
	}
	data := []byte(typicalRequest)
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := syntax.ParseRequest(data, &searched, usual, &r); err != nil {
			t.Fatal(err)
		}
	}); n != 1 {
		t.Errorf("%v allocations a request", n)
	}
	var response message.Response
	data = []byte(typicalResponse)
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := syntax.ParseResponse(data, &searched, usual, "GET", &response); err != nil {
			t.Fatal(err)
		}
	}); n != 1 {
		t.Errorf("%v allocations a response", n)
	}
	out := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() {
		b, err := syntax.AppendRequest(out, &r, syntax.NoBody)
		if err == nil {
			b, err = syntax.AppendResponse(b, &response, message.HTTP11, syntax.Length, true, true)
		}
		if err == nil {
			_, err = syntax.AppendInterim(b, 103, &response.Header)
		}
		if err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations of writing", n)
	}
}

func Example() {
	var r message.Request
	searched := 0
	data := []byte("POST /a?b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello")
	head, n, err := syntax.ParseRequest(data, &searched, syntax.Limits{Bytes: 1 << 16, Fields: 100}, &r)
	fmt.Println(r.Method, r.Path, r.Query, r.Host, head.Length, string(data[n:]), err)
	// Output: POST /a b a.test 5 hello <nil>
}
