// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// dial makes a connection that the transport counts.
func (t *Transport) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := t.connectContext(ctx)
	defer cancel()
	return t.connect(ctx, network, address)
}

func (t *Transport) connectContext(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.options.ConnectTimeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, t.options.ConnectTimeout)
}

func (t *Transport) connect(ctx context.Context, network, address string) (net.Conn, error) {
	dial := t.options.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, t.failure(message.PhaseConnect, err)
	}
	t.open.Add(1)
	t.dialled.Add(1)
	return &countedConn{Conn: conn, open: &t.open}, nil
}

func (t *Transport) dialTLS(ctx context.Context, network, address string, protocols http.Protocols) (net.Conn, error) {
	ctx, cancel := t.connectContext(ctx)
	defer cancel()
	conn, err := t.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, t.tlsConfig(protocols))
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, t.failure(message.PhaseTLS, err)
	}
	if negotiated := secure.ConnectionState().NegotiatedProtocol; negotiated != "h2" && !protocols.HTTP1() {
		conn.Close()
		return nil, t.failure(message.PhaseTLS, fmt.Errorf("the target does not offer HTTP/2 (ALPN %q), which %s needs", negotiated, t.options.Protocol))
	}
	return secure, nil
}

func (t *Transport) tlsConfig(protocols http.Protocols) *tls.Config {
	config := new(tls.Config)
	if t.options.TLS != nil {
		config = t.options.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(t.target)
	}
	config.NextProtos = nil
	if protocols.HTTP2() {
		config.NextProtos = append(config.NextProtos, "h2")
	}
	if protocols.HTTP1() {
		config.NextProtos = append(config.NextProtos, "http/1.1")
	}
	return config
}

// A countedConn is an open connection to the target.
type countedConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func (c *countedConn) CloseWrite() error { return closeWrite(c.Conn) }
