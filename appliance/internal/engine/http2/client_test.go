// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// What an HTTP/1.1 client asked is asked in HTTP/2: names in small letters,
// nothing about the connection (S0-03, RFC 9113, section 8.2.2).
func TestRequestToRealServer(t *testing.T) {
	c, d := newClient(t, testkit.HTTP(t, nil, testkit.EchoHTTP))
	request := get("PUT", "/a%2Fb", strings.NewReader("body"))
	request.Query, request.HasQuery = "q=1", true
	request.ContentLength = 4
	for _, f := range [][2]string{
		{"X-Kept", "1"}, {"User-Agent", "u"}, {"Connection", "x-named, keep-alive"}, {"X-Named", "2"}, {"Keep-Alive", "3"},
		{"Transfer-Encoding", "chunked"}, {"TE", "gzip, trailers"}, {"Proxy-Connection", "4"}, {"X-Blank", " v "}, {"Content-Length", "9"},
	} {
		request.Header.Add(f[0], f[1])
	}
	response, body, err := ask(timeout(t), c, request)
	if err != nil {
		t.Fatal(err)
	}
	var echo testkit.Echo
	if err := json.Unmarshal([]byte(body), &echo); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	want := http.Header{"X-Kept": {"1"}, "User-Agent": {"u"}, "Te": {"trailers"}, "X-Blank": {"v"}, "Content-Length": {"4"}}
	if fmt.Sprint(echo.Header) != fmt.Sprint(want) {
		t.Errorf("header %v, want %v", echo.Header, want)
	}
	if echo.Proto != "HTTP/2.0" || echo.Method != "PUT" || echo.Target != "/a%2Fb?q=1" || echo.Body != "body" || echo.Host != "a.test" {
		t.Errorf("%+v", echo)
	}
	if response.Status != 200 || response.ContentLength != int64(len(body)) || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", response)
	}
	for range 50 { // S0-14: over the same connection
		if _, _, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil {
			t.Fatal(err)
		}
	}
	if d.dialled.Load() != 1 || c.Open() != 1 {
		t.Errorf("%d connections made, %d open", d.dialled.Load(), c.Open())
	}
}

// Bodies of every kind and size arrive whole, both ways, with their trailers.
func TestBodies(t *testing.T) {
	c, _ := newClient(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-End")
		_ = http.NewResponseController(w).EnableFullDuplex()
		n, err := io.Copy(w, r.Body)
		w.Header().Set("X-End", fmt.Sprint(n, err, r.Trailer.Get("x-sent")))
	}))
	for _, size := range []int{1, 100, 16 << 10, 16<<10 + 1, 100_000, 3 << 20} {
		for _, known := range []bool{true, false} {
			content := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
			request := get("POST", "/", bytes.NewReader(content))
			if known {
				request.ContentLength = int64(size)
			} else {
				request.Header.Add("Trailer", "x-sent")
				request.Trailer = trailer("X-Sent", "yes")
			}
			response, body, err := ask(timeout(t), c, request)
			if err != nil {
				t.Fatalf("%d bytes, known %t: %v", size, known, err)
			}
			want := fmt.Sprint(size, nil)
			if !known {
				want += "yes"
			}
			if body != string(content) || response.Trailer == nil || response.Trailer.Get("x-end") != want {
				t.Errorf("%d bytes, known %t: %d came back, trailers %v, want %q", size, known, len(body), response.Trailer, want)
			}
		}
	}
}

// A request that HTTP/2 cannot express, or that would be another one further
// on, never leaves.
func TestUnspeakableRequests(t *testing.T) {
	c, d := newClient(t, "127.0.0.1:1")
	for name, change := range map[string]func(*message.Request){
		"blank in the path":    func(r *message.Request) { r.Path = "/a b" },
		"line in the path":     func(r *message.Request) { r.Path = "/a\r\nx: y" },
		"no path":              func(r *message.Request) { r.Path = "" },
		"relative path":        func(r *message.Request) { r.Path = "a" },
		"star":                 func(r *message.Request) { r.Path = "*" },
		"blank in the query":   func(r *message.Request) { r.Query, r.HasQuery = "a b", true },
		"method":               func(r *message.Request) { r.Method = "GE T" },
		"no method":            func(r *message.Request) { r.Method = "" },
		"connect":              func(r *message.Request) { r.Method = "CONNECT" },
		"host":                 func(r *message.Request) { r.Host = "a\x00b" },
		"path in the host":     func(r *message.Request) { r.Host = "a/b" },
		"user in the host":     func(r *message.Request) { r.Host = "a@b" },
		"fragment in the host": func(r *message.Request) { r.Host = "a#b" },
		"name":                 func(r *message.Request) { r.Header.Add("a b", "c") },
		"pseudo-header":        func(r *message.Request) { r.Header.Add(":path", "/b") },
		"empty name":           func(r *message.Request) { r.Header.Add("", "c") },
		"line in a value":      func(r *message.Request) { r.Header.Add("a", "b\r\nc: d") },
		"NUL in a value":       func(r *message.Request) { r.Header.Add("a", "b\x00") },
		"scheme":               func(r *message.Request) { r.Scheme = "file" },
		"not ASCII in a name":  func(r *message.Request) { r.Header.Add("\xe9", "c") },
		"line in the protocol": func(r *message.Request) { r.Protocol = "a\nb" },
	} {
		request := get("GET", "/", nil)
		change(request)
		_, _, err := ask(timeout(t), c, request)
		if failed := failure(t, err); failed.Phase != message.PhaseRequest || failed.Retryable() || d.dialled.Load() != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a target must not send fails the one request, or the connection, and
// nothing of it is taken for a response.
func TestHostileTargets(t *testing.T) {
	const one = 1 // the id of the first stream
	many := func(n int, f func(i int)) {
		for i := range n {
			f(i)
		}
	}
	for name, test := range map[string]struct {
		play func(c *scripted)
		code xhttp2.ErrCode // of RST_STREAM, or of GOAWAY if gone
		gone bool
		body bool // the head is fine, the body is not

		unread bool // nobody reads the body meanwhile
	}{
		"no status":                 {play: func(c *scripted) { c.head(one, true, "a", "b") }, code: xhttp2.ErrCodeProtocol},
		"two statuses":              {play: func(c *scripted) { c.head(one, true, ":status", "200", ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"status after a field":      {play: func(c *scripted) { c.head(one, true, "a", "b", ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"short status":              {play: func(c *scripted) { c.head(one, true, ":status", "20") }, code: xhttp2.ErrCodeProtocol},
		"status 000":                {play: func(c *scripted) { c.head(one, true, ":status", "000") }, code: xhttp2.ErrCodeProtocol},
		"status +20":                {play: func(c *scripted) { c.head(one, true, ":status", "+20") }, code: xhttp2.ErrCodeProtocol},
		"status 101":                {play: func(c *scripted) { c.head(one, false, ":status", "101") }, code: xhttp2.ErrCodeProtocol},
		"pseudo-field of requests":  {play: func(c *scripted) { c.head(one, true, ":status", "200", ":path", "/") }, code: xhttp2.ErrCodeProtocol},
		"capital in a name":         {play: func(c *scripted) { c.head(one, true, ":status", "200", "Aa", "b") }, code: xhttp2.ErrCodeProtocol},
		"line in a value":           {play: func(c *scripted) { c.head(one, true, ":status", "200", "a", "b\r\nc: d") }, code: xhttp2.ErrCodeProtocol},
		"NUL in a value":            {play: func(c *scripted) { c.head(one, true, ":status", "200", "a", "b\x00") }, code: xhttp2.ErrCodeProtocol},
		"connection field":          {play: func(c *scripted) { c.head(one, true, ":status", "200", "connection", "close") }, code: xhttp2.ErrCodeProtocol},
		"transfer-encoding":         {play: func(c *scripted) { c.head(one, true, ":status", "200", "transfer-encoding", "chunked") }, code: xhttp2.ErrCodeProtocol},
		"content-length, two":       {play: func(c *scripted) { c.head(one, false, ":status", "200", "content-length", "1", "content-length", "2") }, code: xhttp2.ErrCodeProtocol},
		"content-length, a sign":    {play: func(c *scripted) { c.head(one, false, ":status", "200", "content-length", "+1") }, code: xhttp2.ErrCodeProtocol},
		"content-length, huge":      {play: func(c *scripted) { c.head(one, false, ":status", "200", "content-length", "99999999999999999999") }, code: xhttp2.ErrCodeProtocol},
		"content-length, no body":   {play: func(c *scripted) { c.head(one, true, ":status", "200", "content-length", "1") }, code: xhttp2.ErrCodeProtocol},
		"interim response ends":     {play: func(c *scripted) { c.head(one, true, ":status", "103") }, code: xhttp2.ErrCodeProtocol},
		"endless interim responses": {play: func(c *scripted) { many(65, func(int) { c.head(one, false, ":status", "103", "link", "a") }) }, code: xhttp2.ErrCodeEnhanceYourCalm},
		"endless 100 Continue":      {play: func(c *scripted) { many(65, func(int) { c.head(one, false, ":status", "100") }) }, code: xhttp2.ErrCodeEnhanceYourCalm},
		"DATA before the head":      {play: func(c *scripted) { _ = c.framer.WriteData(one, true, []byte("x")) }, code: xhttp2.ErrCodeProtocol},
		"a head as a bomb":          {play: func(c *scripted) { c.bomb(one) }, code: xhttp2.ErrCodeEnhanceYourCalm},
		"too many fields": {play: func(c *scripted) {
			c.head(one, true, append([]string{":status", "200"}, slices.Repeat([]string{"a", ""}, 1100)...)...)
		}, code: xhttp2.ErrCodeEnhanceYourCalm},
		"body longer than announced": {body: true, play: func(c *scripted) {
			c.head(one, false, ":status", "200", "content-length", "1")
			_ = c.framer.WriteData(one, true, []byte("xx"))
		}, code: xhttp2.ErrCodeProtocol},
		"body shorter": {body: true, play: func(c *scripted) {
			c.head(one, false, ":status", "200", "content-length", "3")
			_ = c.framer.WriteData(one, true, []byte("xx"))
		}, code: xhttp2.ErrCodeProtocol},
		"a second head":               {body: true, play: func(c *scripted) { c.head(one, false, ":status", "200"); c.head(one, false, ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"interim response afterwards": {body: true, play: func(c *scripted) { c.head(one, false, ":status", "200"); c.head(one, false, ":status", "103") }, code: xhttp2.ErrCodeProtocol},
		"status in trailers":          {body: true, play: func(c *scripted) { c.head(one, false, ":status", "200"); c.head(one, true, ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"connection in trailers":      {body: true, play: func(c *scripted) { c.head(one, false, ":status", "200"); c.head(one, true, "connection", "close") }, code: xhttp2.ErrCodeProtocol},
		"more than the window": {body: true, unread: true, play: func(c *scripted) {
			c.head(one, false, ":status", "200")
			many(17, func(int) { _ = c.framer.WriteData(one, false, make([]byte, 16384)) })
		}, code: xhttp2.ErrCodeFlowControl},
		"window of the stream": {play: func(c *scripted) { many(2, func(int) { _ = c.framer.WriteWindowUpdate(one, 1<<31-1) }) }, code: xhttp2.ErrCodeFlowControl},
		"push": {gone: true, play: func(c *scripted) {
			_ = c.framer.WritePushPromise(xhttp2.PushPromiseParam{StreamID: one, PromiseID: 2, BlockFragment: c.encode(":method", "GET"), EndHeaders: true})
		}, code: xhttp2.ErrCodeProtocol},
		"stream of its own":   {gone: true, play: func(c *scripted) { c.head(2, true, ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"stream never opened": {gone: true, play: func(c *scripted) { c.head(99, true, ":status", "200") }, code: xhttp2.ErrCodeProtocol},
		"push enabled":        {gone: true, play: func(c *scripted) { _ = c.framer.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingEnablePush, Val: 1}) }, code: xhttp2.ErrCodeProtocol},
		"initial window": {gone: true, play: func(c *scripted) {
			_ = c.framer.WriteSettings(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1 << 31})
		}, code: xhttp2.ErrCodeFlowControl},
		"window of the connection": {gone: true, play: func(c *scripted) { many(2, func(int) { _ = c.framer.WriteWindowUpdate(0, 1<<31-1) }) }, code: xhttp2.ErrCodeFlowControl},
		"frame too large":          {gone: true, play: func(c *scripted) { _ = c.framer.WriteRawFrame(xhttp2.FrameData, 0, one, make([]byte, 16385)) }, code: xhttp2.ErrCodeFrameSize},
		"block that cannot be read": {gone: true, play: func(c *scripted) {
			_ = c.framer.WriteRawFrame(xhttp2.FrameHeaders, xhttp2.FlagHeadersEndHeaders, one, []byte{0xff, 0xff, 0xff, 0xff})
		}, code: xhttp2.ErrCodeCompression},
		"endless CONTINUATION": {gone: true, play: func(c *scripted) {
			_ = c.framer.WriteRawFrame(xhttp2.FrameHeaders, 0, one, c.encode(":status", "200"))
			many(1000, func(int) { _ = c.framer.WriteContinuation(one, false, nil) })
		}, code: xhttp2.ErrCodeEnhanceYourCalm},
		"flood of SETTINGS": {gone: true, play: func(c *scripted) { many(30_000, func(int) { _ = c.framer.WriteSettings() }) }, code: xhttp2.ErrCodeEnhanceYourCalm},
		"flood of PING":     {gone: true, play: func(c *scripted) { many(30_000, func(int) { _ = c.framer.WritePing(false, [8]byte{}) }) }, code: xhttp2.ErrCodeEnhanceYourCalm},
		"flood of empty DATA": {gone: true, body: true, play: func(c *scripted) {
			c.head(one, false, ":status", "200")
			many(30_000, func(int) { _ = c.framer.WriteData(one, false, nil) })
		}, code: xhttp2.ErrCodeEnhanceYourCalm},
	} {
		t.Run(name, func(t *testing.T) {
			codes := make(chan string, 10)
			c, _ := newClient(t, target(t, func(c *scripted, n int) {
				c.greet()
				if n > 0 { // the client is none the worse for it
					c.serve()
					return
				}
				if c.request() == nil {
					return
				}
				go test.play(c) // which the client may not read to the end
				for {
					frame, err := c.framer.ReadFrame()
					if err != nil {
						codes <- "none"
						return
					}
					switch f := frame.(type) {
					case *xhttp2.RSTStreamFrame:
						if f.ErrCode != xhttp2.ErrCodeCancel || test.code == xhttp2.ErrCodeCancel {
							codes <- fmt.Sprint("RST_STREAM ", f.ErrCode)
						}
					case *xhttp2.GoAwayFrame:
						codes <- fmt.Sprint("GOAWAY ", f.ErrCode)
					}
				}
			}))
			var response *message.Response
			var body, got string
			var err error
			if test.unread {
				response = new(message.Response)
				if err := c.RoundTrip(timeout(t), get("POST", "/", nil), response, nil); err != nil {
					t.Fatal(err)
				}
				got = within(t, "the target sees the error", codes)
				_, err = io.ReadAll(response.Body)
				response.Body.Close()
			} else {
				response, body, err = ask(timeout(t), c, get("POST", "/", nil))
			}
			failed := failure(t, err)
			want := message.PhaseHead
			if test.body {
				want = message.PhaseResponse
			}
			if failed.Phase != want && !(test.gone && test.body) || failed.Retryable() || response != nil && !test.body {
				t.Errorf("%v and %q: %v", response, body, err)
			}
			code := "RST_STREAM " + test.code.String()
			if test.gone {
				code = "GOAWAY " + test.code.String()
			}
			if got == "" {
				got = within(t, "the target sees the error", codes)
			}
			if got != code {
				t.Errorf("the target saw %s, want %s", got, code)
			}
			if test.gone {
				if _, body, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil || body != "ok" {
					t.Errorf("afterwards: %q, %v", body, err)
				}
			}
		})
	}
}

// bomb sends a head that is small on the wire, and large when it is decoded.
func (c *scripted) bomb(stream uint32) {
	pairs := []string{":status", "200"}
	for range 900 {
		pairs = append(pairs, "a", strings.Repeat("b", 3000))
	}
	block := bytes.Clone(c.encode(pairs...))
	_ = c.framer.WriteHeaders(xhttp2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndHeaders: true, EndStream: true})
}

// Interim responses are passed on in their order, but for 100 Continue.
func TestInterimResponses(t *testing.T) {
	c, _ := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet()
		head := c.request()
		c.head(head.StreamID, false, ":status", "100")
		c.head(head.StreamID, false, ":status", "103", "link", "a")
		c.head(head.StreamID, false, ":status", "102")
		c.head(head.StreamID, true, ":status", "204", "content-length", "0")
		c.drain()
	}))
	var got informed
	var response message.Response
	if err := c.RoundTrip(timeout(t), get("GET", "/", nil), &response, &got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[103 [{link a}] 102 []]" || response.Status != 204 || response.Body != nil || response.ContentLength != 0 {
		t.Errorf("%v, then %+v", got, response)
	}
}

type informed []any

func (i *informed) Inform(status int, header *message.Header) error {
	*i = append(*i, status, slices.Clone(header.Fields()))
	return nil
}

// Responses without a body, and those that seem to have none.
func TestNoBody(t *testing.T) {
	for _, test := range []struct {
		method string
		pairs  []string
		end    bool
		length int64
	}{
		{"GET", []string{":status", "200"}, true, 0},
		{"GET", []string{":status", "200", "content-length", "0"}, true, 0},
		{"HEAD", []string{":status", "200", "content-length", "7"}, true, 7},
		{"HEAD", []string{":status", "200", "content-length", "7"}, false, 7},
		{"HEAD", []string{":status", "200"}, true, -1},
		{"GET", []string{":status", "304", "content-length", "7"}, true, 7},
		{"GET", []string{":status", "204"}, false, 0},
		{"POST", []string{":status", "200", "content-type", "application/grpc", "grpc-status", "5"}, true, 0}, // trailers only
	} {
		c, _ := newClient(t, target(t, func(c *scripted, _ int) {
			c.greet()
			for head := c.request(); head != nil; head = c.request() {
				c.head(head.StreamID, test.end, test.pairs...)
				if !test.end {
					_ = c.framer.WriteData(head.StreamID, true, nil)
				}
			}
		}))
		for range 3 {
			response, _, err := ask(timeout(t), c, get(test.method, "/", nil))
			if err != nil {
				t.Fatalf("%v: %v", test, err)
			}
			if response.Body != nil || response.ContentLength != test.length || response.Header.Len() != len(test.pairs)/2-1 {
				t.Errorf("%v: %+v", test, response)
			}
		}
	}
}

// A reset of a stream that is refused, a GOAWAY that does not count it, and a
// connection that has been closed are no reason to fail: the target has not
// acted on the request, whatever its method.
func TestUnprocessedIsSentAgain(t *testing.T) {
	for name, refuse := range map[string]func(c *scripted, id uint32){
		"refused": func(c *scripted, id uint32) { _ = c.framer.WriteRSTStream(id, xhttp2.ErrCodeRefusedStream) },
		"goaway":  func(c *scripted, id uint32) { _ = c.framer.WriteGoAway(id-2, xhttp2.ErrCodeNo, nil) },
		"goaway in two steps": func(c *scripted, id uint32) {
			_ = c.framer.WriteGoAway(1<<31-1, xhttp2.ErrCodeNo, nil)
			_ = c.framer.WriteGoAway(id-2, xhttp2.ErrCodeNo, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			refused := false
			c, _ := newClient(t, target(t, func(c *scripted, _ int) {
				c.greet()
				for {
					head, body := c.whole()
					if head == nil {
						return
					}
					mu.Lock()
					first := !refused && head.PseudoValue("path") == "/again"
					refused = refused || first
					mu.Unlock()
					if first {
						refuse(c, head.StreamID)
						continue
					}
					c.ok(head.StreamID, string(body))
				}
			}))
			if _, _, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil {
				t.Fatal(err)
			}
			request := get("POST", "/again", strings.NewReader("body"))
			request.ContentLength = 4
			if _, body, err := ask(timeout(t), c, request); err != nil || body != "body" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

// What is always refused is an error that says that it may be sent elsewhere,
// with its body; what has been sent in part may not.
func TestAlwaysRefused(t *testing.T) {
	c, _ := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet()
		for head := c.request(); head != nil; head = c.request() {
			_ = c.framer.WriteRSTStream(head.StreamID, xhttp2.ErrCodeRefusedStream)
		}
	}))
	request := get("POST", "/", strings.NewReader("body"))
	request.ContentLength = 4
	_, _, err := ask(timeout(t), c, request)
	if failed := failure(t, err); !failed.Retryable() || failed.Phase != message.PhaseHead {
		t.Error(err)
	}
	if body, err := io.ReadAll(request.Body); err != nil || string(body) != "body" {
		t.Errorf("the body is %q, %v", body, err)
	}
	reader, writer := io.Pipe()
	defer writer.Close()
	_, _, err = ask(timeout(t), c, get("POST", "/", reader))
	if failure(t, err).Retryable() {
		t.Error(err)
	}
}

// A used connection that dies loses no request that may be sent twice, and
// sends no other one twice.
func TestLostConnection(t *testing.T) {
	c, d := newClient(t, target(t, func(c *scripted, n int) {
		c.greet()
		for i := 0; ; i++ {
			head, _ := c.whole()
			if head == nil || i == 1 && n < 2 {
				return
			}
			c.ok(head.StreamID, "ok")
		}
	}))
	for _, method := range []string{"GET", "PUT"} { // the second one is lost, and sent again
		if _, body, err := ask(timeout(t), c, get(method, "/", nil)); err != nil || body != "ok" {
			t.Fatalf("%s: %q, %v", method, body, err)
		}
	}
	_, _, err := ask(timeout(t), c, get("POST", "/", nil))
	if failed := failure(t, err); failed.Phase != message.PhaseHead || failed.Retryable() || !failed.Reused || d.dialled.Load() != 2 {
		t.Errorf("%v, %d connections", err, d.dialled.Load())
	}
	if _, _, err := ask(timeout(t), c, get("POST", "/", nil)); err != nil {
		t.Error(err)
	}
}

// Time that runs out, and a caller that gives up, reset the stream at once
// (S2-06).
func TestGivingUp(t *testing.T) {
	cause := errors.New("enough")
	for name, test := range map[string]struct {
		options func(*http2.ClientOptions)
		request func(*message.Request)
		cancel  bool
		begun   bool // the response has begun
		phase   message.Phase
		timeout bool
	}{
		"response timeout": {options: func(o *http2.ClientOptions) { o.ResponseTimeout = 20 * time.Millisecond }, phase: message.PhaseTimeout, timeout: true},
		"deadline":         {request: func(r *message.Request) { r.Deadline = time.Now().Add(20 * time.Millisecond) }, phase: message.PhaseTimeout, timeout: true},
		"deadline in the body": {request: func(r *message.Request) { r.Deadline = time.Now().Add(50 * time.Millisecond) }, begun: true,
			phase: message.PhaseResponse, timeout: true},
		"stall in the body": {options: func(o *http2.ClientOptions) { o.StallTimeout = 20 * time.Millisecond }, begun: true,
			phase: message.PhaseResponse, timeout: true},
		"canceled":             {cancel: true, phase: message.PhaseCanceled},
		"canceled in the body": {cancel: true, begun: true, phase: message.PhaseResponse},
	} {
		t.Run(name, func(t *testing.T) {
			arrived, reset := make(chan struct{}, 1), make(chan xhttp2.ErrCode, 1)
			c, _ := newClient(t, target(t, func(c *scripted, _ int) {
				c.greet()
				head := c.request()
				if test.begun {
					c.head(head.StreamID, false, ":status", "200")
				}
				arrived <- struct{}{}
				f, _ := c.until(func(f xhttp2.Frame) bool { _, is := f.(*xhttp2.RSTStreamFrame); return is }).(*xhttp2.RSTStreamFrame)
				if f != nil {
					reset <- f.ErrCode
				}
				c.drain()
			}), func(o *http2.ClientOptions) {
				if test.options != nil {
					test.options(o)
				}
			})
			ctx, cancel := context.WithCancelCause(timeout(t))
			defer cancel(nil)
			if test.cancel && !test.begun {
				go func() { <-arrived; cancel(cause) }()
			}
			request := get("GET", "/", nil)
			if test.request != nil {
				test.request(request)
			}
			var response message.Response
			err := c.RoundTrip(ctx, request, &response, nil)
			if test.begun {
				if err != nil {
					t.Fatal(err)
				}
				if test.cancel {
					cancel(cause)
				}
				_, err = response.Body.Read(make([]byte, 1))
				response.Body.Close()
			}
			failed := failure(t, err)
			if failed.Phase != test.phase || failed.Timeout() != test.timeout || failed.Retryable() || test.cancel && !errors.Is(err, cause) {
				t.Errorf("phase %q, timeout %t: %v", failed.Phase, failed.Timeout(), err)
			}
			if code := within(t, "the target sees the reset", reset); code != xhttp2.ErrCodeCancel {
				t.Errorf("reset with %s", code)
			}
		})
	}
}

// Closing a body before its end resets the stream, and the connection goes on.
func TestCloseBeforeTheEnd(t *testing.T) {
	reset := make(chan xhttp2.ErrCode, 1)
	c, d := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet()
		head := c.request()
		c.head(head.StreamID, false, ":status", "200")
		_ = c.framer.WriteData(head.StreamID, false, make([]byte, 1000))
		f, _ := c.next().(*xhttp2.RSTStreamFrame)
		if f != nil {
			reset <- f.ErrCode
		}
		_ = c.framer.WriteData(head.StreamID, true, make([]byte, 1000)) // under way
		c.serve()
	}))
	var response message.Response
	if err := c.RoundTrip(timeout(t), get("GET", "/", nil), &response, nil); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if code := within(t, "the reset", reset); code != xhttp2.ErrCodeCancel {
		t.Errorf("reset with %s", code)
	}
	if _, body, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil || body != "ok" || d.dialled.Load() != 1 {
		t.Errorf("%q, %v, %d connections", body, err, d.dialled.Load())
	}
}
