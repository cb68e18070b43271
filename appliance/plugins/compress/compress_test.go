// SPDX-License-Identifier: Apache-2.0

package compress_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/compress"
)

var codings = []string{"gzip", "br", "zstd"}

func start(t testing.TB, settings string) plugin.ResponsePhase {
	return plugintest.Start[plugin.ResponsePhase](t, plugintest.NewEnv(t), compress.Spec, settings)
}

// decoder undoes a coding.
func decoder(t testing.TB, coding string, r io.Reader) io.Reader {
	t.Helper()
	switch coding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		return z
	case "br":
		return brotli.NewReader(r)
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(z.Close)
		return z
	}
	return r
}

func decode(t testing.TB, coding, body string) string {
	t.Helper()
	b, err := io.ReadAll(decoder(t, coding, strings.NewReader(body)))
	if err != nil {
		t.Fatalf("%s: %v", coding, err)
	}
	return string(b)
}

var page = strings.Repeat("<p>All happy families are alike.</p>\n", 100)

// S3-123, S3-124: the client's Accept-Encoding decides.
func TestCoding(t *testing.T) {
	for name, test := range map[string]struct{ settings, accept, want string }{
		"gzip only":         {`{}`, "accept-encoding: gzip", "gzip"},
		"a browser":         {`{}`, "accept-encoding: gzip, deflate, br, zstd", "zstd"},
		"own order":         {`{"encodings": ["br", "gzip"]}`, "accept-encoding: gzip, deflate, br, zstd", "br"},
		"the client's":      {`{}`, "accept-encoding: gzip;q=1, br;q=0.5", "gzip"},
		"none that we have": {`{}`, "accept-encoding: deflate", ""},
		"not asked for":     {`{}`, "accept: */*", ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := plugintest.Exchange("GET", "/", test.accept)
			plugintest.Respond(x, 200, page, "content-type: text/html; charset=utf-8", `etag: "1"`, "accept-ranges: bytes")
			if err := start(t, test.settings).OnResponse(x); err != nil {
				t.Fatal(err)
			}
			h := &x.Response.Header
			if got := h.Get("content-encoding"); got != test.want {
				t.Fatalf("content-encoding %q; want %q", got, test.want)
			}
			if h.Get("vary") != "accept-encoding" {
				t.Errorf("vary %q", h.Get("vary"))
			}
			encoded := test.want != ""
			if x.Response.ContentLength == -1 != encoded || h.Has("content-length") == encoded || h.Has("accept-ranges") == encoded {
				t.Errorf("length %d, header %v", x.Response.ContentLength, h.Fields())
			}
			if weak := h.Get("etag") == `W/"1"`; weak != encoded {
				t.Errorf("etag %s", h.Get("etag"))
			}
			body := plugintest.Body(t, x)
			if encoded && len(body) > len(page)/2 {
				t.Errorf("%d bytes became %d", len(page), len(body))
			}
			if decode(t, test.want, body) != page {
				t.Error("the body came out differently")
			}
		})
	}
}

// Each case changes one thing about a response that is compressed otherwise.
func TestSkipped(t *testing.T) {
	compressor := start(t, `{}`)
	for name, test := range map[string]struct {
		change     func(x *plugin.Exchange)
		compressed bool
	}{
		"nothing":                  {func(*plugin.Exchange) {}, true},
		"error answer":             {func(x *plugin.Exchange) { x.Response.Status = 404 }, true},
		"unknown length":           {func(x *plugin.Exchange) { x.Response.ContentLength = -1 }, true},
		"min_size bytes":           {func(x *plugin.Exchange) { x.Response.ContentLength = 1024 }, true},
		"less than min_size":       {func(x *plugin.Exchange) { x.Response.ContentLength = 1023 }, false},
		"empty":                    {func(x *plugin.Exchange) { x.Response.ContentLength = 0 }, false},
		"no body":                  {func(x *plugin.Exchange) { x.Response.Body = nil }, false},
		"204":                      {func(x *plugin.Exchange) { x.Response.Status = 204 }, false},
		"206":                      {func(x *plugin.Exchange) { x.Response.Status = 206 }, false},
		"304":                      {func(x *plugin.Exchange) { x.Response.Status = 304 }, false},
		"upgraded":                 {func(x *plugin.Exchange) { x.Response.Status = 101 }, false},
		"CONNECT":                  {func(x *plugin.Exchange) { x.Request.Method = "CONNECT" }, false},
		"gRPC":                     {grpc, false},
		"compressed already":       {with("content-encoding: gzip"), false},
		"encoded as identity":      {with("content-encoding: identity"), true},
		"a part":                   {with("content-range: bytes 0-99/100"), false},
		"no-transform":             {with("cache-control: max-age=1, No-Transform"), false},
		"no-transform, by request": {func(x *plugin.Exchange) { x.Request.Header.Add("cache-control", "no-transform") }, false},
		"other cache-control":      {with("cache-control: public"), true},
		"image":                    {with("content-type: image/png"), false},
		"svg":                      {with("content-type: image/svg+xml"), true},
		"json":                     {with("content-type: Application/JSON"), true},
		"problem":                  {with("content-type: application/problem+json ; charset=utf-8"), true},
		"events":                   {with("content-type: text/event-stream"), true},
		"suffix in the name":       {with("content-type: application/json+zip"), false},
		"no type":                  {func(x *plugin.Exchange) { x.Response.Header.Del("content-type") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := plugintest.Exchange("GET", "/", "accept-encoding: gzip")
			plugintest.Respond(x, 200, page, "content-type: text/html")
			test.change(x)
			if err := compressor.OnResponse(x); err != nil {
				t.Fatal(err)
			}
			h := &x.Response.Header
			if got := h.Get("content-encoding") == "gzip" && !h.Has("content-length"); got != test.compressed {
				t.Errorf("compressed: %v; header %v", got, h.Fields())
			}
			if h.Has("vary") != test.compressed {
				t.Errorf("vary: %q", h.Get("vary"))
			}
			if x.Response.Body != nil {
				x.Response.Body.Close()
			}
		})
	}
}

func grpc(x *plugin.Exchange) {
	x.Request.Proto = message.HTTP2
	x.Request.Header.Set("content-type", "application/grpc")
}

func with(field string) func(*plugin.Exchange) {
	name, value, _ := strings.Cut(field, ": ")
	return func(x *plugin.Exchange) { x.Response.Header.Set(name, value) }
}

// A response to HEAD has the header fields of one to GET.
func TestHead(t *testing.T) {
	compressor := start(t, `{}`)
	fields := func(method string, length int) string {
		x := plugintest.Exchange(method, "/", "accept-encoding: br")
		plugintest.Respond(x, 200, page[:length], "content-type: text/html", `etag: W/"1"`, "vary: origin")
		if method == "HEAD" {
			x.Response.Body, x.Response.ContentLength = nil, 0
		}
		if err := compressor.OnResponse(x); err != nil {
			t.Fatal(err)
		}
		if x.Response.Body != nil {
			x.Response.Body.Close()
		}
		var all []string
		for _, f := range x.Response.Header.Fields() {
			all = append(all, f.Name+": "+f.Value)
		}
		return strings.Join(all, "\n")
	}
	for _, length := range []int{100, 2000} {
		if get, head := fields("GET", length), fields("HEAD", length); get != head {
			t.Errorf("GET:\n%s\nHEAD:\n%s", get, head)
		}
	}
}

func TestVary(t *testing.T) {
	compressor := start(t, `{}`)
	for before, want := range map[string]string{
		"":                             "accept-encoding",
		"vary: Origin":                 "Origin, accept-encoding",
		"vary: *":                      "*",
		"vary: origin,Accept-Encoding": "origin,Accept-Encoding",
	} {
		x := plugintest.Exchange("GET", "/")
		plugintest.Respond(x, 200, page, "content-type: text/html", before)
		if err := compressor.OnResponse(x); err != nil {
			t.Fatal(err)
		}
		if got := x.Response.Header.Joined("vary"); got != want {
			t.Errorf("%q became %q; want %q", before, got, want)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"encodings": []}`:          "encodings: must not be empty",
		`{"encodings": ["brotli"]}`:  `encodings[0]: must be one of "zstd", "br", "gzip"`,
		`{"types": ["html"]}`:        "types[0]: must be a media type",
		`{"types": ["Text/HTML"]}`:   "types[0]: must be a media type in small letters",
		`{"min_size": -1}`:           "min_size: must be between",
		`{"gzip_level": 10}`:         "gzip_level: must be between 1 and 9",
		`{"brotli_level": 12}`:       "brotli_level: must be between 1 and 11",
		`{"zstd_level": 0}`:          "zstd_level: must be between 1 and 22",
		`{"types": ["a/b", "a/b"]}`:  "types[1]: is the same",
		`{"types": ["text/*; q=1"]}`: "types[0]: must be",
	} {
		if _, err := compress.Spec.Decode([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", settings, err, want)
		}
	}
}

// Every level of every coding works.
func TestLevels(t *testing.T) {
	for _, levels := range []string{
		`{"gzip_level": 1, "brotli_level": 1, "zstd_level": 1}`,
		`{"gzip_level": 9, "brotli_level": 11, "zstd_level": 22}`,
	} {
		compressor := start(t, levels)
		for _, coding := range codings {
			x := plugintest.Exchange("GET", "/", "accept-encoding: "+coding)
			plugintest.Respond(x, 200, page, "content-type: text/html")
			if err := compressor.OnResponse(x); err != nil {
				t.Fatal(err)
			}
			if decode(t, coding, plugintest.Body(t, x)) != page {
				t.Errorf("%s with %s: the body came out differently", coding, levels)
			}
		}
	}
}

func BenchmarkBody(b *testing.B) {
	body := bytes.Repeat([]byte(page), 30)
	for _, coding := range codings {
		b.Run(coding, func(b *testing.B) {
			compressor := start(b, `{}`)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				x := plugintest.Exchange("GET", "/", "accept-encoding: "+coding)
				plugintest.Respond(x, 200, "", "content-type: text/html")
				x.Response.Body, x.Response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				if err := compressor.OnResponse(x); err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, x.Response.Body); err != nil {
					b.Fatal(err)
				}
				x.Response.Body.Close()
			}
		})
	}
}
