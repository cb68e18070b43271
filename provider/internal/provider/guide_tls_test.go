// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/interop/grpc_testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// The configuration of the guide on TLS is applied and does what the guide
// says: gRPC from certificate A to certificate B (S1-68 to S1-71), and
// certificates of clients in both directions.
func TestAccGuideTLS(t *testing.T) {
	tf := newTerraform(t)
	w := newGateway(t)
	backends, clients := testkit.NewAuthority(t), testkit.NewAuthority(t)
	frontends := testkit.NewAuthority(t)
	_, frontend, frontendKey := frontends.Issue(t, "frontend.local")
	_, own, ownKey := clients.Issue(t, "gateway.local")
	partner, _, _ := clients.Issue(t, "partner.local")
	tf.env = append(tf.env, "TF_VAR_frontend_key="+frontendKey, "TF_VAR_gateway_key="+ownKey)
	tf.write("frontend.crt", frontend)
	tf.write("gateway.crt", own)
	tf.write("backend-ca.crt", backends.PEM)
	tf.write("partners-ca.crt", clients.PEM)

	greeter := testkit.GRPC(t, grpc.Creds(credentials.NewTLS(testkit.ServerTLS(t, backends, "backend.local"))))
	asks := testkit.ServerTLS(t, backends, "ledger.local")
	asks.ClientAuth, asks.ClientCAs = tls.RequireAndVerifyClientCert, clients.Pool()
	ledger := testkit.HTTP(t, asks, func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(rw, "the ledger, for "+r.TLS.PeerCertificates[0].DNSNames[0])
	})
	public, partners := gatewaytest.FreeAddress(t), gatewaytest.FreeAddress(t)
	target := func(address string) string {
		host, port, _ := net.SplitHostPort(address)
		return `host = "` + host + `", port = ` + port
	}
	here := strings.NewReplacer(
		`":4443"`, `"`+public+`"`, `":4444"`, `"`+partners+`"`, "helloworld.Greeter", "grpc.testing.TestService",
		`host = "10.0.3.7", port = 50051`, target(greeter), `host = "10.0.3.8", port = 8443`, target(ledger))
	text, err := os.ReadFile("../../templates/guides/tls.md")
	if err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	for _, block := range regexp.MustCompile("(?s)```terraform\n((?:variable|resource).*?)```").FindAllStringSubmatch(string(text), -1) {
		config.WriteString(here.Replace(block[1]))
	}
	tf.write("guide.tf", config.String())
	tf.write("provider.tf", required+w.config(""))
	tf.run("apply", "-auto-approve", "-no-color")
	if out, ok := tf.try("plan", "-detailed-exitcode"); !ok {
		t.Errorf("a plan after the apply has changes:\n%s", out)
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := grpc.NewClient("passthrough:///"+public, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{RootCAs: frontends.Pool(), ServerName: "frontend.local"})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := grpc_testing.NewTestServiceClient(conn).UnaryCall(ctx, &grpc_testing.SimpleRequest{}, grpc.WaitForReady(true)); err != nil {
		t.Errorf("the greeter: %v", err)
	}

	for _, test := range []struct {
		name    string
		present []tls.Certificate
		want    string // "": no answer
	}{{"a partner", []tls.Certificate{partner}, "the ledger, for gateway.local"}, {"somebody", nil, ""}} {
		config := &tls.Config{RootCAs: frontends.Pool(), ServerName: "frontend.local", Certificates: test.present}
		transport := &http.Transport{TLSClientConfig: config}
		response, err := (&http.Client{Transport: transport}).Get("https://" + partners + "/ledger/1")
		if err != nil {
			if test.want != "" {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		transport.CloseIdleConnections()
		if test.want == "" || string(body) != test.want {
			t.Errorf("%s gets %s %q", test.name, response.Status, body)
		}
	}
	tf.run("destroy", "-auto-approve")
}
