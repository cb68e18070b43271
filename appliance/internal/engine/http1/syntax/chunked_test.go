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

// decode feeds a body to a decoder in parts of the given size, as from a
// connection, and returns the content, the trailers and what is left. ok is
// false if the body has not ended.
func decode(data string, part int, limits syntax.Limits) (content, trailer, left string, ok bool, err error) {
	d := syntax.Decoder{Limits: limits}
	var buffer []byte
	var all strings.Builder
	for {
		body, n, err := d.Decode(buffer)
		if err != nil {
			return all.String(), "", "", false, err
		}
		all.Write(body)
		buffer = buffer[n:]
		if d.Done() {
			for _, f := range d.Trailer.Fields() {
				trailer += f.Name + "=" + f.Value + ";"
			}
			return all.String(), trailer, string(buffer) + data, true, nil
		}
		if n > 0 {
			continue
		}
		if data == "" {
			return all.String(), "", "", false, nil
		}
		next := min(part, len(data))
		buffer, data = append(buffer, data[:next]...), data[next:]
	}
}

// RFC 9112, section 7.1 (S2-03).
func TestChunksTaken(t *testing.T) {
	big := strings.Repeat("x", 70_000)
	for _, test := range []struct{ send, content, trailer string }{
		{"0\r\n\r\n", "", ""},
		{"5\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello", ""},
		{"005\r\nhello\r\n000\r\n\r\n", "hello", ""},
		{"0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", "hello", ""},
		{"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", ""},
		{"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""},
		{fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(big), big), big, ""},
		{"5;a\r\nhello\r\n0;b\r\n\r\n", "hello", ""},
		{"5;a=b;c=\"d;e\\\"f\\\\\";g\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"5; a = b ;\tc\t=\t\"\xff \t\" ; d\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"5;a=\"\"\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"5\r\nhello\r\n0\r\nX: a\r\n\r\n", "hello", "X=a;"},
		{"0\r\nX: a\r\nY:\t b \r\nX:\r\n\r\n", "", "X=a;Y=b;X=;"},
		{"0\r\ngrpc-status: 0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHOST: x\r\nTrailer: a\r\nConnection: close\r\nAuthorization: x\r\nCookie: a\r\nSet-Cookie: a\r\nContent-Type: a\r\nContent-Encoding: a\r\nContent-Range: a\r\nTE: a\r\nUpgrade: a\r\nExpect: a\r\nX-Forwarded-For: a\r\nx-forwarded-anything: a\r\nForwarded: a\r\nVia: a\r\ngrpc-message: x\r\n\r\n",
			"", "grpc-status=0;grpc-message=x;"},
		{"0\r\nContent-Digest: a\r\nServer-Timing: b\r\nX-Forwarde: c\r\n\r\n", "", "Content-Digest=a;Server-Timing=b;X-Forwarde=c;"},
	} {
		for _, part := range []int{1, 2, 3, 7, 1 << 20} {
			content, trailer, left, ok, err := decode(test.send+"behind", part, usual)
			if err != nil || !ok || content != test.content || trailer != test.trailer || left != "behind" {
				t.Errorf("%.100q in parts of %d: %.100q, trailers %q, left %q, done %t, %v", test.send, part, content, trailer, left, ok, err)
			}
		}
	}
}

func TestChunksRefused(t *testing.T) {
	tests := []string{
		"\r\n", "\n", ";a\r\n", "g\r\n", "0x5\r\n", "-1\r\n", "+5\r\n", " 5\r\n", "\t5\r\n", "5 \r\n", "5\t\r\n", "0_5\r\n", "5\x00\r\n", "\"5\"\r\n", "5,5\r\n", "5xyz\r\n", "5 ;a\r\n", "5\t;a\r\n",
		"10000000000000005\r\n", "00000000000000005\r\n", "FFFFFFFFFFFFFFFF\r\n", "8000000000000000\r\n", "FFFFFFFFFFFFFFFF0000000000000005\r\n",
		"8000000000000000;a\r\n", "FFFFFFFFFFFFFFFF;a\r\n", "55\nhello\r\n0\r\n\r\n", "5;ab\nhello\r\n0\r\n\r\n", "5\nhello\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\r\nhello\r\n", "3\r\nhello\r\n", "6\r\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n", "5\r\nhello\n0\r\n", "5\r\nhello\r0\r\n", "5\r\nhello\rX0\r\n\r\n", "5\r\nhelloXX", "5\r\nhello\r\r\n",
		"0\n\r\n", "0\r\n\n", "0\n\n", "0\r\n\r\r\n", "0\r\n\rX", "5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n", "5\r\nhello\r\nzz\r\n", "0\r\n\x00",
		"5;\r\n", "5;;a\r\n", "5;a;\r\n", "5;a=\r\n", "5;=b\r\n", "5;a=b=c\r\n", "5;a b\r\n", "5;a=b c\r\n", "5;a \r\n", "5;a=b \r\n", "5; \r\n", "5;a=\"b\r\n", "5;a=\"b\"c\r\n", "5;a=\"\\\r\n", "5;a=\"\\\x00\"\r\n", "5;a=\"\x00\"\r\n", "5;a=\"\x7f\"\r\n",
		"5;a=b\"c\"\r\n", "5;a\nb\r\n", "5;a\rb\r\n", "5;a\x00\r\n", "5;a=\x7f\r\n", "5;a=\"\r\"\r\n", "5;a=\"\n\"\r\n", "5;(\r\n", "5;\xff\r\n", "0;a\n\r\n", "0;\r\n\r\n",
		"0\r\nX: a\r\n b\r\n\r\n", "0\r\n X: a\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX : a\r\n\r\n", "0\r\n: a\r\n\r\n", "0\r\nX: \x00\r\n\r\n", "0\r\nX: a\rb\r\n\r\n", "0\r\nX: a\n\r\n", "0\r\nX Y: a\r\n\r\n", "0\r\nContent-Length : 5\r\n\r\n",
		strings.Repeat("0", 5000), "5;a=" + strings.Repeat("x", 5000), "5;a=" + strings.Repeat("x", 5000) + "\r\n",
		strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\na\r\n", 20) + "0\r\n\r\n",
	}
	for _, send := range tests {
		for _, part := range []int{1, 2, 3, 7, 1 << 20} {
			content, _, _, ok, err := decode(send, part, usual)
			var failed *syntax.Error
			if !errors.As(err, &failed) || ok || failed.Status != 400 {
				t.Errorf("%.100q in parts of %d: %.100q, done %t, %v", send, part, content, ok, err)
			}
		}
	}
}

// Limits hold for lines and trailers; extensions are in proportion to the
// content (S2-08).
func TestChunkLimits(t *testing.T) {
	for _, test := range []struct {
		send   string
		limits syntax.Limits
		want   string // part of the error; "" if there is none
	}{
		{"0\r\n\r\n", syntax.Limits{}, "longer"},
		{"0\r\n\r\n", syntax.Limits{Bytes: 2}, "longer"},
		{"0\r\n\r\n", syntax.Limits{Bytes: 3}, ""},
		{"5;abc\r\nhello\r\n0\r\n\r\n", syntax.Limits{Bytes: 6}, "longer"},
		{"5;abc\r\nhello\r\n0\r\n\r\n", syntax.Limits{Bytes: 7}, ""},
		{"0\r\nX: a\r\n\r\n", syntax.Limits{Bytes: 7, Fields: 1}, "longer"},
		{"0\r\nX: a\r\n\r\n", syntax.Limits{Bytes: 8, Fields: 1}, ""},
		{"0\r\nX: a\r\n\r\n", syntax.Limits{Bytes: 8, Fields: 0}, "too many fields"},
		{"0\r\nHost: a\r\nX: a\r\n\r\n", syntax.Limits{Bytes: 100, Fields: 1}, "too many fields"},
		{"0\r\nX: " + strings.Repeat("a", 200), syntax.Limits{Bytes: 100, Fields: 1}, "longer"},
		{strings.Repeat("1;x\r\na\r\n", 10_000) + "0\r\n\r\n", usual, "extensions"},
		{strings.Repeat("1000;chunk-signature="+strings.Repeat("a", 64)+"\r\n"+strings.Repeat("a", 4096)+"\r\n", 1000) + "0\r\n\r\n", usual, ""},
		{strings.Repeat("1\r\na\r\n", 100_000) + "0\r\n\r\n", usual, ""},
	} {
		_, _, _, ok, err := decode(test.send, 1<<20, test.limits)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) || ok != (err == nil) {
			t.Errorf("%.50q within %+v: done %t, %v, want %q", test.send, test.limits, ok, err, test.want)
		}
	}
}

// A decoder takes all it can in one call and leaves what comes after the body.
func TestDecode(t *testing.T) {
	d := syntax.Decoder{Limits: usual}
	for _, step := range []struct {
		data, body string
		n          int
		done       bool
	}{
		{"", "", 0, false},
		{"5", "", 0, false},
		{"5\r", "", 0, false},
		{"5\r\n", "", 3, false},
		{"he", "he", 2, false},
		{"llo\r", "llo", 3, false},
		{"\r", "", 0, false},
		{"\r\n3\r\nabc\r\n2\r\nde", "abc", 13, false},
		{"de\r\n0\r\nX", "de", 7, false},
		{"X: a\r\n", "", 0, false},
		{"X: a\r\n\r\nGET", "", 8, true},
		{"GET", "", 0, true},
	} {
		body, n, err := d.Decode([]byte(step.data))
		if string(body) != step.body || n != step.n || err != nil || d.Done() != step.done {
			t.Fatalf("%q: %q, %d bytes, done %t, %v; want %+v", step.data, body, n, d.Done(), err, step)
		}
	}
	d.Reset()
	if d.Done() || d.Trailer.Len() != 0 || d.Limits != usual {
		t.Errorf("reset: %+v", d)
	}
	if body, n, err := d.Decode([]byte("1\r\nx\r\n0\r\n\r\n")); string(body) != "x" || n != 11 || err != nil || !d.Done() {
		t.Errorf("again: %q, %d, %v", body, n, err)
	}
}

// What the writers write the decoder reads.
func TestWriteChunks(t *testing.T) {
	var b []byte
	want := ""
	for _, n := range []int{1, 9, 10, 15, 16, 255, 256, 65535, 1 << 16} {
		part := strings.Repeat("y", n)
		b = append(append(syntax.AppendChunk(b, n), part...), "\r\n"...)
		want += part
	}
	trailer := message.MakeHeader([]message.Field{
		{Name: "X", Value: "a"}, {Name: "Content-Length", Value: "5"}, {Name: "bad name", Value: "a"}, {Name: "", Value: "a"}, {Name: "Bad", Value: "a\r\nInjected: b"},
		{Name: "Host", Value: "a"}, {Name: "Y", Value: "b\tc"},
	})
	b = syntax.AppendEnd(b, &trailer)
	content, trailers, left, ok, err := decode(string(b), 1<<20, usual)
	if content != want || trailers != "X=a;Y=b\tc;" || left != "" || !ok || err != nil {
		t.Errorf("%d bytes, %q, %q, %t, %v", len(content), trailers, left, ok, err)
	}
	if got := string(syntax.AppendEnd([]byte("a"), nil)); got != "a0\r\n\r\n" {
		t.Errorf("%q", got)
	}
}
