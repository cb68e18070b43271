// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// whoami answers with the protocol and scheme that the request came in.
var whoami = handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
	_, _ = s.Respond(text(200, fmt.Sprintf("%s %s", r.Proto, r.Scheme)))
})

func text(status int, body string) *message.Response {
	return &message.Response{Status: status, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

func fetch(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(timeout(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// tlsClient offers the protocols by ALPN.
func tlsClient(t *testing.T, a *testkit.Authority, protocols ...string) *http.Client {
	tr := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: &tls.Config{RootCAs: a.Pool()}}
	for _, p := range protocols {
		tr.Protocols.SetHTTP1(tr.Protocols.HTTP1() || p == "http/1.1")
		tr.Protocols.SetHTTP2(tr.Protocols.HTTP2() || p == "h2")
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// S0-01: a port takes HTTP/1.1 and HTTP/2, in plaintext and with TLS.
// S0-02: with HTTP/2 off it takes HTTP/1.1 only.
func TestProtocolsOnOnePort(t *testing.T) {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	withTLS := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return &tls.Config{Certificates: []tls.Certificate{certificate}}, nil
	}
	for _, http2 := range []bool{true, false} {
		plain := listen(t, engine.Options{Handler: whoami, HTTP2: http2})
		secure := listen(t, engine.Options{Handler: whoami, HTTP2: http2, TLS: withTLS})
		best := "HTTP/1.1 https"
		if http2 {
			best = "HTTP/2.0 https"
			if _, got := fetch(t, client(t, true), url(plain)); got != "HTTP/2.0 http" {
				t.Errorf("S0-01 prior knowledge: %q", got)
			}
		} else {
			if response, err := client(t, true).Get(url(plain)); err == nil {
				response.Body.Close()
				t.Error("S0-02: HTTP/2 by prior knowledge was served though it is off")
			}
			if response, err := tlsClient(t, authority, "h2").Get("https://" + secure.Addr().String()); err == nil {
				response.Body.Close()
				t.Error("S0-02: HTTP/2 over TLS was served though it is off")
			}
		}
		if _, got := fetch(t, client(t, false), url(plain)); got != "HTTP/1.1 http" {
			t.Errorf("HTTP2 %t: HTTP/1.1 in plaintext: %q", http2, got)
		}
		if _, got := fetch(t, tlsClient(t, authority, "http/1.1"), "https://"+secure.Addr().String()); got != "HTTP/1.1 https" {
			t.Errorf("HTTP2 %t: HTTP/1.1 over TLS: %q", http2, got)
		}
		if _, got := fetch(t, tlsClient(t, authority, "h2", "http/1.1"), "https://"+secure.Addr().String()); got != best {
			t.Errorf("HTTP2 %t: ALPN chose %q", http2, got)
		}
	}
}

// S0-03: many streams run at once on one client connection.
func TestManyStreams(t *testing.T) {
	const streams = 400
	var together sync.WaitGroup
	together.Add(streams)
	server := listen(t, engine.Options{HTTP2: true, MaxStreams: streams, Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/all" {
			together.Done()
			together.Wait() // returns only if all of them are being served
		}
		_, _ = s.Respond(text(200, "ok"))
	})})
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	single, err := transport.NewClientConn(context.Background(), "http", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer single.Close()
	c := &http.Client{Transport: single}
	var all sync.WaitGroup
	fetch(t, c, url(server)) // now the client knows how many are allowed
	for range streams {
		all.Go(func() {
			if response, _ := fetch(t, c, url(server)+"/all"); response.StatusCode != 200 {
				t.Errorf("status %d", response.StatusCode)
			}
		})
	}
	all.Wait()
}

// Certificates and the handler change without a new socket.
func TestUpdateCertificateAndHandler(t *testing.T) {
	old, fresh := testkit.NewAuthority(t), testkit.NewAuthority(t)
	options := func(a *testkit.Authority, answer string) engine.Options {
		certificate, _, _ := a.Issue(t, "127.0.0.1")
		return engine.Options{ID: "main", HTTP2: true, TLS: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{Certificates: []tls.Certificate{certificate}}, nil
		}, Handler: handlerFunc(func(_ context.Context, _ *message.Request, s message.Stream) { _, _ = s.Respond(text(200, answer)) })}
	}
	server := listen(t, options(old, "old"))
	kept := tlsClient(t, old, "h2")
	if _, got := fetch(t, kept, "https://"+server.Addr().String()); got != "old" {
		t.Errorf("before: %q", got)
	}
	if err := server.Update(options(fresh, "new")); err != nil {
		t.Fatal(err)
	}
	if _, got := fetch(t, kept, "https://"+server.Addr().String()); got != "new" {
		t.Errorf("on the open connection: %q", got)
	}
	if _, got := fetch(t, tlsClient(t, fresh, "http/1.1"), "https://"+server.Addr().String()); got != "new" {
		t.Errorf("on a new connection: %q", got)
	}
	if n := server.Stats().Accepted; n != 2 {
		t.Errorf("%d connections, want the old one kept and one more", n)
	}
}

// A thousand changes under load lose no request, and old generations go.
func TestUpdateUnderLoad(t *testing.T) {
	server := listen(t, engine.Options{Handler: whoami, HTTP2: true, IdleTimeout: time.Minute})
	stop := make(chan struct{})
	var load sync.WaitGroup
	for i := range 4 {
		c := client(t, i%2 == 0)
		load.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				// A body that cannot be sent again: nothing here relies on retries.
				response, err := c.Post(url(server), "text/plain", io.MultiReader(strings.NewReader("x")))
				if err != nil {
					t.Errorf("request %d: %v", n, err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
			}
		})
	}
	for i := range 1000 {
		// Only wiring that stays within HTTP/2, or clients of it would be refused.
		if err := server.Update(engine.Options{ID: "main", Handler: whoami, HTTP2: true, IdleTimeout: time.Minute + time.Duration(i)}); err != nil {
			t.Fatal(err)
		}
		for n := server.Stats().Requests; i%4 == 0 && server.Stats().Requests == n && !t.Failed(); { // the load keeps up
			time.Sleep(10 * time.Microsecond)
		}
	}
	close(stop)
	load.Wait()
}

// S0-02: turned off while serving, HTTP/2 ends with the next response.
func TestTurnHTTP2Off(t *testing.T) {
	server := listen(t, engine.Options{Handler: whoami, HTTP2: true})
	c := client(t, true)
	fetch(t, c, url(server))
	if err := server.Update(engine.Options{Handler: whoami}); err != nil {
		t.Fatal(err)
	}
	if _, got := fetch(t, c, url(server)); got != "HTTP/2.0 http" {
		t.Errorf("the open connection was refused: %q", got)
	}
	eventually(t, "the HTTP/2 connection ends", func() bool { return server.Stats().Connections == 0 })
}

// A shutdown lets exchanges end, and cuts them off when its time is up.
func TestShutdown(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		begun, goOn := make(chan struct{}, 2), make(chan struct{})
		server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(func(ctx context.Context, r *message.Request, s message.Stream) {
			begun <- struct{}{}
			select {
			case <-goOn:
			case <-ctx.Done():
			}
			_, _ = s.Respond(text(200, "done"))
		})})
		c := client(t, http2)
		answer := make(chan string, 1)
		go func() {
			_, body := fetch(t, c, url(server))
			answer <- body
		}()
		within(t, "request arrives", begun)
		ended := make(chan error, 1)
		go func() { ended <- server.Shutdown(timeout(t)) }()
		eventually(t, "the socket is closed", func() bool {
			conn, err := net.Dial("tcp", server.Addr().String())
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
		close(goOn)
		if got := within(t, "answer", answer); got != "done" {
			t.Errorf("HTTP/2 %t: exchange in flight got %q", http2, got)
		}
		if err := within(t, "shutdown", ended); err != nil {
			t.Errorf("HTTP/2 %t: %v", http2, err)
		}
	}
}

func TestShutdownCutsOff(t *testing.T) {
	begun := make(chan struct{})
	server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(func(ctx context.Context, _ *message.Request, _ message.Stream) {
		close(begun)
		<-ctx.Done()
	})})
	failed := make(chan error, 1)
	c := client(t, true)
	go func() {
		response, err := c.Get(url(server))
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	within(t, "request arrives", begun)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if within(t, "client fails", failed) == nil {
		t.Error("the exchange that was cut off succeeded")
	}
}

// A client that sends no head is let go, and one that is idle, too.
func TestTimeouts(t *testing.T) {
	for name, options := range map[string]engine.Options{
		"header": {HeaderTimeout: 20 * time.Millisecond},
		"idle":   {HeaderTimeout: patience, IdleTimeout: 20 * time.Millisecond},
	} {
		options.Handler = whoami
		server := listen(t, options)
		conn, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		sent := "GET / HTTP/1.1\r\nHost: a\r\n"
		if name == "idle" {
			sent += "\r\n"
		}
		fmt.Fprint(conn, sent)
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: the connection was not closed: %v", name, err)
		}
	}
}

// A handler that panics costs its own exchange only.
func TestPanic(t *testing.T) {
	server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
		if r.Path == "/late" {
			_, _ = s.Respond(text(200, "all"))
		}
		panic("oops")
	})})
	for _, http2 := range []bool{false, true} {
		c := client(t, http2)
		if response, _ := fetch(t, c, url(server)+"/"); response.StatusCode != 500 {
			t.Errorf("HTTP/2 %t: status %d", http2, response.StatusCode)
		}
	}
	request, _ := http.NewRequestWithContext(timeout(t), "POST", url(server)+"/x", nil)
	request.Header.Set("Content-Type", "application/grpc")
	response, err := client(t, true).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("Grpc-Status") != "13" {
		t.Errorf("gRPC: status %d, grpc-status %q", response.StatusCode, response.Header.Get("Grpc-Status"))
	}
	if n := server.Stats().Panics; n != 3 {
		t.Errorf("%d panics counted, want 3", n)
	}
}
