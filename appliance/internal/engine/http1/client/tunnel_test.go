// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func upgrade(path string) *message.Request {
	q := request("GET", path)
	q.Header.Add("Connection", "upgrade")
	q.Header.Add("Upgrade", "WebSocket")
	return q
}

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"

// S2-01: after 101 the connection is the caller's, with what came with the
// head first, and each side can end before the other.
func TestTunnel(t *testing.T) {
	asked := make(chan string, 1)
	r := to(t, play(t, func(p *peer) {
		asked <- p.head()
		p.say("HTTP/1.1 102 Processing\r\n\r\n" + switching + "\r\nearly ")
		for {
			line, err := p.ReadString('\n')
			if err != nil {
				break
			}
			p.say(line)
		}
		p.say("the end")
	}).address, client.Options{})
	response, err := r.do(t.Context(), upgrade("/"))
	if err != nil {
		t.Fatal(err)
	}
	if head := <-asked; !strings.Contains(head, "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n") {
		t.Errorf("the target got %q", head)
	}
	if response.Status != 101 || response.Tunnel == nil || response.Body != nil || response.Header.Get("upgrade") != "websocket" {
		t.Fatalf("%+v", response)
	}
	_, _ = io.WriteString(response.Tunnel, "hello\n")
	b := make([]byte, len("early hello\n"))
	if _, err := io.ReadFull(response.Tunnel, b); err != nil || string(b) != "early hello\n" {
		t.Errorf("%q, %v", b, err)
	}
	if err := response.Tunnel.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(response.Tunnel); err != nil || string(rest) != "the end" {
		t.Errorf("%q, %v", rest, err)
	}
	for range 2 {
		if err := response.Tunnel.Close(); err != nil {
			t.Error(err)
		}
	}
	if r.open.Load() != 0 || r.Idle() != 0 {
		t.Errorf("%d open, %d idle", r.open.Load(), r.Idle())
	}
}

// A tunnel can be closed while somebody reads from it.
func TestTunnelIsClosed(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		p.head()
		p.say(switching + "\r\n")
		p.gone()
	}).address, client.Options{})
	response, err := r.do(t.Context(), upgrade("/"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := response.Tunnel.Read(make([]byte, 1))
		ended <- err
	}()
	response.Tunnel.Close()
	if err := within(t, "the read ends", ended); err == nil {
		t.Error("read something")
	}
}

// A target that does not switch is answered as any other, and one that
// switches before the request is complete is not understood.
func TestNoTunnel(t *testing.T) {
	r := to(t, play(t, func(p *peer) {
		head := p.head()
		if strings.HasPrefix(head, "POST") {
			p.say(switching + "\r\n")
		} else {
			p.say("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
		}
		p.gone()
	}).address, client.Options{})
	if got := r.get(t, upgrade("/")); got != "no" || r.Idle() != 1 {
		t.Errorf("%q, %d idle", got, r.Idle())
	}
	r.CloseIdle()
	reader, writer := io.Pipe()
	defer writer.Close()
	q := with(upgrade("/"), reader, -1)
	q.Method = "POST"
	_, err := r.do(t.Context(), q)
	if failed := failure(t, err); failed.Phase != message.PhaseHead {
		t.Error(err)
	}
}

// RFC 8441: what an HTTP/2 client asks for with an extended CONNECT is asked
// for with a handshake of HTTP/1.1, whose answer is checked.
func TestWebSocketFromHTTP2(t *testing.T) {
	accept := func(key string) string {
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	for name, test := range map[string]struct {
		accept func(key string) string
		fields []message.Field
		ok     bool
	}{
		"good":             {accept: func(key string) string { return "Sec-WebSocket-Accept: " + accept(key) + "\r\n" }, ok: true},
		"own key":          {accept: func(key string) string { return "Sec-WebSocket-Accept: " + accept(key) + "\r\n" }, fields: []message.Field{{Name: "sec-websocket-key", Value: "dGhlIHNhbXBsZSBub25jZQ=="}, {Name: "sec-websocket-version", Value: "13"}}, ok: true},
		"none":             {accept: func(string) string { return "" }},
		"of another":       {accept: func(string) string { return "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" }},
		"twice":            {accept: func(key string) string { return strings.Repeat("Sec-WebSocket-Accept: "+accept(key)+"\r\n", 2) }},
		"another protocol": {accept: func(string) string { return "" }, ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan string, 1)
			r := to(t, play(t, func(p *peer) {
				head := p.head()
				asked <- head
				_, key, _ := strings.Cut(strings.ToLower(head), "sec-websocket-key: ")
				at := len(head) - len(key)
				key, _, _ = strings.Cut(head[at:], "\r\n")
				p.say(switching + test.accept(key) + "\r\nhello")
				p.gone()
			}).address, client.Options{})
			q := &message.Request{Proto: message.HTTP2, Method: "GET", Protocol: "websocket", Host: "a.test", Path: "/", Header: message.MakeHeader(test.fields),
				Body: io.NopCloser(strings.NewReader("not for the request")), ContentLength: -1}
			if name == "another protocol" {
				q.Protocol = "chat"
			}
			response, err := r.do(t.Context(), q)
			head := <-asked
			for _, field := range []string{"Connection: Upgrade", "Upgrade: " + q.Protocol, "sec-websocket-key: ", "sec-websocket-version: 13"} {
				want := 1
				if q.Protocol == "chat" && strings.HasPrefix(field, "sec") {
					want = 0
				}
				if n := strings.Count(strings.ToLower(head), strings.ToLower("\r\n"+field)); n != want {
					t.Errorf("%d times %q in %q", n, field, head)
				}
			}
			if strings.Contains(head, "chunked") {
				t.Errorf("the request has a body: %q", head)
			}
			if !test.ok {
				if failed := failure(t, err); failed.Phase != message.PhaseHead || failed.Retryable() {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if response.Header.Has("sec-websocket-accept") {
				t.Error("the client gets what it has not asked for")
			}
			response.Tunnel.Close()
		})
	}
}
