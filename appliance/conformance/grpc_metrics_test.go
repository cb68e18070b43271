// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// The status of a call is in the metrics of its method, whether the target
// says it in trailers or in nothing but them, or the gateway says it (S1-47).
func TestGRPCMetrics(t *testing.T) {
	g := gatewaytest.Start(t, nil)
	address := gatewaytest.FreeAddress(t)
	upstream := func(target string) {
		_, port, err := net.SplitHostPort(target)
		if err != nil {
			t.Fatal(err)
		}
		g.Put(t, "upstream", "rpc", `{"protocol":"grpc","targets":[{"host":"127.0.0.1","port":`+port+`}]}`)
	}
	upstream(startInteropServer(t))
	g.Put(t, "listener", "main", `{"address":"`+address+`"}`)
	g.Put(t, "route", "rpc", `{"paths":["/*"],"upstream":"rpc"}`)
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := grpc_testing.NewTestServiceClient(conn)
	expect := func(err error, want codes.Code) {
		t.Helper()
		if status.Code(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err = c.EmptyCall(t.Context(), &grpc_testing.Empty{})
	expect(err, codes.OK)
	_, err = c.UnaryCall(t.Context(), &grpc_testing.SimpleRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.NotFound)}})
	expect(err, codes.NotFound)
	_, err = c.UnimplementedCall(t.Context(), &grpc_testing.Empty{})
	expect(err, codes.Unimplemented)
	upstream(gatewaytest.FreeAddress(t))
	_, err = c.EmptyCall(t.Context(), &grpc_testing.Empty{})
	expect(err, codes.Unavailable)

	want := []string{
		`penstock_grpc_handled_total{grpc_code="OK",grpc_method="EmptyCall",grpc_service="grpc.testing.TestService",route="rpc"} 1`,
		`penstock_grpc_handled_total{grpc_code="NotFound",grpc_method="UnaryCall",grpc_service="grpc.testing.TestService",route="rpc"} 1`,
		`penstock_grpc_handled_total{grpc_code="Unimplemented",grpc_method="other",grpc_service="other",route="rpc"} 1`,
		`penstock_grpc_handled_total{grpc_code="Unavailable",grpc_method="EmptyCall",grpc_service="grpc.testing.TestService",route="rpc"} 1`,
		`penstock_grpc_handling_seconds_count{grpc_method="EmptyCall",grpc_service="grpc.testing.TestService",route="rpc"} 2`,
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for text := scrape(t, g); ; text = scrape(t, g) { // a call is counted after its client has the last of it
		missing := ""
		for _, line := range want {
			if !strings.Contains(text, line+"\n") {
				missing = line
			}
		}
		switch {
		case missing == "":
			return
		case ctx.Err() != nil:
			t.Fatalf("no line %s in\n%s", missing, text)
		}
	}
}

// scrape returns what the metrics have of gRPC.
func scrape(t *testing.T, g *gatewaytest.Gateway) string {
	t.Helper()
	response, err := http.Get("http://" + g.OperationsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v: %s", response.Status, err, text)
	}
	var lines strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "penstock_grpc_") {
			lines.WriteString(line)
		}
	}
	return lines.String()
}
