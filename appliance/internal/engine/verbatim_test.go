// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Neither side of net/http adds what it adds for people: a guessed
// Content-Type, a User-Agent, an Accept-Encoding whose answer it would decode.
func TestNothingIsAdded(t *testing.T) {
	target := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"User-Agent", "Accept-Encoding"} {
			if got, ok := r.Header[name]; ok {
				t.Errorf("the target got %s: %q", name, got)
			}
		}
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, "<html>")
	})
	for _, out := range []engine.Protocol{engine.HTTP, engine.H2C} {
		server, _ := gateway(t, target, out)
		got := raw(t, server.Addr().String(), "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
		if !strings.HasSuffix(got, "<html>") || strings.Contains(strings.ToLower(got), "content-type") {
			t.Errorf("%s: %q", out, got)
		}
	}
}

// Handlers can tell HTTP/1.0, whose clients understand no interim response
// and no upgrade.
func TestHTTP10(t *testing.T) {
	server := listen(t, engine.Options{Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
		if err := s.Inform(103, nil); err != nil {
			t.Error(err)
		}
		if _, err := s.Upgrade(&message.Header{}); err == nil {
			t.Errorf("upgrade: %v", err)
		}
		_, _ = s.Respond(text(200, r.Proto.String()))
	})})
	got := raw(t, server.Addr().String(), "GET / HTTP/1.0\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.0 200 OK\r\n") || !strings.HasSuffix(got, "HTTP/1.0") {
		t.Errorf("%q", got)
	}
}

func TestMaxHeaderBytes(t *testing.T) {
	server := listen(t, engine.Options{Handler: whoami, MaxHeaderBytes: 1024})
	for size, want := range map[int]string{500: "HTTP/1.1 200 ", 16 << 10: "HTTP/1.1 431 "} {
		got := raw(t, server.Addr().String(), "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nX: "+strings.Repeat("x", size)+"\r\n\r\n")
		if !strings.HasPrefix(got, want) {
			t.Errorf("%d bytes: %q", size, got)
		}
	}
}

// A handshake for which the options have no configuration fails; nothing else does.
func TestNoCertificate(t *testing.T) {
	server := listen(t, engine.Options{Handler: whoami, TLS: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil }})
	for range 2 {
		conn, err := tls.Dial("tcp", server.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			conn.Close()
			t.Error("a handshake without a certificate")
		} else if !strings.Contains(err.Error(), "internal error") {
			t.Error(err)
		}
	}
}

// A response that has begun may not be asked for again.
func TestHalfAHeadIsNotRetryable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		reader := bufio.NewReader(conn)
		for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-"} {
			if _, err := http.ReadRequest(reader); err != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
		}
	}()
	tr := transport(t, listener.Addr().String(), engine.TransportOptions{Protocol: engine.HTTP, MaxIdle: 1})
	response, err := get(t, tr, "GET", "/", nil)
	drain(t, response, err)
	_, err = get(t, tr, "GET", "/", nil)
	var failed *message.TransportError
	if !errors.As(err, &failed) || !failed.Reused || failed.Retryable() {
		t.Errorf("%v, retryable %t", err, failed != nil && failed.Retryable())
	}
}
