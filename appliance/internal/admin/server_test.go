// SPDX-License-Identifier: Apache-2.0

package admin_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/admin"
)

// TestServer: the same handler over HTTP/1.1 and HTTP/2, in plaintext and
// TLS, until it is shut down.
func TestServer(t *testing.T) {
	pair := newPair(t, "a.example")
	certificate, err := tls.X509KeyPair([]byte(pair.certificate), []byte(pair.key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(pair.certificate))
	for _, c := range []struct {
		name, scheme string
		h2           bool
		config       *tls.Config
	}{
		{"http1", "http", false, nil},
		{"h2c", "http", true, nil},
		{"tls", "https", false, &tls.Config{Certificates: []tls.Certificate{certificate}}},
		{"h2", "https", true, &tls.Config{Certificates: []tls.Certificate{certificate}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := admin.NewServer(newWorld(t).admin, c.config, nil)
			served := make(chan error, 1)
			go func() { served <- server.Serve(listener) }()

			protocols := new(http.Protocols)
			protocols.SetHTTP1(!c.h2)
			protocols.SetHTTP2(c.h2)
			protocols.SetUnencryptedHTTP2(c.h2)
			transport := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "a.example"}}
			defer transport.CloseIdleConnections()
			r, _ := http.NewRequest("GET", c.scheme+"://"+listener.Addr().String()+"/v1/version", nil)
			r.Header.Set("Authorization", "Bearer "+testToken)
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode != 200 || (response.ProtoMajor == 2) != c.h2 {
				t.Errorf("%s %d: %s", response.Proto, response.StatusCode, body)
			}
			transport.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := server.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
