// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S1-38: what is in flight goes on to its end, whatever changes meanwhile: an
// attribute of its route, its upstream, its listener, or that any of them is
// deleted.
func TestInFlightGoesOn(t *testing.T) {
	step := make(chan struct{})
	web := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			testkit.EchoWebSocket(w, r)
			return
		}
		for range step {
			_, _ = io.WriteString(w, "line\n")
			_ = http.NewResponseController(w).Flush()
		}
	})
	g := gatewaytest.Start(t, nil)
	address := gatewaytest.FreeAddress(t)
	webUpstream, rpcUpstream := upstream(web, "http"), upstream(testkit.GRPC(t), "grpc")
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "upstream", "web", webUpstream)
	g.Put(t, "upstream", "rpc", rpcUpstream)
	g.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
	g.Put(t, "route", "rpc", `{"grpc":[{"service":"grpc.testing.TestService"}],"upstream":"rpc"}`)

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	download := startDownload(t, ctx, address, step)
	stream := startStream(t, ctx, address)
	socket := startSocket(t, ctx, address)
	for _, change := range []struct {
		name string
		make func()
	}{
		{"nothing", func() {}},
		{"an attribute of the routes", func() {
			g.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web","timeout":"1s"}`)
			g.Put(t, "route", "rpc", `{"grpc":[{"service":"grpc.testing.TestService"}],"upstream":"rpc","timeout":"1s"}`)
		}},
		{"an attribute of the upstreams", func() {
			g.Put(t, "upstream", "web", webUpstream[:len(webUpstream)-1]+`,"connect_timeout":"1s"}`)
			g.Put(t, "upstream", "rpc", rpcUpstream[:len(rpcUpstream)-1]+`,"connect_timeout":"1s"}`)
		}},
		{"other targets", func() {
			g.Put(t, "upstream", "web", `{"targets":[]}`)
			g.Put(t, "upstream", "rpc", `{"targets":[]}`)
		}},
		{"an attribute of the listener", func() { g.Put(t, "listener", "main", `{"address":"`+address+`","max_header_bytes":4096}`) }},
		{"no routes and upstreams", func() {
			for _, id := range []string{"web", "rpc"} {
				g.Delete(t, "route", id)
				g.Delete(t, "upstream", id)
			}
		}},
		{"another address", func() { g.Put(t, "listener", "main", `{"address":"`+gatewaytest.FreeAddress(t)+`"}`) }},
	} {
		change.make()
		for what, goesOn := range map[string]func() error{"download": download, "gRPC stream": stream, "WebSocket": socket} {
			if err := goesOn(); err != nil {
				t.Fatalf("after %s: %s: %v", change.name, what, err)
			}
		}
	}
	close(step)
}

// startDownload begins a response; the function takes one more line of it.
func startDownload(t *testing.T, ctx context.Context, address string, step chan<- struct{}) func() error {
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+address+"/download", nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	begun := make(chan struct{})
	go func() { step <- struct{}{}; close(begun) }()
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	t.Cleanup(func() { response.Body.Close() })
	lines := bufio.NewReader(response.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return func() error {
		step <- struct{}{}
		_, err := lines.ReadString('\n')
		return err
	}
}

// startStream begins a call; the function sends one more message and gets its
// answer.
func startStream(t *testing.T, ctx context.Context, address string) func() error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	stream, err := grpc_testing.NewTestServiceClient(conn).FullDuplexCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return func() error {
		if err := stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{{Size: 10}}}); err != nil {
			return err
		}
		_, err := stream.Recv()
		return err
	}
}

// startSocket opens a WebSocket; the function sends one more message and gets
// its echo.
func startSocket(t *testing.T, ctx context.Context, address string) func() error {
	conn, _, err := websocket.Dial(ctx, "ws://"+address+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return func() error {
		if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
			return err
		}
		_, _, err := conn.Read(ctx)
		return err
	}
}
