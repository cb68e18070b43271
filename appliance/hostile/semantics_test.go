// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Requests on one connection stay apart, whatever they say of the connection.
func TestConnections(t *testing.T) {
	b := startBench(t)
	b.judgeByNginx(t)
	get := func(path string, fields ...string) string { return request("GET "+path+" HTTP/1.1", fields...) }
	saw := func(path string, fields ...string) string {
		return strings.Join(append([]string{"GET " + path + " HTTP/1.1", "host: a.test"}, fields...), "\n")
	}
	const next = "GET /smuggled HTTP/1.1\nhost: a.test"
	upgrade := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	asked := []string{"connection: Upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="}
	testHTTP1(t, b, []case1{
		{name: "pipeline", law: "RFC 9112, section 9.3.2", send: get("/1") + get("/2") + get("/3"), want: "200 200 200 open", seen: []string{saw("/1"), saw("/2"), saw("/3")}},
		{name: "pipeline with bodies", law: "RFC 9112, section 9.3.2", send: request("POST /1 HTTP/1.1", "Content-Length: 5") + "hello" + request("POST /2 HTTP/1.1", "Transfer-Encoding: chunked") + "2\r\nyo\r\n0\r\n\r\n" + get("/3"), want: "200 200 200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello", "POST /2 HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nyo", saw("/3")}},
		{name: "bad request behind a good one", law: "RFC 9112, section 9.3.2", send: get("/1") + "G E T\r\n\r\n" + smuggled, want: "200 400 close", seen: []string{saw("/1")}},
		{name: "good request behind a bad one", law: "RFC 9112, section 9.6", send: get("/1", "X : y") + smuggled, want: "400 close"},
		{name: "rubbish behind a body", law: "RFC 9112, section 6.3", send: request("POST /1 HTTP/1.1", "Content-Length: 5") + "hello, world\r\n\r\n" + smuggled, want: "200 400 close", seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "rubbish behind chunks", law: "RFC 9112, section 7.1", send: request("POST /1 HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\nX" + smuggled, want: "200 200 open | 200 400 close",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello", maybe + "XGET /smuggled HTTP/1.1\nhost: a.test"}},
		{name: "request in a body", law: "RFC 9112, section 6.3", send: request("POST /1 HTTP/1.1", "Content-Length: 6") + "GET /2" + smuggled, want: "200 200 open", seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 6\n\nGET /2", next}},
		{name: "behind Connection: close", law: "RFC 9112, section 9.6", send: get("/1", "Connection: close") + smuggled, want: "200 close", seen: []string{saw("/1")}},
		{name: "behind Connection: Close among others", law: "RFC 9112, section 9.6", send: get("/1", "Connection: keep-alive, CLOSE") + smuggled, want: "200 close", seen: []string{saw("/1")}},
		{name: "behind close in a second field", law: "RFC 9110, section 5.3", send: get("/1", "Connection: x", "Connection: close") + smuggled, want: "200 close", seen: []string{saw("/1")}},
		{name: "keep-alive of HTTP/1.0", law: "RFC 9112, section 9.3", send: head("GET /1 HTTP/1.0", "Host: a.test", "Connection: keep-alive") + smuggled, want: "200 200 open | 200 close", seen: []string{saw("/1"), maybe + next}},

		{name: "Connection names a field", law: "RFC 9110, section 7.6.1", send: get("/1", "Connection: X-A", "X-A: 1", "X-B: 2"), want: "200 open", seen: []string{saw("/1", "x-b: 2")}},
		{name: "Connection names a field twice", law: "RFC 9110, section 7.6.1", send: get("/1", "X-A: 1", "Connection: x-a,, , X-a", "x-A: 2"), want: "200 open", seen: []string{saw("/1")}},
		{name: "Connection names itself", law: "RFC 9110, section 7.6.1", send: get("/1", "Connection: connection"), want: "200 open", seen: []string{saw("/1")}},
		{name: "Connection names Authorization", law: "RFC 9110, section 7.6.1", send: get("/1", "Connection: authorization", "Authorization: Basic eDp5"), want: "200 open", seen: []string{saw("/1")}},
		{name: "Connection names Host", law: "RFC 9110, section 7.6.1", send: get("/1", "Connection: host"), want: "200 open", seen: []string{saw("/1")}},
		{name: "Connection names Content-Length", law: "RFC 9110, section 7.6.1", send: request("POST /1 HTTP/1.1", "Connection: content-length", "Content-Length: 5") + "hello" + smuggled, want: "200 200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello", next}},
		{name: "Connection names Transfer-Encoding", law: "RFC 9110, section 7.6.1", send: request("POST /1 HTTP/1.1", "Connection: transfer-encoding", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n" + smuggled, want: "200 200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ntransfer-encoding: chunked\n\nhello", next}},
		{name: "Connection names no token", law: "RFC 9110, section 7.6.1", send: get("/1", "Connection: a b, \"c\", d;e"), want: "200 open | 400 close", seen: []string{maybe + saw("/1")}},
		{name: "old fields of one hop", law: "RFC 9110, section 7.6.1", send: get("/1", "Keep-Alive: 300", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic eDp5", "TE: gzip"), want: "200 open", seen: []string{saw("/1")}},
		{name: "TE: trailers", law: "RFC 9110, section 10.1.4", send: get("/1", "TE: trailers, gzip", "Connection: te"), want: "200 open", seen: []string{saw("/1", "te: trailers") + or + saw("/1", "te: trailers", "connection: te")}},
		{name: "who the consumer is, by a client", law: "docs/guides/plugins.md", send: get("/1", "X-Consumer-Id: root", "X_Consumer_Id: root", "x-consumer_id: root"), want: "200 open", seen: []string{saw("/1")}},
		{name: "earlier hops with underscores", law: "RFC 3875, section 4.1.18", send: get("/1", "X_Forwarded_For: 192.0.2.66", "X_Real_IP: 192.0.2.66", "X-Forwarded_Host: b.test"), want: "200 open", seen: []string{saw("/1")}},
		{name: "lengths with underscores", law: "RFC 9110, section 5.1: other names", send: get("/1", "Content_Length: 5", "Transfer_Encoding: chunked") + smuggled, want: "200 200 open | 400 close",
			seen: []string{maybe + saw("/1", "content_length: 5", "transfer_encoding: chunked") + or + saw("/1"), maybe + next}},

		{name: "upgrade to h2c", law: "RFC 9113, section 3.1: obsolete", send: get("/1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA") + smuggled, want: "200 200 open", seen: []string{saw("/1"), next}},
		{name: "upgrade to h2c in a list", law: "RFC 9110, section 7.8", send: get("/1", "Connection: Upgrade", "Upgrade: websocket, h2c") + smuggled, want: "200 200 open", seen: []string{saw("/1"), next}},
		{name: "upgrade to h2c without Connection", law: "RFC 9110, section 7.8", send: get("/1", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA") + smuggled, want: "200 200 open", seen: []string{saw("/1") + or + saw("/1", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA"), next}},
		{name: "upgrade to TLS", law: "RFC 9110, section 7.8", send: get("/1", "Connection: Upgrade", "Upgrade: TLS/1.0") + smuggled, want: "200 200 open", seen: []string{saw("/1"), next}},
		{name: "upgrade to HTTP/2.0", law: "RFC 9110, section 7.8", send: get("/1", "Connection: Upgrade", "Upgrade: HTTP/2.0") + smuggled, want: "200 200 open", seen: []string{saw("/1"), next}},
		{name: "upgrade in HTTP/1.0", law: "RFC 9110, section 7.8", send: head(append([]string{"GET /1 HTTP/1.0", "Host: a.test"}, upgrade...)...) + smuggled, want: "200 close", seen: []string{saw("/1", asked[2:]...)}},
		{name: "upgrade that the target does not make", law: "RFC 9110, section 7.8", send: get("/1", upgrade...) + smuggled, want: "200 200 open | 200 close", seen: []string{saw("/1", asked...), maybe + next},
			unlike: map[string]string{}},
		{name: "upgrade with a body", law: "RFC 9110, section 7.8", send: request("GET /1 HTTP/1.1", append([]string{"Content-Length: 5"}, upgrade...)...) + "hello" + smuggled, want: "200 200 open | 200 close | 400 close",
			seen: []string{maybe + saw("/1", append([]string{"content-length: 5"}, asked...)...) + "\n\nhello", maybe + next}},
		{name: "upgrade with length and chunks", law: framing, send: request("GET /1 HTTP/1.1", append([]string{"Content-Length: 5", "Transfer-Encoding: chunked"}, upgrade...)...) + "0\r\n\r\n" + smuggled, want: "400 close"},

		{name: "100-continue", law: "RFC 9110, section 10.1.1", send: request("POST /1 HTTP/1.1", "Content-Length: 5", "Expect: 100-continue"), then: "hello", want: "200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\nexpect: 100-continue\n\nhello" + or + "POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "100-continue in capitals", law: "RFC 9110, section 10.1.1", send: request("POST /1 HTTP/1.1", "Content-Length: 5", "Expect: 100-Continue"), then: "hello", want: "200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\nexpect: 100-continue\n\nhello" + or + "POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\nexpect: 100-Continue\n\nhello" + or + "POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello"}},
		{name: "100-continue and nobody waits", law: "RFC 9110, section 10.1.1", send: request("POST /1 HTTP/1.1", "Content-Length: 5", "Expect: 100-continue") + "hello" + smuggled, want: "200 200 open",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\nexpect: 100-continue\n\nhello" + or + "POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello", next}},
		{name: "100-continue without a body", law: "RFC 9110, section 10.1.1", send: get("/1", "Expect: 100-continue") + smuggled, want: "200 200 open", seen: []string{saw("/1") + or + saw("/1", "expect: 100-continue"), next}},
		{name: "100-continue of HTTP/1.0", law: "RFC 9110, section 10.1.1", send: head("POST /1 HTTP/1.0", "Host: a.test", "Content-Length: 5", "Expect: 100-continue") + "hello", want: "200 close",
			seen: []string{"POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\n\nhello" + or + "POST /1 HTTP/1.1\nhost: a.test\ncontent-length: 5\nexpect: 100-continue\n\nhello"}},
		{name: "100-continue with length and chunks", law: framing, send: request("POST /1 HTTP/1.1", "Expect: 100-continue", "Content-Length: 5", "Transfer-Encoding: chunked"), want: "400 close"},
		{name: "100-continue on no route's behalf", law: "RFC 9110, section 10.1.1: no invitation to what is refused", send: request("POST /..%2f HTTP/1.1", "Expect: 100-continue", "Content-Length: 5"), want: "400 close"},
		{name: "unknown expectation", law: "RFC 9110, section 10.1.1", send: get("/1", "Expect: the-unexpected"), want: "417 close | 417 open"},
		{name: "known and unknown expectations", law: "RFC 9110, section 10.1.1", send: get("/1", "Expect: 100-continue, more"), want: "417 close | 417 open"},
	})
}

// After a switch that the target has agreed to, the bytes are the target's, as
// they are: those that came too early as well, and none before the agreement.
func TestSwitch(t *testing.T) {
	b := startBench(t)
	b.recorder.begin()
	conn := b.dial(t, "main")
	_, _ = io.WriteString(conn, request("GET /switch HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket")+smuggled)
	reader := bufio.NewReader(conn)
	for i, want := range []int{101, 200, 200} {
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != want {
			t.Fatalf("%v, %v, want %d", response, err, want)
		}
		if want == 200 {
			_, _ = io.Copy(io.Discard, response.Body)
		}
		if i == 1 {
			_, _ = io.WriteString(conn, smuggled)
		}
	}
	conn.Close()
	b.alive(t)
	sights, _ := b.recorder.sights()
	if len(sights) != 3 || normal(sights[0].raw) != spelled("GET /switch HTTP/1.1\nhost: a.test\nconnection: Upgrade\nupgrade: websocket") ||
		sights[1].raw != smuggled || sights[2].raw != smuggled {
		t.Errorf("the upstream saw %+v", sights)
	}
}
