// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// patience bounds every wait of these tests; none waits that long unless it fails.
const patience = 20 * time.Second

// A passthrough forwards every request as it came: the smallest proxy.
type passthrough struct {
	target    *engine.Transport
	serving   atomic.Int64 // exchanges now
	responded chan error   // results of Respond, if not nil
	failed    atomic.Value // error of the last RoundTrip that failed
}

func (p *passthrough) Serve(ctx context.Context, request *message.Request, stream message.Stream) {
	p.serving.Add(1)
	defer p.serving.Add(-1)
	// Only the client knows the deadline: a target that knows it too may end
	// the call first, and then the end says nothing about this side.
	request.Header.Del("grpc-timeout")
	response := new(message.Response)
	err := p.target.RoundTrip(ctx, request, response, stream)
	if err != nil {
		p.failed.Store(err)
		var client *message.ClientError
		if errors.As(err, &client) {
			return
		}
		_, _ = stream.Respond(&message.Response{Status: http.StatusBadGateway})
		return
	}
	if response.Tunnel != nil {
		defer response.Tunnel.Close()
		conn, err := stream.Upgrade(&response.Header)
		if err != nil {
			return
		}
		defer conn.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			relay(response.Tunnel, conn)
			response.Tunnel.Close()
		}()
		relay(conn, response.Tunnel)
		conn.Close()
		<-done
		return
	}
	_, err = stream.Respond(response)
	if p.responded != nil {
		p.responded <- err
	}
}

// relay copies to the end, however long it takes.
func relay(to io.Writer, from io.Reader) {
	for {
		if _, err := io.Copy(to, from); !errors.Is(err, message.ErrResting) {
			return
		}
	}
}

// handlerFunc is a handler that is a function.
type handlerFunc func(ctx context.Context, request *message.Request, stream message.Stream)

func (f handlerFunc) Serve(ctx context.Context, request *message.Request, stream message.Stream) {
	f(ctx, request, stream)
}

// listen starts a server on a free port, until the test ends.
func listen(t testing.TB, options engine.Options) *engine.Server {
	t.Helper()
	if options.ID == "" {
		options.ID = "main"
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	server, err := engine.Listen("127.0.0.1:0", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil && !errors.Is(err, engine.ErrServerClosed) {
			t.Errorf("close: %v", err)
		}
	})
	return server
}

// transport makes a transport that is closed when the test ends.
func transport(t testing.TB, target string, options engine.TransportOptions) *engine.Transport {
	t.Helper()
	tr := engine.NewTransport(target, options)
	t.Cleanup(func() {
		tr.Close()
		eventually(t, "the transport's connections are closed", func() bool { return tr.Stats().Connections == 0 })
	})
	return tr
}

// gateway starts client -> server -> passthrough -> transport -> target and
// returns the server and the passthrough.
func gateway(t testing.TB, target string, protocol engine.Protocol) (*engine.Server, *passthrough) {
	t.Helper()
	p := &passthrough{target: transport(t, target, engine.TransportOptions{
		Protocol: protocol, ConnectTimeout: patience, IdleTimeout: time.Minute, MaxIdle: 100,
	})}
	return listen(t, engine.Options{Handler: p, HTTP2: true, HeaderTimeout: patience, IdleTimeout: time.Minute}), p
}

// client returns a client of one protocol, closed when the test ends.
func client(t testing.TB, http2 bool) *http.Client {
	t.Helper()
	tr := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true, ExpectContinueTimeout: patience}
	tr.Protocols.SetHTTP1(!http2)
	tr.Protocols.SetUnencryptedHTTP2(http2)
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func url(s *engine.Server) string { return "http://" + s.Addr().String() }

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// within returns what comes from a channel.
func within[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("never: %s", what)
		panic("unreachable")
	}
}

func timeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
