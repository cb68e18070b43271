// SPDX-License-Identifier: Apache-2.0

package gatewaytest_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// A onePort is a gateway with a plaintext and a TLS listener; each serves gRPC
// on every path and HTTP and WebSocket below /test.
type onePort struct {
	*gatewaytest.Gateway
	plain, secure string
	authority     *testkit.Authority
	authorityFile string
}

func startOnePort(t *testing.T) *onePort {
	t.Helper()
	rpc, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_testing.RegisterTestServiceServer(server, interop.NewTestServer())
	server.RegisterService(&greeter, nil)
	go func() { _ = server.Serve(rpc) }() // ends with Stop
	t.Cleanup(server.Stop)
	web := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/test/ws" {
			testkit.EchoWebSocket(w, r)
			return
		}
		testkit.EchoHTTP(w, r)
	})

	p := &onePort{
		Gateway: gatewaytest.Start(t, nil),
		plain:   gatewaytest.FreeAddress(t), secure: gatewaytest.FreeAddress(t),
		authority: testkit.NewAuthority(t),
	}
	_, chain, key := p.authority.Issue(t, "127.0.0.1", "gate.test")
	p.authorityFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(p.authorityFile, []byte(p.authority.PEM), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Put(t, "certificate", "gate", object(t, map[string]any{"certificate": chain, "private_key": key}))
	p.Put(t, "listener", "plain", object(t, map[string]any{"address": p.plain}))
	p.Put(t, "listener", "secure", object(t, map[string]any{"address": p.secure, "tls": map[string]any{"certificates": []string{"gate"}}}))
	p.Put(t, "upstream", "rpc", upstream(t, "grpc", rpc.Addr().String()))
	p.Put(t, "upstream", "web", upstream(t, "http", web))
	p.Put(t, "route", "rpc", `{"paths":["/*"],"upstream":"rpc"}`)
	p.Put(t, "route", "web", `{"paths":["/test","/test/*"],"upstream":"web"}`)
	return p
}

func upstream(t *testing.T, protocol, address string) string {
	host, port, _ := strings.Cut(address, ":")
	return object(t, map[string]any{"protocol": protocol, "targets": []any{map[string]any{"host": host, "port": json.Number(port)}}})
}

func object(t *testing.T, o map[string]any) string {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// greeter is helloworld.Greeter; StringValue has the same bytes as its messages.
var greeter = grpc.ServiceDesc{
	ServiceName: "helloworld.Greeter",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "SayHello",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			var name wrapperspb.StringValue
			err := decode(&name)
			return wrapperspb.String("Hello " + name.Value), err
		},
	}},
}

// connections returns a gRPC connection to each listener.
func (p *onePort) connections(t *testing.T) map[string]*grpc.ClientConn {
	t.Helper()
	all := make(map[string]*grpc.ClientConn)
	for name, c := range map[string]struct {
		address     string
		credentials credentials.TransportCredentials
	}{
		"h2c": {p.plain, insecure.NewCredentials()},
		"TLS": {p.secure, credentials.NewTLS(&tls.Config{RootCAs: p.authority.Pool()})},
	} {
		conn, err := grpc.NewClient("passthrough:///"+c.address, grpc.WithTransportCredentials(c.credentials),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(8<<20), grpc.MaxCallSendMsgSize(8<<20)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		all[name] = conn
	}
	return all
}

// The gRPC project's own interoperability cases pass through the gateway, over
// h2c and over TLS, beside an HTTP route on the same port and in the same
// process (S0-01, S0-03, S0-04, S0-05, S0-06, S0-07, S0-08, S0-10, S0-11,
// S0-12, S1-37, S1-57).
func TestConformanceGRPCInterop(t *testing.T) {
	p := startOnePort(t)
	for name, conn := range p.connections(t) {
		c := grpc_testing.NewTestServiceClient(conn)
		for _, test := range []struct {
			name string
			do   func(context.Context, grpc_testing.TestServiceClient, ...grpc.CallOption)
		}{
			{"EmptyUnaryCall", interop.DoEmptyUnaryCall},
			{"LargeUnaryCall", interop.DoLargeUnaryCall},
			{"ClientStreaming", interop.DoClientStreaming},
			{"ServerStreaming", interop.DoServerStreaming},
			{"PingPong", interop.DoPingPong},
			{"EmptyStream", interop.DoEmptyStream},
			{"TimeoutOnSleepingServer", interop.DoTimeoutOnSleepingServer},
			{"CancelAfterBegin", interop.DoCancelAfterBegin},
			{"CancelAfterFirstResponse", interop.DoCancelAfterFirstResponse},
			{"CustomMetadata", interop.DoCustomMetadata},
			{"StatusCodeAndMessage", interop.DoStatusCodeAndMessage},
			{"SpecialStatusMessage", interop.DoSpecialStatusMessage},
		} {
			t.Run(name+"/"+test.name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				test.do(ctx, c) // ends the process where it fails
			})
		}
		t.Run(name+"/UnimplementedMethod", func(t *testing.T) { interop.DoUnimplementedMethod(t.Context(), conn) })
		t.Run(name+"/UnimplementedService", func(t *testing.T) {
			interop.DoUnimplementedService(t.Context(), grpc_testing.NewUnimplementedServiceClient(conn))
		})
		t.Run(name+"/Messages of 4 MiB", func(t *testing.T) { hugeMessages(t, c) })
	}
}

func hugeMessages(t *testing.T, c grpc_testing.TestServiceClient) {
	const size = 4 << 20
	stream, err := c.FullDuplexCall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		err := stream.Send(&grpc_testing.StreamingOutputCallRequest{
			Payload:            &grpc_testing.Payload{Body: make([]byte, size-64)},
			ResponseParameters: []*grpc_testing.ResponseParameters{{Size: size - 64}},
		})
		if err != nil {
			t.Fatal(err)
		}
		reply, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if len(reply.Payload.Body) != size-64 {
			t.Fatalf("got %d bytes", len(reply.Payload.Body))
		}
	}
}

// The hello-world greeter passes through (S1-73).
func TestGreeter(t *testing.T) {
	p := startOnePort(t)
	for name, conn := range p.connections(t) {
		var reply wrapperspb.StringValue
		if err := conn.Invoke(t.Context(), "/helloworld.Greeter/SayHello", wrapperspb.String("world"), &reply); err != nil || reply.Value != "Hello world" {
			t.Errorf("%s: got %q, %v", name, reply.Value, err)
		}
	}
}

// What the gateway itself says to a gRPC client is a gRPC status.
func TestGRPCAnswersOfTheGateway(t *testing.T) {
	p := startOnePort(t)
	conn := p.connections(t)["h2c"]
	call := func() error {
		return conn.Invoke(t.Context(), "/helloworld.Greeter/SayHello", wrapperspb.String("world"), &wrapperspb.StringValue{})
	}
	p.Put(t, "upstream", "rpc", upstream(t, "grpc", gatewaytest.FreeAddress(t)))
	if got := status.Code(call()); got != codes.Unavailable {
		t.Errorf("upstream down: got %s, want Unavailable", got)
	}
	p.Put(t, "upstream", "rpc", `{"protocol":"grpc"}`)
	if got := status.Code(call()); got != codes.Unavailable {
		t.Errorf("no target: got %s, want Unavailable", got)
	}
	p.Delete(t, "route", "rpc")
	if got := status.Code(call()); got != codes.Unimplemented {
		t.Errorf("no route: got %s, want Unimplemented", got)
	}
}

// A WebSocket needs nothing but an ordinary route (S2-01, S2-02, S2-03,
// S2-04, S2-05, S2-09, S1-09, S1-45).
func TestWebSocket(t *testing.T) {
	p := startOnePort(t)
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.authority.Pool()}}}
	for url, client := range map[string]*http.Client{"ws://" + p.plain: nil, "wss://" + p.secure: secure} {
		c, _, err := websocket.Dial(t.Context(), url+"/test/ws", &websocket.DialOptions{HTTPClient: client})
		if err != nil {
			t.Fatal(err)
		}
		c.SetReadLimit(4 << 20)
		for _, size := range []int{0, 1, 125, 126, 65536, 1 << 20} {
			message := strings.Repeat("x", size)
			if err := c.Write(t.Context(), websocket.MessageBinary, []byte(message)); err != nil {
				t.Fatal(err)
			}
			kind, got, err := c.Read(t.Context())
			if err != nil || kind != websocket.MessageBinary || string(got) != message {
				t.Fatalf("%s: %d bytes: got %d bytes, %v", url, size, len(got), err)
			}
		}
		if err := c.Close(websocket.StatusNormalClosure, "done"); err != nil {
			t.Errorf("%s: close: %v", url, err)
		}
	}
}

// curl gets the same answer in every way it can ask (S0-01, S0-02, S0-07).
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	p := startOnePort(t)
	p.Put(t, "listener", "plain", object(t, map[string]any{"address": p.plain, "http2": true}))
	for _, test := range []struct {
		name, version string
		args          []string
	}{
		{"HTTP/1.1", "1.1", []string{"--http1.1", "http://" + p.plain}},
		{"h2c by prior knowledge", "2", []string{"--http2-prior-knowledge", "http://" + p.plain}},
		{"TLS, HTTP/1.1 by ALPN", "1.1", []string{"--http1.1", "--cacert", p.authorityFile, "https://" + p.secure}},
		{"TLS, HTTP/2 by ALPN", "2", []string{"--http2", "--cacert", p.authorityFile, "https://" + p.secure}},
	} {
		t.Run(test.name, func(t *testing.T) {
			last := len(test.args) - 1
			args := append([]string{"-sS", "--max-time", "10", "--noproxy", "*", "-w", "\n%{http_version} %{http_code}"}, test.args[:last]...)
			out, err := exec.CommandContext(t.Context(), curl, append(args, test.args[last]+"/test/x?a=b%20c")...).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if want := fmt.Sprintf("\n%s 200", test.version); !strings.HasSuffix(string(out), want) {
				t.Fatalf("got %q, want it to end with %q", out, want)
			}
			if !strings.Contains(string(out), `"/test/x?a=b%20c"`) {
				t.Errorf("the target saw something else: %s", out)
			}
		})
	}
	p.Put(t, "listener", "plain", object(t, map[string]any{"address": p.plain, "http2": false}))
	if out, err := exec.CommandContext(t.Context(), curl, "-sS", "--max-time", "10", "--http2-prior-knowledge", "http://"+p.plain+"/test").CombinedOutput(); err == nil {
		t.Errorf("with HTTP/2 off, HTTP/2 was spoken: %s", out)
	}
}
