// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/peer"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// startGreeter starts helloworld.Greeter over TLS, on a port that the gateway
// does not listen on, and returns its address. It says to whom it spoke:
// StringValue has the same bytes as its messages.
func startGreeter(t *testing.T, config *tls.Config) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "helloworld.Greeter",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "SayHello",
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				var name wrapperspb.StringValue
				if err := decode(&name); err != nil {
					return nil, err
				}
				p, _ := peer.FromContext(ctx)
				return wrapperspb.String("Hello " + name.Value + " at " + p.AuthInfo.(credentials.TLSInfo).State.ServerName), nil
			},
		}},
	}, nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return listener.Addr().String()
}

// sayHello calls the greeter as a host; it returns the answer and the serial
// number of the certificate that the client saw.
func sayHello(t *testing.T, conn *grpc.ClientConn) (answer, serial string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var reply wrapperspb.StringValue
	var server peer.Peer
	err = conn.Invoke(ctx, "/helloworld.Greeter/SayHello", wrapperspb.String("world"), &reply, grpc.Peer(&server))
	if info, ok := server.AuthInfo.(credentials.TLSInfo); ok {
		serial = info.State.PeerCertificates[0].SerialNumber.String()
	}
	return reply.Value, serial, err
}

func dialGRPC(t *testing.T, address string, config *tls.Config) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func object(members map[string]any) string {
	b, _ := json.Marshal(members) // strings, numbers, lists
	return string(b)
}

// tlsUpstream returns an upstream over TLS with members of its tls.
func tlsUpstream(protocol, address string, members map[string]any) string {
	host, port, _ := net.SplitHostPort(address)
	return object(map[string]any{"protocol": protocol, "targets": []any{map[string]any{"host": host, "port": json.Number(port)}}, "tls": members})
}

// S1-68 to S1-71: gRPC passes from certificate A, which the client sees, to
// certificate B, which the target has of an authority of its own, and only
// where names and authorities are right.
func TestGRPCFromCertificateToCertificate(t *testing.T) {
	g := gatewaytest.Start(t, nil)
	frontends, backends, others := testkit.NewAuthority(t), testkit.NewAuthority(t), testkit.NewAuthority(t)
	certificateA, chain, key := frontends.Issue(t, "frontend.local", "another.local")
	certificateB := testkit.ServerTLS(t, backends, "backend.local")
	greeter := startGreeter(t, certificateB)
	byAddress := startGreeter(t, testkit.ServerTLS(t, backends, "127.0.0.1"))
	address := gatewaytest.FreeAddress(t)
	logged := filepath.Join(t.TempDir(), "access.log")
	g.Put(t, "cluster_settings", "cluster", object(map[string]any{"plugins": map[string]any{"access_log": map[string]any{"path": logged}}}))
	g.Put(t, "certificate", "a", object(map[string]any{"certificate": chain, "private_key": key}))
	g.Put(t, "listener", "frontend", `{"address":"`+address+`","tls":{"certificates":["a"]}}`)
	g.Put(t, "upstream", "backend", tlsUpstream("grpcs", greeter, map[string]any{"server_name": "backend.local", "ca_certificate": backends.PEM}))
	g.Put(t, "route", "greeter", `{"hosts":["frontend.local"],"listeners":["frontend"],"upstream":"backend"}`)

	conn := dialGRPC(t, address, &tls.Config{RootCAs: frontends.Pool(), ServerName: "frontend.local"})
	answer, serial, err := sayHello(t, conn)
	if err != nil || answer != "Hello world at backend.local" {
		t.Fatalf("S1-68, S1-69: %q, %v", answer, err)
	}
	if serial != certificateA.Leaf.SerialNumber.String() || serial == certificateB.Certificates[0].Leaf.SerialNumber.String() {
		t.Errorf("S1-68: the client saw certificate %s", serial)
	}
	if _, _, err := sayHello(t, dialGRPC(t, address, &tls.Config{RootCAs: frontends.Pool(), ServerName: "another.local"})); grpcstatus.Code(err) != codes.Unimplemented {
		t.Errorf("S1-70: a host that no route has: %v", err)
	}
	if _, _, err := sayHello(t, dialGRPC(t, address, &tls.Config{RootCAs: backends.Pool(), ServerName: "frontend.local"})); grpcstatus.Code(err) != codes.Unavailable {
		t.Errorf("S1-68: a client that trusts the target's authority only: %v", err)
	}
	for _, test := range []struct {
		name, target string
		tls          map[string]any
		says         string // the access log; "": the call passes
	}{
		{"S1-71 another name", greeter, map[string]any{"server_name": "other.local", "ca_certificate": backends.PEM},
			"certificate is valid for backend.local, not other.local: set the upstream's tls.server_name to a name that the certificate has"},
		{"S1-71 an address that the certificate lacks", greeter, map[string]any{"ca_certificate": backends.PEM},
			`set the upstream's tls.server_name to a name that the certificate has, or give the target one that has \"127.0.0.1\"`},
		{"S1-71 an address that it has", byAddress, map[string]any{"ca_certificate": backends.PEM}, ""},
		{"S1-69 another authority", greeter, map[string]any{"server_name": "backend.local", "ca_certificate": others.PEM},
			"set the upstream's tls.ca_certificate to the authority that signed the target's certificate"},
		{"S1-69 the system's authorities", greeter, map[string]any{"server_name": "backend.local"},
			"set the upstream's tls.ca_certificate"},
		{"S1-69 two authorities", greeter, map[string]any{"server_name": "backend.local", "ca_certificate": others.PEM + backends.PEM}, ""},
	} {
		if err := os.Truncate(logged, 0); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		g.Put(t, "upstream", "backend", tlsUpstream("grpcs", test.target, test.tls))
		_, _, err := sayHello(t, conn)
		if test.says == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if grpcstatus.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v", test.name, err)
		}
		eventually(t, "say in the access log, for "+test.name+", "+test.says, func() bool {
			text, _ := os.ReadFile(logged) // it is written within a second
			return strings.Contains(string(text), test.says)
		})
	}
}

// S1-19: a certificate is replaced while connections are open: they go on, in
// both directions, and the next ones are made with the new one. Clients,
// gateway and targets all prove themselves.
func TestCertificatesChangeUnderOpenConnections(t *testing.T) {
	g := gatewaytest.Start(t, nil)
	authority := testkit.NewAuthority(t)
	saw := make(chan string, 100)
	asks := testkit.ServerTLS(t, authority, "backend.local")
	asks.ClientAuth, asks.ClientCAs = tls.RequireAndVerifyClientCert, authority.Pool()
	asks.VerifyConnection = func(state tls.ConnectionState) error {
		saw <- state.PeerCertificates[0].SerialNumber.String()
		return nil
	}
	target := testkit.GRPC(t, grpc.Creds(credentials.NewTLS(asks)))
	address := gatewaytest.FreeAddress(t)
	issue := func(id string) string {
		certificate, chain, key := authority.Issue(t, "frontend.local")
		g.Put(t, "certificate", id, object(map[string]any{"certificate": chain, "private_key": key}))
		return certificate.Leaf.SerialNumber.String()
	}
	first, own := issue("frontend"), issue("own")
	g.Put(t, "listener", "main", object(map[string]any{"address": address, "tls": map[string]any{"certificates": []string{"frontend"}, "client_ca": authority.PEM}}))
	g.Put(t, "upstream", "rpc", tlsUpstream("grpcs", target, map[string]any{"server_name": "backend.local", "ca_certificate": authority.PEM, "client_certificate": "own"}))
	g.Put(t, "route", "rpc", `{"hosts":["frontend.local"],"upstream":"rpc"}`)

	caller, _, _ := authority.Issue(t, "caller.local")
	config := &tls.Config{RootCAs: authority.Pool(), ServerName: "frontend.local", Certificates: []tls.Certificate{caller}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var open []func() error
	for _, step := range []struct {
		name   string
		change func()
		dials  bool // the gateway has to make a connection
	}{
		{"as it was", func() {}, true},
		{"another certificate of the listener", func() { first = issue("frontend") }, false},
		{"another certificate of the gateway", func() { own = issue("own") }, true},
		{"both", func() { first, own = issue("frontend"), issue("own") }, true},
	} {
		step.change()
		for _, goesOn := range open {
			if err := goesOn(); err != nil {
				t.Fatalf("%s: a stream that is open: %v", step.name, err)
			}
		}
		next := startStreamOn(t, ctx, dialGRPC(t, address, config))
		if err := next(); err != nil {
			t.Fatalf("%s: a new stream: %v", step.name, err)
		}
		open = append(open, next)
		if shown := serialOf(t, address, config); shown != first {
			t.Errorf("%s: clients see certificate %s, want %s", step.name, shown, first)
		}
		for dialled := 0; ; dialled++ {
			select {
			case serial := <-saw:
				if serial != own {
					t.Errorf("%s: the target saw certificate %s, want %s", step.name, serial, own)
				}
				continue
			default:
			}
			if step.dials && dialled == 0 {
				t.Errorf("%s: no connection to the target was made", step.name)
			}
			break
		}
	}
}

// startStreamOn begins a call; the function sends one more message and gets
// its answer.
func startStreamOn(t *testing.T, ctx context.Context, conn *grpc.ClientConn) func() error {
	t.Helper()
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

// serialOf returns the serial number of the certificate that a listener shows.
func serialOf(t *testing.T, address string, config *tls.Config) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.String()
}
