// SPDX-License-Identifier: Apache-2.0

package syntax_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

var small = syntax.Limits{Bytes: 2048, Fields: 20}

func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{
		typicalRequest, lines("GET / HTTP/1.1", host), lines("POST /a?b HTTP/1.0", "Content-Length: 5", "Connection: keep-alive"), lines("OPTIONS * HTTP/1.1", host),
		lines("GET http://a.test:80/b?c HTTP/1.1", host, "Connection: upgrade, close", "Upgrade: websocket"), lines("OPTIONS http://[::1] HTTP/1.1", "Host: [::1]:80"),
		"\r\n" + lines("PUT / HTTP/1.1", host, "Transfer-Encoding: chunked", "Expect: 100-continue", "Trailer: x"), lines("GET / HTTP/1.1", host, "X:\t a\tb ", "Y: \xff", "Content-Length: 0"),
		"GET / HTTP/1.1\nHost: a\n\n", lines("GET / HTTP/1.1", host, "Content-Length: 1", "Transfer-Encoding: chunked"), lines("GET / HTTP/1.1", host, " X: a"), lines("GET / HTTP/1.1", "Host : a"),
	} {
		f.Add([]byte(seed+"behind"), 10)
	}
	f.Add([]byte(lines("GET / HTTP/1.0", host, "Expect: x")), -1) // was forwarded as HTTP/1.1
	f.Fuzz(func(t *testing.T, data []byte, split int) {
		r, head, n, err := parse(string(data), small)
		checkSplit(t, data, split, func(part []byte, searched *int) (string, int, error) {
			var r message.Request
			head, n, err := syntax.ParseRequest(part, searched, small, &r)
			return seen(&r, head), n, err
		})
		if err != nil || n == 0 {
			checkError(t, err)
			return
		}
		if want := min(len(data), small.Bytes); n > want || !bytes.HasSuffix(data[:n], []byte("\r\n\r\n")) {
			t.Fatalf("a head of %d bytes in %q", n, data)
		}
		asNetHTTP(t, data[:n], &r, head)
		forwarded(t, &r, head)
	})
}

// checkSplit checks that the result does not depend on how the bytes came.
func checkSplit(t *testing.T, data []byte, split int, parse func([]byte, *int) (string, int, error)) {
	t.Helper()
	searched := 0
	want, n, err := parse(data, &searched)
	if split < 0 || split > len(data) {
		return
	}
	searched = 0
	if _, m, early := parse(data[:split], &searched); m != 0 || early != nil {
		if m != n && m != 0 || early != nil && err == nil {
			t.Fatalf("the first %d bytes of %q: %d bytes, %v; the whole: %d bytes, %v", split, data, m, early, n, err)
		}
		return
	}
	got, m, later := parse(data, &searched)
	if m != n || (later == nil) != (err == nil) || err == nil && n > 0 && got != want {
		t.Fatalf("%q split at %d: %d bytes, %v, %s; the whole: %d bytes, %v, %s", data, split, m, later, got, n, err, want)
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var failed *syntax.Error
	if !errors.As(err, &failed) || failed.Status < 400 || failed.Status > 505 {
		t.Fatalf("%v", err)
	}
	if failed.Reason == "" || !syntax.IsQuery(strings.NewReplacer(" ", "", "#", "").Replace(failed.Reason)) {
		t.Fatalf("the reason is %q", failed.Reason)
	}
}

// asNetHTTP checks that net/http reads the same from a head that was taken.
func asNetHTTP(t *testing.T, data []byte, r *message.Request, head syntax.Head) {
	t.Helper()
	data = bytes.TrimLeft(data, "\r\n") // net/http skips no empty lines
	other, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
	if err != nil {
		var escape url.EscapeError
		if errors.As(err, &escape) || strings.Contains(err.Error(), "bad trailer key") {
			return // a URL is the router's business; trailers are filtered as they come
		}
		t.Fatalf("net/http: %v of %q", err, data)
	}
	target, query, _ := strings.Cut(other.RequestURI, "?")
	if other.URL.Host != "" {
		target = target[strings.Index(target, "//")+2:][len(other.URL.Host):]
		if target == "" {
			target = "/"
			if other.Method == "OPTIONS" && !r.HasQuery {
				target = "*"
			}
		}
	}
	chunked := slices.Equal(other.TransferEncoding, []string{"chunked"})
	if other.Method != r.Method || target != r.Path || query != r.Query || other.Host != r.Host || other.ProtoMinor != int(r.Proto) ||
		other.ContentLength != r.ContentLength || chunked != (head.Framing == syntax.Chunked) || other.Close == head.KeepAlive {
		t.Fatalf("%q\nnet/http: %s %s %s host %q, %d bytes, chunked %t, close %t\nhere: %s", data, other.Method, target, query, other.Host, other.ContentLength, chunked, other.Close, seen(r, head))
	}
	sameFields(t, &r.Header, other.Header)
}

// sameFields checks that net/http has the same fields.
func sameFields(t *testing.T, h *message.Header, other http.Header) {
	t.Helper()
	values := make(map[string][]string)
	for _, f := range h.Fields() {
		name := textproto.CanonicalMIMEHeaderKey(f.Name)
		values[name] = append(values[name], f.Value)
	}
	for name, all := range values {
		if name != "Transfer-Encoding" && name != "Trailer" && name != "Connection" && !slices.Equal(all, other[name]) { // net/http takes these out
			t.Fatalf("%s: %q, net/http has %q", name, all, other[name])
		}
	}
	for name := range other {
		if _, ok := values[name]; !ok && name != "Cache-Control" { // net/http makes it of Pragma
			t.Fatalf("net/http has %s: %q", name, other[name])
		}
	}
}

// forwarded checks that a request is read back as it was after it has been
// written.
func forwarded(t *testing.T, r *message.Request, head syntax.Head) {
	t.Helper()
	b, err := syntax.AppendRequest(nil, r, head.Framing)
	if err != nil {
		t.Fatalf("%s: %v", seen(r, head), err)
	}
	if r.Host == "" {
		return // is written, and not taken
	}
	again, head2, n, err := parse(string(b), syntax.Limits{Bytes: 1 << 20, Fields: 1000})
	if err != nil || n != len(b) {
		t.Fatalf("%q: %d bytes, %v", b, n, err)
	}
	if again.Method != r.Method || again.Target() != r.Target() || again.Host != r.Host || again.ContentLength != r.ContentLength ||
		head2.Framing != head.Framing || !head2.KeepAlive || again.Upgrade() != r.Upgrade() {
		t.Fatalf("%s\nbecame %s", seen(r, head), seen(&again, head2))
	}
	ends := func(h *message.Header) (fields []message.Field) {
		for _, f := range h.Fields() {
			switch strings.ToLower(f.Name) {
			case "expect", "connection", "upgrade", "keep-alive", "proxy-connection", "content-length", "transfer-encoding", "trailer":
			default:
				fields = append(fields, f)
			}
		}
		return fields
	}
	if got, want := ends(&again.Header), ends(&r.Header); !slices.Equal(got, want) {
		t.Fatalf("%q became %q", want, got)
	}
	asNetHTTP(t, b, &again, head2)
}

func FuzzParseResponse(f *testing.F) {
	for _, seed := range []string{
		typicalResponse, lines("HTTP/1.1 200"), lines("HTTP/1.0 404 Not Found", "Content-Length: 5"), lines("HTTP/1.1 204 ", "Connection: close"), lines("HTTP/1.1 103 x", "Link: a"),
		lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: x"), lines("HTTP/1.1 304 x", "Content-Length: 5"), lines("HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: x"),
		"HTTP/1.1 200 OK\n\n", lines("HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 5"), lines("HTTP/1.1 204 x", "Content-Length: 5"), lines("HTTP/1.1 500 x", "X: a\tb", " c"),
	} {
		f.Add([]byte(seed+"behind"), 10, false)
		f.Add([]byte(seed+"behind"), 20, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, split int, isHead bool) {
		method := "GET"
		if isHead {
			method = "HEAD"
		}
		r, head, n, err := parseResponse(string(data), method, small)
		checkSplit(t, data, split, func(part []byte, searched *int) (string, int, error) {
			var r message.Response
			head, n, err := syntax.ParseResponse(part, searched, small, method, &r)
			return fmt.Sprintf("%d %d %q %+v", r.Status, r.ContentLength, r.Header.Fields(), head), n, err
		})
		if err != nil || n == 0 {
			checkError(t, err)
			return
		}
		other, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data[:n])), &http.Request{Method: method})
		if err != nil {
			if strings.Contains(err.Error(), "bad trailer key") {
				return
			}
			t.Fatalf("net/http: %v of %q", err, data[:n])
		}
		var framing syntax.Framing
		switch {
		case other.Body == http.NoBody:
		case slices.Equal(other.TransferEncoding, []string{"chunked"}):
			framing = syntax.Chunked
		case other.ContentLength > 0:
			framing = syntax.Length
		default:
			framing = syntax.UntilClose
		}
		if framing != head.Framing || other.StatusCode != r.Status || framing == syntax.Length && (other.ContentLength != r.ContentLength || head.Length != r.ContentLength) ||
			head.KeepAlive && other.Close || framing == syntax.UntilClose && head.KeepAlive {
			t.Fatalf("%q\nnet/http: %d %d bytes, framing %d, close %t\nhere: %d %d bytes, %+v", data[:n], other.StatusCode, other.ContentLength, framing, other.Close, r.Status, r.ContentLength, head)
		}
		sameFields(t, &r.Header, other.Header)

		var b []byte
		if r.Status < 200 {
			if b, err = syntax.AppendInterim(nil, r.Status, &r.Header); err != nil {
				if r.Status == 101 && !r.Header.Has("upgrade") {
					return
				}
				t.Fatal(err)
			}
		} else if b, err = syntax.AppendResponse(nil, &r, message.HTTP11, head.Framing, true, !head.KeepAlive); err != nil {
			t.Fatal(err)
		}
		again, head2, n, err := parseResponse(string(b), method, syntax.Limits{Bytes: 1 << 20, Fields: 1000})
		if err != nil || n != len(b) || again.Status != r.Status || again.ContentLength != r.ContentLength || head2.Framing != head.Framing || r.Status >= 200 && head2 != head {
			t.Fatalf("%q became %q: %v, %+v and %+v", data, b, err, head, head2)
		}
	})
}

func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		"5\r\nhello\r\n0\r\n\r\n", "3;a=b\r\nhel\r\n2 \r\nlo\r\n0\r\nX: a\r\n\r\n", "00000005;a=\"b;\\\"c\"\r\nhello\r\n0\r\n\r\n", "5;a ; b\r\nhello\r\n000;x\r\nX: y\r\nHost: a\r\n\r\n",
		"5\nhello\n0\n\n", "FFFFFFFFFFFFFFFF\r\n", "1\r\n\r\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r", "2\r\n\r\n\r\n0\r\nA:b\r\n c\r\n\r\n",
	} {
		f.Add([]byte(seed+"behind"), 1)
		f.Add([]byte(seed+"behind"), 5)
	}
	f.Fuzz(func(t *testing.T, data []byte, part int) {
		content, trailer, left, ok, err := decode(string(data), 1<<30, small)
		checkError(t, err)
		if part > 0 && part < len(data) {
			content2, trailer2, left2, ok2, err2 := decode(string(data), part, small)
			if ok2 != ok || (err2 == nil) != (err == nil) || ok && (content2 != content || trailer2 != trailer || left2 != left) || err == nil && content2 != content {
				t.Fatalf("%q in parts of %d: %q, %q, %q, %t, %v\nat once: %q, %q, %q, %t, %v", data, part, content2, trailer2, left2, ok2, err2, content, trailer, left, ok, err)
			}
		}
		if !ok {
			return
		}
		source := bufio.NewReader(bytes.NewReader(data))
		other, err := io.ReadAll(httputil.NewChunkedReader(source))
		if err != nil {
			if strings.Contains(err.Error(), "too much non-data") || strings.Contains(err.Error(), "too long") {
				return // net/http has other limits
			}
			t.Fatalf("net/http: %v of %q", err, data)
		}
		rest, _ := io.ReadAll(source)
		section, ended := strings.CutSuffix(string(rest), left)
		if string(other) != content || !ended || !strings.HasSuffix(section, "\r\n") {
			t.Fatalf("%q: %q, net/http: %q, left %q and %q", data, content, other, left, rest)
		}
		if section == "\r\n" {
			return
		}
		fields, err := textproto.NewReader(bufio.NewReader(strings.NewReader(section))).ReadMIMEHeader()
		if err != nil {
			t.Fatalf("net/http: %v of %q", err, section)
		}
		for pair := range strings.SplitSeq(trailer, ";") {
			if name, _, ok := strings.Cut(pair, "="); ok && syntax.IsToken(name) && !strings.Contains(section, name) && len(fields) == 0 {
				t.Fatalf("%q: trailers %q, net/http: %q", data, trailer, fields)
			}
		}
	})
}

func FuzzAppendRequest(f *testing.F) {
	f.Add("GET", "a.test", "/", "", "X", "a", uint8(1), uint8(0), int64(0))
	f.Add("POST", "a.test:80", "/a", "b=c", "connection", "upgrade", uint8(1), uint8(1), int64(5))
	f.Add("OPTIONS", "[::1]", "*", "", "cookie", "a", uint8(2), uint8(2), int64(-1))
	f.Add("GET\r\n", "a\r\nb", "/ HTTP/1.1\r\n\r\n", "\n", "a\r\nb", "c\r\nd", uint8(0), uint8(3), int64(-1))
	f.Fuzz(func(t *testing.T, method, name, path, query, field, value string, proto, framing uint8, length int64) {
		r := message.Request{
			Proto: message.Proto(proto % 4), Method: method, Host: name, Path: path, Query: query, HasQuery: query != "", ContentLength: length,
			Header: header("first", "1", field, value, field, value, "last", "2"),
		}
		how := syntax.Framing(framing % 4)
		b, err := syntax.AppendRequest([]byte("before"), &r, how)
		got, ok := bytes.CutPrefix(b, []byte("before"))
		if !ok || err != nil {
			checkError(t, err)
			if len(got) > 0 {
				t.Fatalf("%q, %v", b, err)
			}
			return
		}
		if name == "" {
			return
		}
		again, head, n, err := parse(string(got), syntax.Limits{Bytes: 1 << 20, Fields: 1000})
		if err != nil || n != len(got) {
			if message.EqualName(field, "expect") {
				return // the writer does not judge it
			}
			t.Fatalf("%q: %d bytes, %v", got, n, err)
		}
		if again.Method != method || again.Path != path || again.Query != query || again.Host != name || again.Header.Get("first") != "1" || again.Header.Get("last") != "2" {
			t.Fatalf("%q was read as %s", got, seen(&again, head))
		}
		if how == syntax.Chunked != (head.Framing == syntax.Chunked) || how == syntax.Length && again.ContentLength != length || again.Header.Len() > 4+2 {
			t.Fatalf("%q was read as %s", got, seen(&again, head))
		}
		asNetHTTP(t, got, &again, head)
	})
}
