// SPDX-License-Identifier: Apache-2.0

// Package e2e_test shows on whole gateways what no part can show alone: that
// traffic does not notice what happens to the configuration and its store.
package e2e_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A site is a gateway with a plaintext listener and one with TLS, a route to
// an HTTP target and one to a gRPC target.
type site struct {
	*gatewaytest.Gateway
	plain, secure string
	web, rpc      string // upstream documents
	authority     *testkit.Authority
}

// newSite makes a gateway serve the site.
func newSite(t *testing.T, g *gatewaytest.Gateway) *site {
	s := &site{Gateway: g, plain: gatewaytest.FreeAddress(t), secure: gatewaytest.FreeAddress(t), authority: testkit.NewAuthority(t)}
	s.web = upstream(testkit.HTTP(t, nil, testkit.EchoHTTP), "http")
	s.rpc = upstream(testkit.GRPC(t), "grpc")
	g.Put(t, "certificate", "main", s.certificate(t))
	g.Put(t, "listener", "plain", `{"address":"`+s.plain+`"}`)
	g.Put(t, "listener", "secure", `{"address":"`+s.secure+`","tls":{"certificates":["main"]}}`)
	g.Put(t, "upstream", "web", s.web)
	g.Put(t, "upstream", "rpc", s.rpc)
	g.Put(t, "route", "web", `{"paths":["/*"],"upstream":"web"}`)
	g.Put(t, "route", "rpc", `{"grpc":[{"service":"grpc.testing.TestService"}],"upstream":"rpc"}`)
	return s
}

// certificate returns a fresh certificate object for localhost.
func (s *site) certificate(t *testing.T) string {
	_, chain, key := s.authority.Issue(t, "localhost", "127.0.0.1")
	b, err := json.Marshal(map[string]string{"certificate": chain, "private_key": key})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func upstream(address, protocol string) string {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf(`{"protocol":%q,"targets":[{"host":%q,"port":%s}]}`, protocol, host, port)
}

// A load is clients that ask one thing after another until it is stopped.
type load struct {
	stopping chan struct{}
	running  sync.WaitGroup
	requests atomic.Int64
	failed   atomic.Pointer[error]
	close    []func()
}

// load puts every protocol to work: HTTP/1.1, HTTP/2 with and without TLS,
// and gRPC.
func (s *site) load(t *testing.T) *load {
	l := &load{stopping: make(chan struct{})}
	t.Cleanup(l.stop)
	secure := &tls.Config{RootCAs: s.authority.Pool(), ServerName: "localhost"}
	l.http("HTTP/1.1", "http://"+s.plain, func(p *http.Protocols) { p.SetHTTP1(true) }, nil)
	l.http("HTTP/2.0", "http://"+s.plain, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, nil)
	l.http("HTTP/1.1", "https://"+s.secure, func(p *http.Protocols) { p.SetHTTP1(true) }, secure)
	l.http("HTTP/2.0", "https://"+s.secure, func(p *http.Protocols) { p.SetHTTP2(true) }, secure)
	conn, err := grpc.NewClient(s.plain, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l.close = append(l.close, func() { conn.Close() })
	service := grpc_testing.NewTestServiceClient(conn)
	l.client(func(ctx context.Context) error {
		_, err := service.UnaryCall(ctx, &grpc_testing.SimpleRequest{ResponseSize: 100})
		return err
	})
	return l
}

func (l *load) http(proto, url string, speak func(*http.Protocols), secure *tls.Config) {
	transport := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: secure.Clone()} // which net/http changes
	speak(transport.Protocols)
	l.close = append(l.close, transport.CloseIdleConnections)
	client := &http.Client{Transport: transport}
	l.client(func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, "GET", url+"/some/path", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(r)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err == nil && (response.StatusCode != 200 || response.Proto != proto) {
			err = fmt.Errorf("%s %s %s", response.Proto, response.Status, body)
		}
		return err
	})
}

// client repeats a request; the first failure of any client is kept.
func (l *load) client(ask func(ctx context.Context) error) {
	l.running.Go(func() {
		for {
			select {
			case <-l.stopping:
				return
			case <-time.After(time.Millisecond): // leave some of the machine to the rest of the test
			}
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			err := ask(ctx)
			cancel()
			if err != nil {
				err = fmt.Errorf("request %d: %w", l.requests.Load(), err)
				l.failed.CompareAndSwap(nil, &err)
				return
			}
			l.requests.Add(1)
		}
	})
}

// check fails the test when a request has failed.
func (l *load) check(t *testing.T) {
	t.Helper()
	if err := l.failed.Load(); err != nil {
		t.Fatal(*err)
	}
}

// flows waits until every client had time for more requests.
func (l *load) flows(t *testing.T) {
	t.Helper()
	for enough, deadline := l.requests.Load()+100, time.Now().Add(30*time.Second); l.requests.Load() < enough; time.Sleep(time.Millisecond) {
		if l.check(t); time.Now().After(deadline) {
			t.Fatal("no traffic")
		}
	}
}

func (l *load) stop() {
	select {
	case <-l.stopping:
		return
	default:
	}
	close(l.stopping)
	l.running.Wait()
	for _, end := range l.close {
		end()
	}
}
