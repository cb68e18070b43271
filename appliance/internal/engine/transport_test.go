// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

func get(t testing.TB, tr *engine.Transport, method, path string, body io.Reader) (*message.Response, error) {
	request := &message.Request{Proto: message.HTTP11, Method: method, Host: "a.test", Path: path}
	if body != nil {
		request.Body, request.ContentLength = io.NopCloser(body), -1
	}
	return roundTrip(timeout(t), tr, request)
}

func drain(t testing.TB, response *message.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if response.Body == nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// S0-14: connections to targets are reused.
func TestConnectionsAreReused(t *testing.T) {
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
		tr := transport(t, testkit.HTTP(t, nil, testkit.EchoHTTP), engine.TransportOptions{Protocol: protocol, MaxIdle: 10})
		for range 100 {
			response, err := get(t, tr, "POST", "/", strings.NewReader("x"))
			drain(t, response, err)
		}
		if stats := tr.Stats(); stats.Dialled != 1 || stats.Requests != 100 {
			t.Errorf("%s: %+v", protocol, stats)
		}
	}
}

// More streams than a connection of the target allows make more connections.
func TestMoreConnectionsThanStreamsAllow(t *testing.T) {
	const limit, requests = 10, 60
	arrived, release := make(chan struct{}, requests), make(chan struct{})
	target := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/first" {
			arrived <- struct{}{}
			<-release
		}
	}))
	target.Config.Protocols = new(http.Protocols)
	target.Config.Protocols.SetUnencryptedHTTP2(true)
	target.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: limit}
	target.Start()
	defer target.Close()
	tr := transport(t, target.Listener.Addr().String(), engine.TransportOptions{Protocol: engine.GRPC, MaxIdle: 100})
	response, err := get(t, tr, "GET", "/first", nil)
	drain(t, response, err)

	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if _, err := get(t, tr, "GET", "/", nil); err != nil {
				t.Error(err)
			}
		})
	}
	for range requests {
		within(t, "all requests are at the target at once", arrived)
	}
	close(release)
	all.Wait()
	if n := tr.Stats().Dialled; n < requests/limit {
		t.Errorf("%d connections for %d streams of %d a connection", n, requests, limit)
	}
}

// A connection that the target closed while it was unused: what cannot be
// sent again safely is an error that says so.
func TestStaleConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		served.Wait()
	})
	served.Go(func() { // answers one request a connection, and drops the second one
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			reader := bufio.NewReader(conn)
			for i := range 2 {
				request, err := http.ReadRequest(reader)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, request.Body)
				if i == 0 {
					fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				}
			}
			conn.Close()
		}
	})
	tr := transport(t, listener.Addr().String(), engine.TransportOptions{Protocol: engine.HTTP, MaxIdle: 1})
	for i := range 2 { // the second one goes over the stale connection, fails there, and is sent again
		response, err := get(t, tr, "GET", "/", nil)
		if got := drain(t, response, err); got != "ok" {
			t.Errorf("request %d: %q", i, got)
		}
	}
	for _, test := range []struct {
		method    string
		body      io.Reader
		retryable bool
	}{{"POST", nil, false}, {"PUT", strings.NewReader("x"), false}} {
		_, err := get(t, tr, test.method, "/", test.body)
		var failed *message.TransportError
		if !errors.As(err, &failed) || !failed.Reused || failed.Retryable() != test.retryable {
			t.Errorf("%s: %v", test.method, err)
		}
		response, err := get(t, tr, "GET", "/", nil)
		drain(t, response, err)
	}
}

// Close lets exchanges end and leaves no connection; late ones are served.
func TestClose(t *testing.T) {
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
		release := make(chan struct{})
		address := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			if r.URL.Path == "/slow" {
				<-release
			}
			_, _ = io.WriteString(w, "all")
		})
		tr := engine.NewTransport(address, engine.TransportOptions{Protocol: protocol, MaxIdle: 10})
		slow, err := get(t, tr, "GET", "/slow", nil)
		if err != nil {
			t.Fatal(err)
		}
		tr.Close()
		response, err := get(t, tr, "GET", "/late", nil)
		if got := drain(t, response, err); got != "all" {
			t.Errorf("%s: late exchange: %q", protocol, got)
		}
		close(release)
		if got := drain(t, slow, nil); got != "all" {
			t.Errorf("%s: exchange in flight: %q", protocol, got)
		}
		eventually(t, "no connection is open", func() bool { return tr.Stats().Connections == 0 })

		// One that is canceled after Close must not leave its connection, either.
		ctx, cancel := context.WithCancel(t.Context())
		waiting, err := roundTrip(ctx, tr, &message.Request{Proto: message.HTTP11, Method: "GET", Host: "a", Path: "/late"})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		waiting.Body.Close()
		eventually(t, "no connection is open", func() bool { return tr.Stats().Connections == 0 })
	}
}

// A response may come before the request has been sent; its end ends that, too.
func TestEarlyResponse(t *testing.T) {
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
		tr := transport(t, testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex() // or net/http waits for the body first
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			_ = http.NewResponseController(w).Flush()
		}), engine.TransportOptions{Protocol: protocol})
		reader, writer := io.Pipe()
		response, err := get(t, tr, "POST", "/", reader)
		if err != nil {
			t.Fatal(err)
		}
		if response.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: status %d", protocol, response.Status)
		}
		if response.Body != nil {
			response.Body.Close()
		}
		writer.Close()
	}
}

// An HTTP/2 target that resets a request is known at once, even while the
// source of the request's body has nothing to send.
func TestResetWhileBodyWaits(t *testing.T) {
	tr := transport(t, testkit.HTTP(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = r.Body.Read(make([]byte, 1))
		panic(http.ErrAbortHandler)
	}), engine.TransportOptions{Protocol: engine.GRPC})
	reader, writer := io.Pipe()
	defer writer.Close()
	failed := make(chan error, 1)
	go func() {
		_, err := get(t, tr, "POST", "/", reader)
		failed <- err
	}()
	_, _ = writer.Write([]byte("x")) // and no more
	var e *message.TransportError
	if err := within(t, "the request fails", failed); !errors.As(err, &e) || e.Phase != message.PhaseHead || e.Retryable() {
		t.Errorf("%v", err)
	}
}

// roundTrip returns the target's response.
func roundTrip(ctx context.Context, tr *engine.Transport, request *message.Request) (*message.Response, error) {
	response := new(message.Response)
	if err := tr.RoundTrip(ctx, request, response, nil); err != nil {
		return nil, err
	}
	return response, nil
}

// A request that was given up while its connection was being made has not been
// seen by the target. If there was no more time for this target, another may be
// asked; if nobody wants the answer, none.
func TestGivenUpWhileDialing(t *testing.T) {
	late := impatience{}
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C, engine.HTTPS, engine.GRPCS} {
		for _, test := range []struct {
			cause error
			phase message.Phase
			again bool
		}{
			{late, message.PhaseConnect, true},
			{context.Canceled, message.PhaseCanceled, false},
		} {
			dialing := make(chan struct{}, 8)
			transport := engine.NewTransport("127.0.0.1:1", engine.TransportOptions{
				Protocol: protocol, TLS: &tls.Config{}, ConnectTimeout: 300 * time.Millisecond, // a connection of HTTP/2 is made for whoever comes
				Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					dialing <- struct{}{}
					<-ctx.Done()
					return nil, ctx.Err()
				},
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				<-dialing
				cancel(test.cause)
			}()
			request := &message.Request{Proto: message.HTTP11, Method: "POST", Host: "a.test", Path: "/"}
			err := transport.RoundTrip(ctx, request, &message.Response{}, nil)
			failed, ok := errors.AsType[*message.TransportError](err)
			if !ok || failed.Phase != test.phase || failed.Retryable() != test.again || failed.Timeout() != test.again {
				t.Errorf("%s, %v: %v", protocol, test.cause, err)
			}
			transport.Close()
		}
	}
}

type impatience struct{}

func (impatience) Error() string { return "no more time for this target" }
func (impatience) Timeout() bool { return true }

// A body that panics, which may be a plugin's, fails its own request and nothing
// else.
func TestBodyPanics(t *testing.T) {
	for _, protocol := range []engine.Protocol{engine.HTTP, engine.H2C} {
		transport := engine.NewTransport(testkit.HTTP(t, nil, testkit.EchoHTTP), engine.TransportOptions{Protocol: protocol})
		request := &message.Request{Proto: message.HTTP11, Method: "POST", Host: "a.test", Path: "/", ContentLength: -1, Body: &panicking{left: 100 << 10}}
		response := &message.Response{}
		err := transport.RoundTrip(t.Context(), request, response, nil)
		if err == nil { // the target has begun to answer
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: no error", protocol)
		}
		transport.Close()
	}
}

type panicking struct{ left int }

func (p *panicking) Read(b []byte) (int, error) {
	if p.left -= len(b); p.left < 0 {
		panic("a plugin's fault")
	}
	return len(b), nil
}

func (p *panicking) Close() error { return nil }
