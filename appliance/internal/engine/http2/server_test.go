// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A raw is a client that says what the test tells it to.
type raw struct {
	*xhttp2.Framer
	t    testing.TB
	conn net.Conn
	buf  bytes.Buffer
	enc  *hpack.Encoder
	got  []string // frames that came, for people
}

// connect makes a client that has sent its preface and settings.
func connect(t testing.TB, s *listening, settings ...xhttp2.Setting) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := &raw{Framer: xhttp2.NewFramer(conn, conn), t: t, conn: conn}
	c.enc = hpack.NewEncoder(&c.buf)
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.AllowIllegalWrites = true
	io.WriteString(conn, xhttp2.ClientPreface)
	c.WriteSettings(settings...)
	return c
}

// request opens a stream with the fields of a GET, unless they are given.
func (c *raw) request(id uint32, end bool, pairs ...string) {
	c.head(id, end, append([]string{":method", "GET", ":scheme", "http", ":authority", "example.com", ":path", "/"}, pairs...)...)
}

func (c *raw) head(id uint32, end bool, pairs ...string) {
	c.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: id, BlockFragment: c.section(pairs...), EndStream: end, EndHeaders: true})
}

func (c *raw) section(pairs ...string) []byte {
	c.buf.Reset()
	for pair := range slices.Chunk(pairs, 2) {
		c.enc.WriteField(hpack.HeaderField{Name: pair[0], Value: pair[1]})
	}
	return bytes.Clone(c.buf.Bytes())
}

// until reads frames up to one that is wanted. It acknowledges settings.
func (c *raw) until(what string, wanted func(xhttp2.Frame) bool) xhttp2.Frame {
	c.t.Helper()
	for {
		f, err := c.ReadFrame()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v after %q", what, err, c.got)
		}
		c.got = append(c.got, f.Header().String())
		if s, ok := f.(*xhttp2.SettingsFrame); ok && !s.IsAck() {
			c.WriteSettingsAck()
		}
		if wanted(f) {
			return f
		}
	}
}

func (c *raw) reset(id uint32) xhttp2.ErrCode {
	c.t.Helper()
	f := c.until("RST_STREAM", func(f xhttp2.Frame) bool {
		_, ok := f.(*xhttp2.RSTStreamFrame)
		return ok && f.Header().StreamID == id
	})
	return f.(*xhttp2.RSTStreamFrame).ErrCode
}

func (c *raw) goAway() *xhttp2.GoAwayFrame {
	c.t.Helper()
	f := c.until("GOAWAY", func(f xhttp2.Frame) bool { _, ok := f.(*xhttp2.GoAwayFrame); return ok })
	return f.(*xhttp2.GoAwayFrame)
}

func (c *raw) headers(id uint32) *xhttp2.MetaHeadersFrame {
	c.t.Helper()
	f := c.until("HEADERS", func(f xhttp2.Frame) bool {
		_, ok := f.(*xhttp2.MetaHeadersFrame)
		return ok && f.Header().StreamID == id
	})
	return f.(*xhttp2.MetaHeadersFrame)
}

// closed reads until the server has closed the connection.
func (c *raw) closed() {
	c.t.Helper()
	for {
		if _, err := c.ReadFrame(); err != nil {
			if isTimeout(err) {
				c.t.Fatalf("the connection is still open: %v", err)
			}
			return
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// body reads a response's body and whether the stream ended in order.
func (c *raw) body(id uint32) string {
	c.t.Helper()
	var all strings.Builder
	c.until("END_STREAM", func(f xhttp2.Frame) bool {
		if f.Header().StreamID != id {
			return false
		}
		switch f := f.(type) {
		case *xhttp2.DataFrame:
			all.Write(f.Data())
			return f.StreamEnded()
		case *xhttp2.MetaHeadersFrame:
			return f.StreamEnded()
		}
		return false
	})
	return all.String()
}

// S1-57: what the handler sees of a request.
func TestRequest(t *testing.T) {
	type seen struct {
		r    message.Request
		body string
	}
	requests := make(chan seen, 1)
	s := listen(t, session.Options{ID: "l", Handler: handle(func(_ context.Context, r *message.Request, stream message.Stream) {
		got := seen{r: *r}
		if r.Body != nil {
			b, _ := io.ReadAll(r.Body)
			got.body = string(b)
		}
		requests <- got
		_, _ = stream.Respond(&message.Response{Status: 204})
	})}, false)
	c := connect(t, s)
	c.head(1, false, ":method", "POST", ":scheme", "http", ":path", "/a%2Fb?c=d?", ":authority", "example.com:80",
		"cookie", "a=b", "x-one", "1", "cookie", "c=d", "content-length", "5", "cookie", "e=f", "te", "trailers")
	c.WriteData(1, false, []byte("he"))
	c.WriteDataPadded(1, false, []byte("llo"), make([]byte, 9))
	c.head(1, true, "x-trailer", "t")
	got := <-requests
	r := &got.r
	if r.Proto != message.HTTP2 || r.Method != "POST" || r.Scheme != "http" || r.Host != "example.com:80" || r.Path != "/a%2Fb" ||
		r.Query != "c=d?" || !r.HasQuery || r.ContentLength != 5 || got.body != "hello" || r.Listener != "l" || !r.Remote.IsValid() {
		t.Errorf("got %+v with the body %q", r, got.body)
	}
	want := []message.Field{{Name: "cookie", Value: "a=b; c=d; e=f"}, {Name: "x-one", Value: "1"}, {Name: "content-length", Value: "5"}, {Name: "te", Value: "trailers"}}
	if !slices.Equal(r.Header.Fields(), want) {
		t.Errorf("header %q", r.Header.Fields())
	}
	if r.Trailer == nil || r.Trailer.Get("x-trailer") != "t" {
		t.Errorf("trailer %v", r.Trailer)
	}
	if f := c.headers(1); f.PseudoValue("status") != "204" || !f.StreamEnded() || len(f.RegularFields()) != 0 {
		t.Errorf("answered %v", f.Fields)
	}
	if stats := s.host.Stats(); stats.Requests != 1 {
		t.Errorf("%+v", stats)
	}
}

// RFC 9113, sections 8.2 and 8.3: a malformed request is a stream error, and
// the handler does not see it. The connection goes on.
func TestMalformedRequests(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Path != "/fine" {
			t.Errorf("the handler got %s", r.Target())
		}
		plain("ok")(nil, r, s)
	})}, false)
	base := map[string]string{":method": "GET", ":scheme": "http", ":path": "/", ":authority": "example.com"}
	order := []string{":method", ":scheme", ":path", ":authority"}
	with := func(change map[string]string, more ...string) []string {
		var pairs []string
		for _, name := range order {
			value, changed := change[name]
			if !changed {
				value = base[name]
			}
			if value != "-" {
				pairs = append(pairs, name, value)
			}
		}
		return append(pairs, more...)
	}
	type m = map[string]string
	cases := map[string][]string{
		"no method": with(m{":method": "-"}), "no scheme": with(m{":scheme": "-"}), "no path": with(m{":path": "-"}),
		"empty path": with(m{":path": ""}), "absolute path": with(m{":path": "http://example.com/"}), "path without slash": with(m{":path": "x"}),
		"asterisk": with(m{":path": "*"}), "blank in path": with(m{":path": "/a b"}), "NUL in path": with(m{":path": "/\x00"}),
		"fragment": with(m{":path": "/#x"}), "path of other bytes": with(m{":path": "/\xff"}), "tab in path": with(m{":path": "/a\tb"}),
		"method with blank": with(m{":method": "GE T"}), "empty method": with(m{":method": ""}), "method with newline": with(m{":method": "GET\r\n"}),
		"scheme": with(m{":scheme": "ftp"}), "user information": with(m{":authority": "a@example.com"}), "blank in authority": with(m{":authority": "a b"}),
		"slash in authority": with(m{":authority": "a/b"}), "status": with(nil, ":status", "200"),
		"two paths": append([]string{":path", "/x"}, with(nil)...), "pseudo after field": {":method", "GET", ":scheme", "http", "a", "b", ":path", "/"},
		"capitals": with(nil, "X-One", "1"), "empty name": with(nil, "", "1"), "blank in name": with(nil, "a b", "1"), "colon in name": with(nil, "a:b", "1"),
		"newline in value": with(nil, "a", "b\nc"), "return in value": with(nil, "a", "b\rc"), "NUL in value": with(nil, "a", "b\x00c"),
		"blank before value": with(nil, "a", " b"), "tab after value": with(nil, "a", "b\t"), "name of other bytes": with(nil, "a\x80", "b"),
		"connection": with(nil, "connection", "close"), "keep-alive": with(nil, "keep-alive", "1"), "proxy-connection": with(nil, "proxy-connection", "close"),
		"transfer-encoding": with(nil, "transfer-encoding", "chunked"), "upgrade": with(nil, "upgrade", "x"), "te": with(nil, "te", "gzip"),
		"host differs": with(nil, "host", "other.example"), "two hosts": with(m{":authority": "-"}, "host", "a", "host", "a"),
		"bad length": with(nil, "content-length", "+1"), "negative length": with(nil, "content-length", "-1"), "two lengths": with(nil, "content-length", "0", "content-length", "0"),
		"list of lengths": with(nil, "content-length", "0, 0"), "huge length": with(nil, "content-length", "99999999999999999999"),
		"length without body": with(nil, "content-length", "1"), "connect with path": with(m{":method": "CONNECT"}),
		"protocol with GET": append(with(nil), ":protocol", "websocket")[:10:10],
		"empty protocol":    append([]string{":protocol", ""}, with(m{":method": "CONNECT"})...),
		"unknown pseudo":    append([]string{":x", "y"}, with(nil)...),
	}
	id := uint32(1)
	c := connect(t, s)
	for name, pairs := range cases {
		c.head(id, true, pairs...)
		if code := c.reset(id); code != xhttp2.ErrCodeProtocol {
			t.Errorf("%s: %s", name, code)
		}
		id += 2
	}
	c.request(id, true, "host", "example.com", ":path", "/fine") // the last :path is a duplicate: malformed, too
	c.reset(id)
	c.head(id+2, true, ":method", "GET", ":scheme", "http", ":path", "/fine", "host", "example.com")
	if got := c.body(id + 2); got != "ok" {
		t.Errorf("then: %q", got)
	}
}

// A body that is not as long as content-length says is a stream error
// (RFC 9113, section 8.1.1).
func TestContentLength(t *testing.T) {
	begun, failed := make(chan struct{}), make(chan error, 1)
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		begun <- struct{}{}
		_, err := io.Copy(io.Discard, r.Body)
		failed <- err
	})}, false)
	for _, sent := range []string{"1234", "123456"} {
		c := connect(t, s)
		c.request(1, false, "content-length", "5")
		<-begun // a stream that breaks before gets no handler
		c.WriteData(1, true, []byte(sent))
		if code := c.reset(1); code != xhttp2.ErrCodeProtocol {
			t.Errorf("%q: %s", sent, code)
		}
		var client *message.ClientError
		if err := <-failed; !errors.As(err, &client) || client.Op != "read" {
			t.Errorf("%q: the handler read %v", sent, err)
		}
	}
}

// Limits: S1-35.
func TestRefused(t *testing.T) {
	s := listen(t, session.Options{MaxHeaderBytes: 2000, MaxHeaderFields: 10, MaxBodyBytes: 4, Handler: handle(echo)}, false)
	for name, test := range map[string]struct {
		pairs  []string
		status string
	}{
		"large field":   {[]string{"a", strings.Repeat("x", 3000)}, "431"},
		"many fields":   {slices.Repeat([]string{"a", ""}, 20), "431"},
		"announced":     {[]string{"content-length", "5"}, "413"},
		"all in limits": {[]string{"content-length", "4"}, "200"},
	} {
		c := connect(t, s)
		c.request(1, false, test.pairs...)
		if test.status == "200" {
			c.WriteData(1, true, []byte("1234"))
		}
		if f := c.headers(1); f.PseudoValue("status") != test.status {
			t.Errorf("%s: %v", name, f.Fields)
		} else if test.status != "200" {
			if code := c.reset(1); code != xhttp2.ErrCodeNo {
				t.Errorf("%s: then %s", name, code)
			}
		}
		c.request(3, true, "b", "c") // the compression's state is kept
		if f := c.headers(3); f.PseudoValue("status") != "200" {
			t.Errorf("%s: then %v", name, f.Fields)
		}
	}
	c := connect(t, s)
	c.head(1, true, ":method", "CONNECT", ":authority", "example.com:80")
	if f := c.headers(1); f.PseudoValue("status") != "501" {
		t.Errorf("CONNECT: %v", f.Fields)
	}
}

// A body longer than the listener takes is an error of the handler's, who
// decides what to answer.
func TestBodyTooLarge(t *testing.T) {
	s := listen(t, session.Options{MaxBodyBytes: 4, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		_, err := io.Copy(io.Discard, r.Body)
		if !errors.Is(err, message.ErrBodyTooLarge) {
			t.Errorf("read %v", err)
		}
		_, _ = s.Respond(&message.Response{Status: 413})
	})}, false)
	c := connect(t, s)
	c.request(1, false)
	c.WriteData(1, false, []byte("12345"))
	if f := c.headers(1); f.PseudoValue("status") != "413" {
		t.Errorf("%v", f.Fields)
	}
}

// What a handler does, and what the client sees of it.
func TestResponses(t *testing.T) {
	lower := func(h *message.Header, pairs ...string) {
		for p := range slices.Chunk(pairs, 2) {
			h.Add(p[0], p[1])
		}
	}
	text := func(s string) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }
	breaks := func(s string) io.ReadCloser {
		return io.NopCloser(io.MultiReader(strings.NewReader(s), failing{}))
	}
	for name, test := range map[string]struct {
		method  string
		respond func(r *message.Response)
		want    string // status, fields, body and trailers
		reset   bool
		source  bool
	}{
		"empty":          {"GET", func(r *message.Response) {}, "200 content-length=0 <>", false, false},
		"with body":      {"GET", func(r *message.Response) { r.Body, r.ContentLength = text("abc"), 3 }, "200 content-length=3 <abc>", false, false},
		"unknown length": {"GET", func(r *message.Response) { r.Body, r.ContentLength = text("abc"), -1 }, "200 <abc>", false, false},
		"names": {"GET", func(r *message.Response) {
			lower(&r.Header, "X-One", "1", "Connection", "x", "Keep-Alive", "y", "Content-Length", "7")
		}, "200 x-one=1 content-length=0 <>", false, false},
		"bad fields": {"GET", func(r *message.Response) { lower(&r.Header, "a b", "1", "c", "d\ne", "", "f", ":status", "100") }, "200 content-length=0 <>", false, false},
		"HEAD":       {"HEAD", func(r *message.Response) { r.Body, r.ContentLength = text("abc"), 3 }, "200 content-length=3 <>", false, false},
		"204":        {"GET", func(r *message.Response) { r.Status, r.Body = 204, text("abc") }, "204 <>", false, false},
		"304":        {"GET", func(r *message.Response) { r.Status, r.ContentLength = 304, 9 }, "304 <>", false, false},
		"trailers":   {"GET", func(r *message.Response) { r.Body, r.ContentLength, r.Trailer = text("abc"), -1, trailer("X-T", "1") }, "200 <abc> x-t=1", false, false},
		"forbidden trailers": {"GET", func(r *message.Response) {
			r.Body, r.ContentLength, r.Trailer = text("abc"), -1, trailer("content-length", "1", ":status", "2")
		}, "200 <abc>", false, false},
		"trailers-only":         {"POST", func(r *message.Response) { lower(&r.Header, "content-type", "application/grpc", "grpc-status", "12") }, "200 content-type=application/grpc grpc-status=12 <>", false, false},
		"too short":             {"GET", func(r *message.Response) { r.Body, r.ContentLength = text("abc"), 4 }, "", true, true},
		"too long":              {"GET", func(r *message.Response) { r.Body, r.ContentLength = text("abcde"), 4 }, "", true, true},
		"no body but length":    {"GET", func(r *message.Response) { r.ContentLength = 4 }, "", true, true},
		"breaks":                {"GET", func(r *message.Response) { r.Body, r.ContentLength = breaks("abc"), -1 }, "", true, true},
		"breaks and is mended":  {"GET", func(r *message.Response) { r.Body, r.ContentLength, r.Mender = breaks("abc"), -1, mender{} }, "200 <abc> grpc-status=14", false, false},
		"breaks and is not":     {"GET", func(r *message.Response) { r.Body, r.ContentLength, r.Mender = breaks(""), -1, mender{no: true} }, "", true, true},
		"status of an interim":  {"GET", func(r *message.Response) { r.Status = 101 }, "", true, false},
		"more than both levels": {"GET", func(r *message.Response) { r.Body, r.ContentLength = text(strings.Repeat("x", 60000)), 60000 }, "200 content-length=60000 <" + strings.Repeat("x", 60000) + ">", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			errs := make(chan error, 1)
			s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
				response := message.Response{Status: 200}
				test.respond(&response)
				_, err := s.Respond(&response)
				errs <- err
			})}, false)
			c := connect(t, s)
			c.head(1, true, ":method", test.method, ":scheme", "http", ":path", "/", ":authority", "a")
			got := c.whole(1)
			if got.reset != test.reset || !test.reset && got.text != test.want {
				t.Errorf("got %q, reset %t", got.text, got.reset)
			}
			var source *message.SourceError
			if err := <-errs; errors.As(err, &source) != test.source || err == nil == test.reset {
				t.Errorf("Respond returned %v", err)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

type mender struct{ no bool }

func (m mender) Mend(err error) *message.Header {
	if m.no || !errors.Is(err, io.ErrNoProgress) {
		return nil
	}
	return trailer("grpc-status", "14")
}

func trailer(pairs ...string) *message.Header {
	var h message.Header
	for p := range slices.Chunk(pairs, 2) {
		h.Add(p[0], p[1])
	}
	return &h
}

type answer struct {
	text  string
	reset bool
}

// whole reads all of a response: status, fields, body and trailers.
func (c *raw) whole(id uint32) (a answer) {
	c.t.Helper()
	var head, tail []string
	var body strings.Builder
	began := false
	c.until("the response", func(f xhttp2.Frame) bool {
		if f.Header().StreamID != id {
			return false
		}
		switch f := f.(type) {
		case *xhttp2.MetaHeadersFrame:
			list := &tail
			if !began {
				list = &head
				*list = append(*list, f.PseudoValue("status"))
			}
			began = true
			for _, field := range f.RegularFields() {
				*list = append(*list, field.Name+"="+field.Value)
			}
			return f.StreamEnded()
		case *xhttp2.DataFrame:
			body.Write(f.Data())
			return f.StreamEnded()
		case *xhttp2.RSTStreamFrame:
			a.reset = true
			return true
		}
		return false
	})
	a.text = strings.TrimSpace(strings.Join(head, " ") + " <" + body.String() + "> " + strings.Join(tail, " "))
	return a
}

// A handler that does not answer, or panics.
func TestUnanswered(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		switch r.Path {
		case "/panic":
			panic("test")
		case "/late":
			_, _ = s.Respond(&message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(panicking{})})
		case "/reset":
			s.Reset()
		}
	})}, false)
	c := connect(t, s)
	c.head(1, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/silent")
	if code := c.reset(1); code != xhttp2.ErrCodeInternal {
		t.Errorf("silent: %s", code)
	}
	c.head(3, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/panic")
	if got := c.whole(3); got.text != "500 content-length=0 <>" {
		t.Errorf("panic: %q", got.text)
	}
	c.head(5, true, ":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/panic", "content-type", "application/grpc")
	if got := c.whole(5); !strings.Contains(got.text, "grpc-status=13") || strings.Contains(got.text, "content-length") {
		t.Errorf("gRPC panic: %q", got.text)
	}
	for i, path := range []string{"/late", "/reset"} {
		id := uint32(7 + 2*i)
		c.head(id, true, ":method", "GET", ":scheme", "http", ":authority", "a", ":path", path)
		if !c.whole(id).reset {
			t.Errorf("%s was not reset", path)
		}
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("test") }

// Interim responses come before the response.
func TestInform(t *testing.T) {
	s := listen(t, session.Options{Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		if s.Inform(101, nil) == nil || s.Inform(200, nil) == nil {
			t.Error("what is no interim response was taken")
		}
		if err := s.Inform(103, trailer("Link", "</a>")); err != nil {
			t.Error(err)
		}
		plain("ok")(nil, r, s)
		if s.Inform(103, nil) == nil {
			t.Error("after the response")
		}
	})}, false)
	c := connect(t, s)
	c.request(1, true)
	if f := c.headers(1); f.PseudoValue("status") != "103" || f.StreamEnded() || f.RegularFields()[0].Name != "link" {
		t.Errorf("%v", f.Fields)
	}
	if got := c.body(1); got != "ok" {
		t.Errorf("%q", got)
	}
}

// newEncoder returns an encoder into the client's buffer.
func newEncoder(c *raw) *hpack.Encoder { return hpack.NewEncoder(&c.buf) }
