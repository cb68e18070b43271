// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Protocol is what a target speaks.
type Protocol string

// The protocols of targets. gRPC is HTTP/2 with or without TLS.
const (
	HTTP  Protocol = "http"  // HTTP/1.1
	HTTPS Protocol = "https" // HTTP/1.1 or HTTP/2 over TLS, as the target chooses
	H2C   Protocol = "h2c"   // HTTP/2 by prior knowledge
	GRPC  Protocol = "grpc"  // the same
	GRPCS Protocol = "grpcs" // HTTP/2 over TLS
)

func (p Protocol) secure() bool { return p == HTTPS || p == GRPCS }
func (p Protocol) http1() bool  { return p == HTTP || p == HTTPS }
func (p Protocol) http2() bool  { return p != HTTP }

// Liveness of HTTP/2 connections to targets: one from which nothing came for
// pingAfter is asked, and given up when it does not answer within pingTimeout.
const (
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
)

// TransportOptions are fixed for a [Transport]'s life.
type TransportOptions struct {
	Protocol        Protocol
	TLS             *tls.Config   // for https and grpcs; ServerName is the target's host if empty
	ConnectTimeout  time.Duration // to make a connection, TLS included; 0: none
	ResponseTimeout time.Duration // from the end of the request to the head of the response; 0: none
	StallTimeout    time.Duration // for a target that is silent in the middle of a response; 0: none
	IdleTimeout     time.Duration // for an unused connection; 0: none
	MaxIdle         int           // unused connections kept; 0: net/http's default of 2

	// Dial makes the connection under TLS; nil means TCP.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Transport sends requests to one target and keeps its connections.
type Transport struct {
	target  string
	options TransportOptions
	main    *http.Transport
	upgrade func() *http.Transport // speaks HTTP/1.1 only

	inFlight, open, dialled, requests atomic.Int64
	closed                            atomic.Bool
}

var _ message.RoundTripper = (*Transport)(nil)

// NewTransport returns a transport to a target ("host:port"). It makes no
// connection until it has to.
func NewTransport(target string, options TransportOptions) *Transport {
	t := &Transport{target: target, options: options}
	t.main = t.newTransport(options.Protocol.http1(), options.Protocol.http2())
	if t.upgrade = func() *http.Transport { return t.main }; options.Protocol == HTTPS {
		t.upgrade = sync.OnceValue(func() *http.Transport { return t.newTransport(true, false) })
	}
	return t
}

func (t *Transport) newTransport(http1, http2 bool) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(http1)
	protocols.SetHTTP2(http2 && t.options.Protocol.secure())
	protocols.SetUnencryptedHTTP2(http2 && !t.options.Protocol.secure())
	return &http.Transport{
		DialContext: t.dial,
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return t.dialTLS(ctx, network, address, protocols)
		},
		Protocols:             &protocols,
		DisableCompression:    true,
		IdleConnTimeout:       t.options.IdleTimeout,
		MaxIdleConnsPerHost:   t.options.MaxIdle,
		ResponseHeaderTimeout: t.options.ResponseTimeout,
		ExpectContinueTimeout: time.Second,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream: streamWindow,
			SendPingTimeout:           pingAfter,
			PingTimeout:               pingTimeout,
		},
	}
}

// Target returns the address of the target, "host:port".
func (t *Transport) Target() string { return t.target }

// InFlight returns how many exchanges are running.
func (t *Transport) InFlight() int64 { return t.inFlight.Load() }

// TransportStats are a transport's figures.
type TransportStats struct {
	InFlight    int64 // exchanges running now
	Requests    int64 // exchanges so far
	Connections int64 // open now
	Dialled     int64 // connections made so far
}

// Stats returns the figures as they are now.
func (t *Transport) Stats() TransportStats {
	return TransportStats{t.inFlight.Load(), t.requests.Load(), t.open.Load(), t.dialled.Load()}
}

// RoundTrip implements [message.RoundTripper]. An error is a [message.TransportError].
// A request that asks for an upgrade carries Connection and Upgrade itself. The
// response's body must be closed, and so must its tunnel.
func (t *Transport) RoundTrip(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	t.requests.Add(1)
	t.inFlight.Add(1)
	attempt := &attempt{transport: t, request: request, interim: interim}
	got, err := attempt.do(ctx)
	if err != nil {
		t.release()
		return err
	}
	*response = *got
	return nil
}

// release ends an exchange.
func (t *Transport) release() {
	if t.inFlight.Add(-1) == 0 && t.closed.Load() {
		t.sweep(time.Millisecond)
	}
}

// Close closes the connections that are not in use now, and the others when
// the last exchange ends. Exchanges that begin later are served all the same.
func (t *Transport) Close() {
	if !t.closed.Swap(true) {
		t.sweep(time.Millisecond)
	}
}

// sweep closes unused connections. One whose last exchange has only just been
// canceled looks used for an instant, so it looks again, less and less often.
func (t *Transport) sweep(again time.Duration) {
	t.main.CloseIdleConnections()
	t.upgrade().CloseIdleConnections()
	if t.inFlight.Load() == 0 && t.open.Load() > 0 {
		time.AfterFunc(again, func() { t.sweep(min(2*again, time.Second)) })
	}
}

func (t *Transport) failure(phase message.Phase, err error) *message.TransportError {
	return &message.TransportError{Phase: phase, Target: t.target, Err: err, MayRetry: phase == message.PhaseConnect || phase == message.PhaseTLS}
}
