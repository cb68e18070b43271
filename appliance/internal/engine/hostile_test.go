// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// saying returns the address of a target that answers every connection's first
// request with the given bytes.
func saying(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(patience))
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, answer)
			}
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

// What no client may see of a target is the target's failure: 502.
func TestNonsenseFromTarget(t *testing.T) {
	for _, head := range []string{
		"HTTP/1.1 099 Low",
		"HTTP/1.1 000 None",
		"HTTP/1.1 1000 High",
		"HTTP/1.1 200 OK\r\nX: a\rInjected: 1",
		"HTTP/1.1 200 OK\r\nX: a\x00b",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2",
		"HTTP/1.1 200 OK\r\nContent-Length: -1",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip",
	} {
		server, _ := gateway(t, saying(t, head+"\r\nConnection: close\r\n\r\n"), engine.HTTP)
		got := raw(t, server.Addr().String(), "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(got, "HTTP/1.1 502 ") {
			t.Errorf("%q: the client got %q", head, got)
		}
		if n := server.Stats().Panics; n != 0 {
			t.Errorf("%q: %d panics", head, n)
		}
	}
}

// A request that no target could be sent is nobody's failure but its author's.
func TestNonsenseToTarget(t *testing.T) {
	target := testkit.HTTP(t, nil, testkit.EchoHTTP)
	for name, edit := range map[string]func(*message.Request){
		"method": func(r *message.Request) { r.Method = "GET /x" },
		"host":   func(r *message.Request) { r.Host = "a b" },
		"host 2": func(r *message.Request) { r.Host = "a/b" },
		"name":   func(r *message.Request) { r.Header.Add("x y", "1") },
		"value":  func(r *message.Request) { r.Header.Add("x", "1\r\nInjected: 1") },
		"path":   func(r *message.Request) { r.Path = "/\x00" },
		"query":  func(r *message.Request) { r.Query, r.HasQuery = "\x7f", true },
	} {
		for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
			tr := transport(t, target, engine.TransportOptions{Protocol: protocol})
			request := &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}
			edit(request)
			response, err := roundTrip(timeout(t), tr, request)
			if err == nil {
				body := drain(t, response, nil)
				t.Errorf("%s, %s: was sent, answer %d %.200s", name, protocol, response.Status, body)
				continue
			}
			var failed *message.TransportError
			if !errors.As(err, &failed) || failed.Phase != message.PhaseRequest || failed.Retryable() {
				t.Errorf("%s, %s: %v", name, protocol, err)
			}
			if n := tr.Stats().Dialled; n != 0 {
				t.Errorf("%s, %s: %d connections", name, protocol, n)
			}
		}
	}
}

// http2Request sends one request, its pseudo-header fields as they are given.
func http2Request(t *testing.T, address string, fields ...string) map[string]string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for i := 0; i < len(fields); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	_, _ = io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = framer.WriteSettings()
	_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return map[string]string{"error": err.Error()}
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			got := make(map[string]string)
			for _, f := range frame.Fields {
				got[f.Name] = f.Value
			}
			return got
		case *http2.RSTStreamFrame:
			return map[string]string{"error": frame.ErrCode.String()}
		}
	}
}

// What HTTP/1.1 could not say is refused in HTTP/2 too: a target that hears it
// in other words would not see what the routes saw.
func TestNonsenseInHTTP2(t *testing.T) {
	server, p := gateway(t, testkit.HTTP(t, nil, testkit.EchoHTTP), engine.HTTP)
	for _, test := range []struct {
		method, path string
		more         []string
		refused      bool
	}{
		{"GET", "/", []string{":authority", "a.test"}, false},
		{"GET", "/", []string{":authority", "a.test", "host", "a.test"}, false},
		{"GET", "/", []string{"host", "a.test"}, false},
		{"OPTIONS", "*", []string{":authority", "a.test"}, false},
		{"GET", "/", []string{":authority", "a b"}, true},
		{"GET", "/", []string{":authority", "a/b?c"}, true},
		{"GET", "/", []string{":authority", "\xc3\xa4.test"}, true},
		{"GET", "/", []string{"host", "a b"}, true},
		{"GET", "/", []string{":authority", "a.test", "host", "b.test"}, true},
		{"GET /x", "/", []string{":authority", "a.test"}, true},
		{"GET", "http://b.test/", []string{":authority", "a.test"}, true},
	} {
		before := p.target.Stats().Requests
		fields := append([]string{":method", test.method, ":scheme", "http", ":path", test.path}, test.more...)
		want, asked := map[string]string{":status": "200"}, int64(1)
		if test.refused {
			want, asked = map[string]string{"error": "PROTOCOL_ERROR"}, 0
		}
		got := http2Request(t, server.Addr().String(), fields...)
		if n := p.target.Stats().Requests - before; got[":status"] != want[":status"] || got["error"] != want["error"] || n != asked {
			t.Errorf("%q: %v, the target was asked %d times", fields, got, n)
		}
	}
}

// An absolute form can spell a host that no Host field may have.
func TestNonsenseInAbsoluteForm(t *testing.T) {
	server, p := gateway(t, testkit.HTTP(t, nil, testkit.EchoHTTP), engine.HTTP)
	got := raw(t, server.Addr().String(), "GET http://%C3%A4.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
	if n := p.target.Stats().Requests; !strings.HasPrefix(got, "HTTP/1.1 400 ") || n != 0 {
		t.Errorf("%q, the target was asked %d times", got, n)
	}
}
