// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A dialer makes a connection to the target, at the latest until by. conn is
// the socket itself, or TLS over it.
type dialer = func(ctx context.Context, by sock.Instant) (conn net.Conn, socket *sock.Conn, err error)

// errOther says that the target chose the other protocol on a new connection,
// which was handed to whom speaks it.
var errOther = errors.New("the target chose the other protocol")

// dial makes a connection without TLS.
func (t *Transport) dial(ctx context.Context, by sock.Instant) (net.Conn, *sock.Conn, error) {
	ctx, cancel := t.limit(ctx, by)
	defer cancel()
	socket, err := t.connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	return socket, socket, nil
}

// limit bounds the making of a connection.
func (t *Transport) limit(ctx context.Context, by sock.Instant) (context.Context, context.CancelFunc) {
	now := sock.Now()
	by = by.Earlier(now.After(t.options.ConnectTimeout))
	if by == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(by-now))
}

func (t *Transport) connect(ctx context.Context) (*sock.Conn, error) {
	dial := t.options.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", t.target)
	if err != nil {
		return nil, t.failure(ctx, message.PhaseConnect, err)
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, t.failure(ctx, message.PhaseConnect, fmt.Errorf("a connection of type %T is not one of TCP", conn))
	}
	socket, err := sock.New(tcp)
	if err != nil {
		conn.Close()
		return nil, t.failure(ctx, message.PhaseConnect, err)
	}
	t.open.Add(1)
	t.dialled.Add(1)
	socket.OnClose(func() { t.open.Add(-1) })
	return socket, nil
}

// failure is an error of a connection that could not be made: nobody has seen
// the request.
func (t *Transport) failure(ctx context.Context, phase message.Phase, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		failed := message.GaveUp(context.Cause(ctx))
		failed.Target = t.target
		return failed
	}
	return &message.TransportError{Phase: phase, Target: t.target, Err: err, MayRetry: true}
}

// handshake makes a connection with TLS and returns what ALPN chose.
func (t *Transport) handshake(ctx context.Context, by sock.Instant, offer ...string) (*tls.Conn, *sock.Conn, string, error) {
	ctx, cancel := t.limit(ctx, by)
	defer cancel()
	socket, err := t.connect(ctx)
	if err != nil {
		return nil, nil, "", err
	}
	secure := tls.Client(socket, t.tlsConfig(offer))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = secure.Close()
		return nil, nil, "", t.failure(ctx, message.PhaseTLS, err)
	}
	return secure, socket, secure.ConnectionState().NegotiatedProtocol, nil
}

// dialOffering makes a connection that offers one protocol. A target that does
// not speak ALPN speaks HTTP/1.1.
func (t *Transport) dialOffering(protocol string) dialer {
	return func(ctx context.Context, by sock.Instant) (net.Conn, *sock.Conn, error) {
		conn, socket, chosen, err := t.handshake(ctx, by, protocol)
		if err != nil {
			return nil, nil, err
		}
		if chosen != protocol && (chosen != "" || protocol == "h2") {
			_ = conn.Close()
			return nil, nil, t.failure(ctx, message.PhaseTLS, fmt.Errorf("the target does not offer %s (ALPN %q), which %s needs", spelled(protocol), chosen, t.options.Protocol))
		}
		return conn, socket, nil
	}
}

// dialChosen makes a connection for one of the two protocols of https. If the
// target chooses the other one, the connection is handed over to it, and the
// error is errOther.
func (t *Transport) dialChosen(mine int32) dialer {
	return func(ctx context.Context, by sock.Instant) (net.Conn, *sock.Conn, error) {
		conn, socket, protocol, err := t.handshake(ctx, by, "h2", "http/1.1")
		if err != nil {
			return nil, nil, err
		}
		chosen := choseHTTP1
		if protocol == "h2" {
			chosen = choseHTTP2
		}
		t.chosen.Store(chosen)
		switch {
		case chosen == mine:
			return conn, socket, nil
		case chosen == choseHTTP2:
			t.http2.Adopt(conn, socket)
		default:
			t.http1.Adopt(conn, socket)
		}
		return nil, nil, errOther
	}
}

func (t *Transport) tlsConfig(offer []string) *tls.Config {
	config := new(tls.Config)
	if t.options.TLS != nil {
		config = t.options.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(t.target)
	}
	config.NextProtos = offer
	return config
}

// spelled returns what people call a protocol of ALPN.
func spelled(protocol string) string {
	if protocol == "h2" {
		return "HTTP/2"
	}
	return "HTTP/1.1"
}
