// SPDX-License-Identifier: Apache-2.0

package plugin_test

import (
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

// Texts that JSON, a field of a header, or either alone cannot hold as they are.
var texts = []string{
	"", "no such route", `say "no" \ twice`, "two\r\nlines: of header", "100%", "%41", "tab\tnul\x00del\x7f", "<script>&amp;", "Grüße, 世界 \U0001f600", "~ and space ",
}

func TestAnswer(t *testing.T) {
	for _, text := range texts {
		for _, method := range []string{"GET", "POST", "HEAD"} { // to HEAD, the engine sends the head alone
			x := plugintest.Exchange(method, "/")
			x.Answer(418, text)
			r := x.Response
			body := plugintest.Body(t, x)
			if r.Status != 418 || r.ContentLength != int64(len(body)) || r.Header.Get("content-length") != strconv.Itoa(len(body)) ||
				r.Header.Get("content-type") != "application/json" || r.Trailer != nil || !strings.HasSuffix(body, "\n") {
				t.Errorf("%s %q: status %d, length %d, header %q, body %q", method, text, r.Status, r.ContentLength, r.Header.Fields(), body)
			}
			var got map[string]string
			if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 1 || got["message"] != text {
				t.Errorf("%s %q: %v of %q", method, text, err, body)
			}
		}
	}
	x := plugintest.Exchange("GET", "/")
	x.Answer(500, "not \xff UTF-8")
	if got := plugintest.Body(t, x); got != `{"message":"not \ufffd UTF-8"}`+"\n" {
		t.Errorf("got %q", got)
	}
}

// S1-57: a call of gRPC is answered in gRPC, in a response of one header block.
func TestAnswerToGRPC(t *testing.T) {
	for _, text := range append(texts, "not \xff UTF-8") {
		x := plugintest.GRPC("/pkg.Service/Method")
		x.Answer(429, text)
		r := x.Response
		if r.Status != 200 || r.Body != nil || r.ContentLength != 0 || r.Trailer != nil ||
			r.Header.Get("content-type") != "application/grpc" || r.Header.Get("grpc-status") != "8" || r.Header.Has("content-length") {
			t.Errorf("%q: %+v", text, r)
		}
		said := r.Header.Get("grpc-message")
		if strings.ContainsFunc(said, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("%q: %q is no value of a field", text, said)
		}
		if got, err := url.PathUnescape(said); err != nil || got != text {
			t.Errorf("%q: %v, got %q of %q", text, err, got, said)
		}
	}
}

// A client of one codec refuses an answer that seems to be in another one.
func TestAnswerInContentType(t *testing.T) {
	for _, media := range []string{"application/grpc", "application/grpc+json", "application/grpc+proto"} {
		x := plugintest.Exchange("POST", "/pkg.Service/Method", "content-type: "+media)
		x.Request.Proto = message.HTTP2
		x.Answer(504, "late")
		if got := x.Response.Header.Get("content-type"); got != media {
			t.Errorf("a call of %s is answered in %q", media, got)
		}
	}
	x := plugintest.Exchange("GET", "/")
	x.AnswerGRPC(plugin.GRPCInternal, "no")
	if got := x.Response.Header.Get("content-type"); got != "application/grpc" {
		t.Errorf("what was no call is answered in %q", got)
	}
}

// The encoding is that of the gRPC protocol over HTTP/2, to the letter.
func TestGRPCMessage(t *testing.T) {
	for text, want := range map[string]string{
		"plain ~!\"#$&'()*+,-./:;<=>?@[]^_`{|}\\": "plain ~!\"#$&'()*+,-./:;<=>?@[]^_`{|}\\",
		"100%": "100%25", "a\r\nb": "a%0D%0Ab", "ü": "%C3%BC", "\x7f": "%7F", "世": "%E4%B8%96",
	} {
		x := plugintest.GRPC("/s/m")
		x.AnswerGRPC(plugin.GRPCInternal, text)
		if got := x.Response.Header.Get("grpc-message"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestGRPCCode(t *testing.T) {
	const (
		cancelled, invalid, deadline, denied, exhausted       = 1, 3, 4, 7, 8
		unimplemented, internal, unavailable, unauthenticated = 12, 13, 14, 16
	)
	known := map[int]int{
		400: internal, 401: unauthenticated, 403: denied, 404: unimplemented, 405: unimplemented, 408: deadline, 413: exhausted, 414: exhausted, 422: invalid,
		429: exhausted, 431: exhausted, 499: cancelled, 500: internal, 501: unimplemented, 502: unavailable, 503: unavailable, 504: deadline,
	}
	for status := range 600 {
		want, ok := known[status]
		switch {
		case ok:
		case status >= 400 && status < 500:
			want = invalid
		default:
			want = internal
		}
		if got := plugin.GRPCCode(status); got != want {
			t.Errorf("%d: got %d, want %d", status, got, want)
		}
		x := plugintest.GRPC("/s/m")
		x.Answer(status, "")
		if got := x.Response.Header.Get("grpc-status"); got != strconv.Itoa(want) {
			t.Errorf("%d: the answer says %s, want %d", status, got, want)
		}
	}
}

// gRPC's content type over HTTP/1.1 is no call of gRPC.
func TestAnswerOverHTTP1(t *testing.T) {
	x := plugintest.GRPC("/s/m")
	x.Request.Proto = message.HTTP11
	x.Answer(503, "no")
	if x.Response.Status != 503 || plugintest.Body(t, x) != `{"message":"no"}`+"\n" {
		t.Errorf("got %+v", x.Response)
	}
}

// An answer closes the response whose place it takes: its body holds a
// connection to the target.
func TestAnswerReplaces(t *testing.T) {
	for name, answer := range map[string]func(*plugin.Exchange){
		"answer": func(x *plugin.Exchange) { x.Answer(500, "no") },
		"gRPC":   func(x *plugin.Exchange) { x.AnswerGRPC(plugin.GRPCInternal, "no") },
	} {
		x := plugintest.Exchange("GET", "/")
		body := &closed{Reader: strings.NewReader("secret of the target")}
		x.Response = &message.Response{Status: 200, Header: plugintest.Header("x-target: 1", "set-cookie: a=b"), Body: body, ContentLength: 20, Trailer: &message.Header{}}
		answer(x)
		if body.n != 1 || x.Response.Header.Has("x-target") || x.Response.Header.Has("set-cookie") || x.Response.Trailer != nil {
			t.Errorf("%s: closed %d times, fields %q", name, body.n, x.Response.Header.Fields())
		}
		x.Response.Body = nil
		answer(x) // a response without a body has nothing to close
	}
}

type closed struct {
	io.Reader
	n int
}

func (c *closed) Close() error { c.n++; return nil }

// Fields may be added to an answer, and no two answers share them.
func TestAnswersShareNothing(t *testing.T) {
	a, b := plugintest.Exchange("GET", "/"), plugintest.Exchange("GET", "/")
	a.Answer(429, "no")
	b.Answer(429, "no")
	before := slices.Clone(b.Response.Header.Fields())
	a.Response.Header.Set("content-type", "text/plain")
	a.Response.Header.Add("retry-after", "1")
	if !slices.Equal(b.Response.Header.Fields(), before) {
		t.Errorf("got %q", b.Response.Header.Fields())
	}
}
