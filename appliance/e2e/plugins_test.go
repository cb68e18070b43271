// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// S2-20, S1-25, S3-18: the cluster's authentication and a consumer's own limit
// hold for HTTP, gRPC and WebSocket alike, each told in its own way, and a
// changed credential holds at once.
func TestPluginsForEveryProtocol(t *testing.T) {
	s := newSite(t, gatewaytest.Start(t, nil))
	s.Put(t, "consumer", "free", `{}`)
	s.Put(t, "credential", "free", `{"consumer":"free","type":"key","secret":"the-secret-of-the-free"}`)
	s.Put(t, "consumer", "limited", `{"plugins":{"rate_limit":{"count":2,"window":"1h"}}}`)
	s.Put(t, "credential", "limited", `{"consumer":"limited","type":"key","secret":"the-secret-of-limited"}`)
	s.Put(t, "cluster_settings", "cluster", `{"plugins":{"key_auth":{}}}`)

	web := func(key string) int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.plain+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Api-Key", key)
		transport := &http.Transport{DisableKeepAlives: true}
		response, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	conn, err := grpc.NewClient(s.plain, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	rpc := func(key string) codes.Code {
		_, err := grpc_testing.NewTestServiceClient(conn).EmptyCall(metadata.AppendToOutgoingContext(t.Context(), "x-api-key", key), &grpc_testing.Empty{})
		return grpcstatus.Code(err)
	}
	socket := func(key string) int {
		conn, response, err := websocket.Dial(t.Context(), "ws://"+s.plain+"/", &websocket.DialOptions{HTTPHeader: http.Header{"X-Api-Key": {key}}})
		if err == nil {
			_ = conn.CloseNow()
		}
		if response == nil {
			t.Fatal(err)
		}
		return response.StatusCode
	}
	expect := func(key string, wantWeb int, wantRPC codes.Code, wantSocket int) {
		t.Helper()
		if a, b, c := web(key), rpc(key), socket(key); a != wantWeb || b != wantRPC || c != wantSocket {
			t.Errorf("%s: HTTP %d, gRPC %s, WebSocket %d; want %d, %s, %d", key, a, b, c, wantWeb, wantRPC, wantSocket)
		}
	}
	expect("nobody's-secret-at-all", 401, codes.Unauthenticated, 401)
	expect("the-secret-of-the-free", 200, codes.OK, 200) // the target echoes the handshake of a WebSocket
	expect("the-secret-of-limited", 200, codes.OK, 429)
	expect("the-secret-of-limited", 429, codes.ResourceExhausted, 429)

	s.Put(t, "credential", "free", `{"consumer":"free","type":"key","secret":"a-new-secret-of-the-free"}`)
	expect("the-secret-of-the-free", 401, codes.Unauthenticated, 401)
	expect("a-new-secret-of-the-free", 200, codes.OK, 200)
	s.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web","disabled_plugins":["key_auth"]}`)
	expect("nobody's-secret-at-all", 200, codes.Unauthenticated, 200)
}
