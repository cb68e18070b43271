// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A body that breaks off on its way from the target is never taken for the
// whole by the client, whatever frames it.
func TestTargetBreaksOff(t *testing.T) {
	target := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/length" {
			w.Header().Set("Content-Length", "200000")
		}
		_, _ = w.Write(make([]byte, 100_000))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	pairs(t, target, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		p.responded = make(chan error, 1)
		for _, path := range []string{"/length", "/chunked"} {
			request, _ := http.NewRequestWithContext(timeout(t), "GET", url+path, nil)
			response, err := c.Do(request)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			n, err := io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err == nil {
				t.Errorf("%s: the client took %d bytes for the whole", path, n)
			}
			var source *message.SourceError
			var failed *message.TransportError
			if err := within(t, "the handler knows", p.responded); !errors.As(err, &source) || !errors.As(err, &failed) || failed.Phase != message.PhaseResponse {
				t.Errorf("%s: Respond returned %v", path, err)
			}
		}
	})
}

// For a client of HTTP/1.0 the end of the connection is the end of the body.
func TestTargetBreaksOffHTTP10(t *testing.T) {
	server, _ := gateway(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "part")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}), engine.HTTP)
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(conn); err == nil {
		t.Errorf("a broken body ended properly: %q", answer)
	}
}

// A reset does not wait for the rest of the client's request.
func TestResetWithUnreadBody(t *testing.T) {
	server := listen(t, engine.Options{Handler: handlerFunc(func(_ context.Context, _ *message.Request, s message.Stream) { s.Reset() })})
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n") // and no body
	if answer, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) || len(answer) > 0 {
		t.Errorf("%q, %v", answer, err)
	}
}

// A client that goes away ends the exchange with the target at once, and
// Respond says that it was the client.
func TestClientGoesAway(t *testing.T) {
	gone := make(chan struct{}, 1)
	target := func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				break
			}
		}
		<-r.Context().Done()
		gone <- struct{}{}
	}
	pairs(t, target, func(t *testing.T, c *http.Client, url string, p *passthrough) {
		p.responded = make(chan error, 1)
		ctx, cancel := context.WithCancel(timeout(t))
		request, _ := http.NewRequestWithContext(ctx, "GET", url, nil)
		response, err := c.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.CopyN(io.Discard, response.Body, 100_000); err != nil {
			t.Fatal(err)
		}
		cancel()
		within(t, "the target sees it", gone)
		var failed *message.ClientError
		if err := within(t, "Respond returns", p.responded); !errors.As(err, &failed) || failed.Op != "write" {
			t.Errorf("Respond returned %v", err)
		}
	})
}

// A request that breaks off is not taken for the whole by the target, and the
// gateway knows that the client failed.
func TestClientBreaksOff(t *testing.T) {
	seen := make(chan error, 1)
	target := func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		seen <- err
	}
	for _, head := range []string{"Content-Length: 100000\r\n\r\npart", "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"} {
		for _, out := range []engine.Protocol{engine.HTTP, engine.H2C} {
			server, p := gateway(t, testkit.HTTP(t, nil, target), out)
			conn, err := net.Dial("tcp", server.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: a\r\n"+head)
			eventually(t, "the request reaches the target", func() bool { return p.target.Stats().Connections == 1 })
			conn.Close()
			if within(t, "the target sees it", seen) == nil {
				t.Errorf("%q to %s: the target took it for the whole", head, out)
			}
			eventually(t, "the gateway knows", func() bool { return p.failed.Load() != nil })
			var client *message.ClientError
			var failed *message.TransportError
			if err := p.failed.Load().(error); !errors.As(err, &failed) || failed.Phase != message.PhaseCanceled && (failed.Phase != message.PhaseBody || !errors.As(err, &client) || client.Op != "read") {
				t.Errorf("%q to %s: %v", head, out, err)
			}
		}
	}
}

// A body whose length is not what it was said to be does not pass.
func TestWrongLength(t *testing.T) {
	server := listen(t, engine.Options{HTTP2: true, Handler: handlerFunc(func(_ context.Context, r *message.Request, s message.Stream) {
		response := text(200, "four")
		switch r.Path {
		case "/short":
			response.ContentLength = 5
		case "/long":
			response.ContentLength = 3
		case "/none":
			response.Body = nil
		}
		var source *message.SourceError
		if _, err := s.Respond(response); !errors.As(err, &source) {
			t.Errorf("%s: Respond returned %v", r.Path, err)
		}
	})})
	for _, http2 := range []bool{false, true} {
		for _, path := range []string{"/short", "/long", "/none"} {
			response, err := client(t, http2).Get(url(server) + path)
			if err != nil {
				continue
			}
			if _, err := io.ReadAll(response.Body); err == nil {
				t.Errorf("HTTP/2 %t: %s passed", http2, path)
			}
			response.Body.Close()
		}
	}
}

// How a request fails tells the proxy what to answer and whether to retry.
func TestErrors(t *testing.T) {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "other.test")
	secure := testkit.HTTP(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, testkit.EchoHTTP)
	release := make(chan struct{})
	slow := testkit.HTTP(t, nil, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	rude := testkit.HTTP(t, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	http1 := testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	never := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, test := range map[string]struct {
		target    string
		options   engine.TransportOptions
		body      io.Reader
		phase     message.Phase
		timeout   bool
		retryable bool
		says      string
	}{
		"refused":           {target: closed.Addr().String(), options: engine.TransportOptions{Protocol: engine.HTTP}, phase: message.PhaseConnect, retryable: true, says: "refused"},
		"refused with body": {target: closed.Addr().String(), options: engine.TransportOptions{Protocol: engine.H2C}, body: strings.NewReader("x"), phase: message.PhaseConnect, retryable: true},
		"connect timeout":   {target: "192.0.2.1:80", options: engine.TransportOptions{Protocol: engine.GRPC, Dial: never, ConnectTimeout: time.Millisecond}, phase: message.PhaseConnect, timeout: true, retryable: true},
		"S1-69 authority":   {target: secure, options: engine.TransportOptions{Protocol: engine.HTTPS, TLS: &tls.Config{ServerName: "other.test"}}, phase: message.PhaseTLS, retryable: true, says: "unknown authority"},
		"S1-71 name":        {target: secure, options: engine.TransportOptions{Protocol: engine.HTTPS, TLS: &tls.Config{RootCAs: authority.Pool()}}, phase: message.PhaseTLS, retryable: true, says: "127.0.0.1"},
		"not TLS":           {target: http1, options: engine.TransportOptions{Protocol: engine.HTTPS}, phase: message.PhaseTLS, retryable: true},
		"response timeout":  {target: slow, options: engine.TransportOptions{Protocol: engine.HTTP, ResponseTimeout: time.Millisecond}, phase: message.PhaseTimeout, timeout: true},
		"the same, HTTP/2":  {target: slow, options: engine.TransportOptions{Protocol: engine.H2C, ResponseTimeout: time.Millisecond}, phase: message.PhaseTimeout, timeout: true},
		"lost":              {target: rude, options: engine.TransportOptions{Protocol: engine.HTTP}, phase: message.PhaseHead},
		"reset":             {target: rude, options: engine.TransportOptions{Protocol: engine.H2C}, phase: message.PhaseHead},
		"source fails":      {target: http1, options: engine.TransportOptions{Protocol: engine.H2C}, body: io.MultiReader(strings.NewReader("x"), failing{}), phase: message.PhaseBody, says: "spilt"},
	} {
		t.Run(name, func(t *testing.T) {
			request := &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a.test", Path: "/"}
			if test.body != nil {
				request.Body, request.ContentLength = io.NopCloser(test.body), -1
			}
			if name == "source fails" {
				test.target = testkit.HTTP(t, nil, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
			}
			response, err := roundTrip(timeout(t), transport(t, test.target, test.options), request)
			if err == nil {
				t.Fatalf("answered %d", response.Status)
			}
			var failed *message.TransportError
			if !errors.As(err, &failed) {
				t.Fatalf("%T: %v", err, err)
			}
			if failed.Phase != test.phase || failed.Timeout() != test.timeout || failed.Retryable() != test.retryable {
				t.Errorf("phase %q, timeout %t, retryable %t: %v", failed.Phase, failed.Timeout(), failed.Retryable(), err)
			}
			if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), test.target) {
				t.Errorf("%q does not name the target and %q", err, test.says)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("spilt") }

// TLS to targets that need HTTP/2: one without it is a clear error, one with
// it is spoken to.
func TestTargetALPN(t *testing.T) {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	trusting := &tls.Config{RootCAs: authority.Pool()}
	modern := testkit.HTTP(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, testkit.EchoHTTP)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	old := &http.Server{Handler: http.HandlerFunc(testkit.EchoHTTP)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = old.Serve(listener) // ends with Close
	}()
	defer func() { old.Close(); <-ended }()

	for _, test := range []struct {
		target   string
		protocol engine.Protocol
		proto    string // "" if it fails
	}{
		{modern, engine.HTTPS, "HTTP/2.0"}, {modern, engine.GRPCS, "HTTP/2.0"},
		{listener.Addr().String(), engine.HTTPS, "HTTP/1.1"}, {listener.Addr().String(), engine.GRPCS, ""},
	} {
		tr := transport(t, test.target, engine.TransportOptions{Protocol: test.protocol, TLS: trusting})
		response, err := roundTrip(timeout(t), tr, &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a", Path: "/"})
		if test.proto == "" {
			if err == nil || !strings.Contains(err.Error(), "does not offer HTTP/2") {
				t.Errorf("%s: %v", test.protocol, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if !bytes.Contains(body, []byte(test.proto)) {
			t.Errorf("%s: %s", test.protocol, body)
		}
	}
}
