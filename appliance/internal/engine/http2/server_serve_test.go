// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

type handle func(ctx context.Context, r *message.Request, s message.Stream)

func (h handle) Serve(ctx context.Context, r *message.Request, s message.Stream) { h(ctx, r, s) }

// A listening is a server of the package under test.
type listening struct {
	host    *session.Host
	address string
	served  sync.WaitGroup
}

// listen serves connections until the end of the test.
func listen(t testing.TB, o session.Options, secure bool) *listening {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &listening{host: session.NewHost(o), address: l.Addr().String()}
	var config *tls.Config
	if secure {
		config = &tls.Config{Certificates: []tls.Certificate{certificate(t)}, NextProtos: []string{"h2"}}
	}
	s.served.Go(func() {
		for {
			tcp, err := l.Accept()
			if err != nil {
				return
			}
			s.served.Go(func() { s.serve(tcp.(*net.TCPConn), config, nil) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.host.Drain(ctx) // cuts them off
		s.served.Wait()
	})
	return s
}

// serve serves one connection, of which early has been read already.
func (s *listening) serve(tcp *net.TCPConn, config *tls.Config, early []byte) {
	socket, err := sock.New(tcp)
	if err != nil {
		return
	}
	c := &session.Conn{Host: s.host, Net: socket, Socket: socket}
	c.Remote = tcp.RemoteAddr().(*net.TCPAddr).AddrPort()
	c.Local = tcp.LocalAddr().(*net.TCPAddr).AddrPort()
	defer socket.Close()
	if !s.host.Add(c) {
		return
	}
	defer s.host.Remove(c)
	if config != nil {
		secure := tls.Server(socket, config)
		if secure.Handshake() != nil {
			return
		}
		state := secure.ConnectionState()
		c.Net, c.TLS = secure, &state
	}
	http2.Serve(c, early)
	c.Net.Close()
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// echo answers with the request's body and trailers.
func echo(_ context.Context, r *message.Request, s message.Stream) {
	response := message.Response{Status: 200, Body: r.Body, ContentLength: r.ContentLength, Trailer: r.Trailer}
	_, _ = s.Respond(&response)
}

// plain answers with a text.
func plain(text string) handle {
	return func(_ context.Context, r *message.Request, s message.Stream) {
		response := message.Response{Status: 200, ContentLength: int64(len(text)), Body: io.NopCloser(strings.NewReader(text))}
		response.Header.Add("Content-Type", "text/plain")
		_, _ = s.Respond(&response)
	}
}
