// SPDX-License-Identifier: Apache-2.0

package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// header makes a header of names and values in turn.
func header(all ...string) (h message.Header) {
	for i := 0; i < len(all); i += 2 {
		h.Add(all[i], all[i+1])
	}
	return h
}

func TestAppendRequest(t *testing.T) {
	request := func(edit func(*message.Request)) *message.Request {
		r := &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}
		edit(r)
		return r
	}
	hops := header("Connection", "close, X", "Keep-Alive", "300", "Proxy-Connection", "x", "Upgrade", "websocket", "Content-Length", "7", "Transfer-Encoding", "gzip", "HOST", "b.test", "Trailer", "X", "X", "1")
	for _, test := range []struct {
		name    string
		r       *message.Request
		framing syntax.Framing
		want    string
	}{
		{"plain", request(func(*message.Request) {}), syntax.NoBody, lines("GET / HTTP/1.1", host)},
		{"query", request(func(r *message.Request) { r.Path, r.Query, r.HasQuery = "/a%2fb", "c?/d", true }), syntax.NoBody, lines("GET /a%2fb?c?/d HTTP/1.1", host)},
		{"empty query", request(func(r *message.Request) { r.HasQuery = true }), syntax.NoBody, lines("GET /? HTTP/1.1", host)},
		{"a query that is none", request(func(r *message.Request) { r.Query = "\r\n" }), syntax.NoBody, lines("GET / HTTP/1.1", host)},
		{"no host", request(func(r *message.Request) { r.Host, r.Proto = "", message.HTTP10 }), syntax.NoBody, lines("GET / HTTP/1.1", "Host: ")},
		{"asterisk", request(func(r *message.Request) { r.Method, r.Path = "OPTIONS", "*" }), syntax.NoBody, lines("OPTIONS * HTTP/1.1", host)},
		{"two slashes", request(func(r *message.Request) { r.Path = "//b.test/" }), syntax.NoBody, lines("GET //b.test/ HTTP/1.1", host)},
		{"fields", request(func(r *message.Request) { r.Header = header("b", "2", "A", "", "b", "\t\xff 1") }), syntax.NoBody, lines("GET / HTTP/1.1", host, "b: 2", "A: ", "b: \t\xff 1")},
		{"length", request(func(r *message.Request) { r.ContentLength = 12 }), syntax.Length, lines("GET / HTTP/1.1", host, "Content-Length: 12")},
		{"length 0", request(func(*message.Request) {}), syntax.Length, lines("GET / HTTP/1.1", host, "Content-Length: 0")},
		{"chunked", request(func(r *message.Request) { r.ContentLength = -1 }), syntax.Chunked, lines("GET / HTTP/1.1", host, "Transfer-Encoding: chunked")},
		{"empty POST", request(func(r *message.Request) { r.Method = "POST" }), syntax.NoBody, lines("POST / HTTP/1.1", host, "Content-Length: 0")},
		{"hop by hop", request(func(r *message.Request) { r.Header = hops }), syntax.NoBody, lines("GET / HTTP/1.1", host, "X: 1")},
		{"hop by hop in chunks", request(func(r *message.Request) { r.Header = hops }), syntax.Chunked, lines("GET / HTTP/1.1", host, "Trailer: X", "X: 1", "Transfer-Encoding: chunked")},
		{"Expect", request(func(r *message.Request) { r.ContentLength, r.Header = 5, header("Expect", "100-continue") }), syntax.Length, lines("GET / HTTP/1.1", host, "Expect: 100-continue", "Content-Length: 5")},
		{"Expect without body", request(func(r *message.Request) { r.Header = header("Expect", "100-continue") }), syntax.NoBody, lines("GET / HTTP/1.1", host)},
		{"Expect of 1.0", request(func(r *message.Request) {
			r.Proto, r.ContentLength, r.Header = message.HTTP10, 5, header("expect", "x")
		}), syntax.Length, lines("GET / HTTP/1.1", host, "Content-Length: 5")},
		{"upgrade", request(func(r *message.Request) {
			r.Header = header("Connection", "x, Upgrade", "X", "1", "Upgrade", "WebSocket", "Upgrade", "h2c")
		}), syntax.NoBody, lines("GET / HTTP/1.1", host, "X: 1", "Connection: Upgrade", "Upgrade: websocket")},
		{"upgrade in 1.0", request(func(r *message.Request) {
			r.Proto, r.Header = message.HTTP10, header("Connection", "Upgrade", "Upgrade", "websocket")
		}), syntax.NoBody, lines("GET / HTTP/1.1", host)},
		{"extended CONNECT", request(func(r *message.Request) { r.Proto, r.Protocol = message.HTTP2, "websocket" }), syntax.NoBody, lines("GET / HTTP/1.1", host, "Connection: Upgrade", "Upgrade: websocket")},
		{"cookies of HTTP/2", request(func(r *message.Request) {
			r.Proto, r.Header = message.HTTP2, header("cookie", "a=1", "x", "y", "cookie", "b=2", "Cookie", "c=3")
		}), syntax.NoBody, lines("GET / HTTP/1.1", host, "cookie: a=1; b=2; c=3", "x: y")},
		{"a cookie of HTTP/2", request(func(r *message.Request) { r.Proto, r.Header = message.HTTP2, header("cookie", "a=1") }), syntax.NoBody, lines("GET / HTTP/1.1", host, "cookie: a=1")},
		{"cookies of HTTP/1.1", request(func(r *message.Request) { r.Header = header("cookie", "a=1", "cookie", "b=2") }), syntax.NoBody, lines("GET / HTTP/1.1", host, "cookie: a=1", "cookie: b=2")},
	} {
		for _, room := range []int{0, 1000} {
			b, err := syntax.AppendRequest(append(make([]byte, 0, room), "before"...), test.r, test.framing)
			if got, ok := strings.CutPrefix(string(b), "before"); !ok || err != nil || got != test.want {
				t.Errorf("%s: %q, %v\nwant %q", test.name, got, err, test.want)
			}
		}
	}

	for name, edit := range map[string]func(*message.Request){
		"no method":       func(r *message.Request) { r.Method = "" },
		"method":          func(r *message.Request) { r.Method = "GET /x" },
		"method with LF":  func(r *message.Request) { r.Method = "GET\n" },
		"long method":     func(r *message.Request) { r.Method = strings.Repeat("M", 65) },
		"CONNECT":         func(r *message.Request) { r.Method = "CONNECT" },
		"no path":         func(r *message.Request) { r.Path = "" },
		"relative path":   func(r *message.Request) { r.Path = "a" },
		"absolute path":   func(r *message.Request) { r.Path = "http://b.test/" },
		"asterisk of GET": func(r *message.Request) { r.Path = "*" },
		"asterisk, query": func(r *message.Request) { r.Method, r.Path, r.HasQuery = "OPTIONS", "*", true },
		"path, space":     func(r *message.Request) { r.Path = "/a b" },
		"path, CR LF":     func(r *message.Request) { r.Path = "/ HTTP/1.1\r\nX: a\r\n\r\n" },
		"path, NUL":       func(r *message.Request) { r.Path = "/\x00" },
		"path, #":         func(r *message.Request) { r.Path = "/#" },
		"path, ?":         func(r *message.Request) { r.Path = "/?" },
		"path, ä":         func(r *message.Request) { r.Path = "/ä" },
		"query, space":    func(r *message.Request) { r.Query, r.HasQuery = "a b", true },
		"query, LF":       func(r *message.Request) { r.Query, r.HasQuery = "0123456789\n", true },
		"query, DEL":      func(r *message.Request) { r.Query, r.HasQuery = "0123\x7f56789", true },
		"query, #":        func(r *message.Request) { r.Query, r.HasQuery = "0123#456789", true },
		"query, é":        func(r *message.Request) { r.Query, r.HasQuery = "0123é456789", true },
		"host, space":     func(r *message.Request) { r.Host = "a b" },
		"host, CR LF":     func(r *message.Request) { r.Host = "a\r\nX: y" },
		"host, slash":     func(r *message.Request) { r.Host = "a/b" },
		"host, user":      func(r *message.Request) { r.Host = "u@a" },
		"no name":         func(r *message.Request) { r.Header.Add("", "a") },
		"name, space":     func(r *message.Request) { r.Header.Add("x y", "a") },
		"name, colon":     func(r *message.Request) { r.Header.Add(":path", "a") },
		"name, CR LF":     func(r *message.Request) { r.Header.Add("x\r\ny", "a") },
		"name, NUL":       func(r *message.Request) { r.Header.Add("x\x00", "a") },
		"name, ä":         func(r *message.Request) { r.Header.Add("xä", "a") },
		"value, CR LF":    func(r *message.Request) { r.Header.Add("x", "a\r\nInjected: 1") },
		"value, CR":       func(r *message.Request) { r.Header.Add("x", "0123456789\r") },
		"value, LF":       func(r *message.Request) { r.Header.Add("x", "\t\n") },
		"value, NUL":      func(r *message.Request) { r.Header.Add("x", "\x00") },
		"value, DEL":      func(r *message.Request) { r.Header.Add("x", "\x7f") },
		"upgrade, LF":     func(r *message.Request) { r.Header = header("connection", "upgrade", "upgrade", "a\nb") },
		"protocol, CR":    func(r *message.Request) { r.Protocol = "a\rb" },
		"cookie, LF":      func(r *message.Request) { r.Proto, r.Header = message.HTTP2, header("cookie", "a", "cookie", "b\n") },
	} {
		b, err := syntax.AppendRequest([]byte("before"), request(edit), syntax.NoBody)
		var failed *syntax.Error
		if !errors.As(err, &failed) || string(b) != "before" || !syntax.IsValue(failed.Reason) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	for _, framing := range []syntax.Framing{syntax.Length, syntax.UntilClose} {
		r := request(func(r *message.Request) { r.ContentLength = -1 })
		if b, err := syntax.AppendRequest(nil, r, framing); err == nil || len(b) > 0 {
			t.Errorf("framing %d: %q", framing, b)
		}
	}
}

func TestAppendResponse(t *testing.T) {
	hops := header("Connection", "close", "Keep-Alive", "300", "Proxy-Connection", "x", "Upgrade", "websocket", "Content-Length", "7", "Transfer-Encoding", "gzip", "Host", "b.test", "Trailer", "X", "X", "1")
	for _, test := range []struct {
		name       string
		r          message.Response
		proto      message.Proto
		framing    syntax.Framing
		withLength bool
		closing    bool
		want       string
	}{
		{"length", message.Response{Status: 200, ContentLength: 5}, message.HTTP11, syntax.Length, false, false, lines("HTTP/1.1 200 OK", "Content-Length: 5")},
		{"length 0", message.Response{Status: 200}, message.HTTP11, syntax.Length, false, false, lines("HTTP/1.1 200 OK", "Content-Length: 0")},
		{"chunked", message.Response{Status: 200, ContentLength: -1}, message.HTTP11, syntax.Chunked, true, false, lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked")},
		{"until close", message.Response{Status: 200, ContentLength: -1}, message.HTTP11, syntax.UntilClose, false, false, lines("HTTP/1.1 200 OK", "Connection: close")},
		{"nothing", message.Response{Status: 200}, message.HTTP11, syntax.NoBody, false, false, lines("HTTP/1.1 200 OK")},
		{"HEAD", message.Response{Status: 200, ContentLength: 5}, message.HTTP11, syntax.NoBody, true, false, lines("HTTP/1.1 200 OK", "Content-Length: 5")},
		{"HEAD, length unknown", message.Response{Status: 200, ContentLength: -1}, message.HTTP11, syntax.NoBody, true, false, lines("HTTP/1.1 200 OK")},
		{"204", message.Response{Status: 204}, message.HTTP11, syntax.NoBody, true, false, lines("HTTP/1.1 204 No Content")},
		{"304", message.Response{Status: 304, ContentLength: 5}, message.HTTP11, syntax.NoBody, true, true, lines("HTTP/1.1 304 Not Modified", "Content-Length: 5", "Connection: close")},
		{"no reason", message.Response{Status: 299}, message.HTTP11, syntax.NoBody, false, false, lines("HTTP/1.1 299 ")},
		{"1.0", message.Response{Status: 404}, message.HTTP10, syntax.Length, false, false, lines("HTTP/1.0 404 Not Found", "Content-Length: 0", "Connection: keep-alive")},
		{"1.0 closing", message.Response{Status: 404}, message.HTTP10, syntax.Length, false, true, lines("HTTP/1.0 404 Not Found", "Content-Length: 0", "Connection: close")},
		{"1.0 until close", message.Response{Status: 404}, message.HTTP10, syntax.UntilClose, false, false, lines("HTTP/1.0 404 Not Found", "Connection: close")},
		{"hop by hop", message.Response{Status: 200, Header: hops}, message.HTTP11, syntax.Length, false, false, lines("HTTP/1.1 200 OK", "X: 1", "Content-Length: 0")},
		{"hop by hop in chunks", message.Response{Status: 200, Header: hops}, message.HTTP11, syntax.Chunked, false, false, lines("HTTP/1.1 200 OK", "Trailer: X", "X: 1", "Transfer-Encoding: chunked")},
	} {
		b, err := syntax.AppendResponse([]byte("before"), &test.r, test.proto, test.framing, test.withLength, test.closing)
		if got, ok := strings.CutPrefix(string(b), "before"); !ok || err != nil || got != test.want {
			t.Errorf("%s: %q, %v\nwant %q", test.name, got, err, test.want)
		}
	}
	for name, r := range map[string]message.Response{
		"status 0": {}, "status 199": {Status: 199}, "status 600": {Status: 600}, "status -1": {Status: -1}, "status 1000": {Status: 1000},
		"length unknown": {Status: 200, ContentLength: -1}, "name": {Status: 200, Header: header("a b", "")}, "no name": {Status: 200, Header: header("", "")},
		"value": {Status: 200, Header: header("a", "b\r\nc: d")}, "NUL": {Status: 200, Header: header("a", "\x00")},
	} {
		if b, err := syntax.AppendResponse([]byte("before"), &r, message.HTTP11, syntax.Length, false, false); err == nil || string(b) != "before" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if b, err := syntax.AppendResponse(nil, &message.Response{Status: 200}, message.HTTP10, syntax.Chunked, false, false); err == nil {
		t.Errorf("chunks in HTTP/1.0: %q", b)
	}
}

func TestAppendInterim(t *testing.T) {
	hints := header("Link", "</a>", "Content-Length", "5", "Connection", "close")
	upgrade := header("Upgrade", "websocket", "Connection", "Upgrade, x", "Sec-WebSocket-Accept", "y")
	for _, test := range []struct {
		status int
		header *message.Header
		want   string
	}{
		{100, nil, lines("HTTP/1.1 100 Continue")},
		{103, &hints, lines("HTTP/1.1 103 Early Hints", "Link: </a>")},
		{199, nil, lines("HTTP/1.1 199 ")},
		{101, &upgrade, lines("HTTP/1.1 101 Switching Protocols", "Sec-WebSocket-Accept: y", "Connection: Upgrade", "Upgrade: websocket")},
	} {
		b, err := syntax.AppendInterim([]byte("before"), test.status, test.header)
		if got, ok := strings.CutPrefix(string(b), "before"); !ok || err != nil || got != test.want {
			t.Errorf("%d: %q, %v\nwant %q", test.status, got, err, test.want)
		}
	}
	bad, worse := header("a", "\n"), header("Upgrade", "a\r\nb: c")
	for _, test := range []struct {
		status int
		header *message.Header
	}{{99, nil}, {200, nil}, {0, nil}, {101, nil}, {101, &hints}, {103, &bad}, {101, &worse}} {
		if b, err := syntax.AppendInterim([]byte("before"), test.status, test.header); err == nil || string(b) != "before" {
			t.Errorf("%d: %q, %v", test.status, b, err)
		}
	}
}
