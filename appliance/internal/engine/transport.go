// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/client"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
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

// TransportOptions are fixed for a [Transport]'s life.
type TransportOptions struct {
	Protocol        Protocol
	TLS             *tls.Config   // for https and grpcs; ServerName is the target's host if empty
	ConnectTimeout  time.Duration // to make a connection, TLS included; 0: none
	ResponseTimeout time.Duration // from the end of the request to the head of the response; 0: none
	StallTimeout    time.Duration // for a target that is silent in the middle of a response; 0: none
	IdleTimeout     time.Duration // for an unused connection; 0: none
	MaxIdle         int           // unused connections of HTTP/1.1 kept
	MaxConnections  int           // of HTTP/2, beyond which requests wait for their turn; 0: 256

	// Dial makes the TCP connection; nil means by the system's resolver.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// A Transport sends requests to one target and keeps its connections.
type Transport struct {
	target  string
	options TransportOptions
	chosen  atomic.Int32 // what the target of https chose last

	http1    *client.Client // for https: of connections on which HTTP/1.1 was chosen
	upgrades *client.Client // for https: of connections that offer nothing but HTTP/1.1; else http1
	http2    *http2.Client

	open, dialled, requests atomic.Int64
}

// What a target has chosen.
const (
	nothing int32 = iota
	choseHTTP1
	choseHTTP2
)

var _ message.RoundTripper = (*Transport)(nil)

// NewTransport returns a transport to a target ("host:port"). It makes no
// connection until it has to.
func NewTransport(target string, options TransportOptions) *Transport {
	t := &Transport{target: target, options: options}
	switch options.Protocol {
	case HTTP:
		t.http1 = t.newHTTP1(t.dial)
		t.upgrades = t.http1
	case HTTPS:
		t.http1 = t.newHTTP1(t.dialChosen(choseHTTP1))
		t.upgrades = t.newHTTP1(t.dialOffering("http/1.1"))
		t.http2 = t.newHTTP2(t.dialChosen(choseHTTP2))
	case GRPCS:
		t.http2 = t.newHTTP2(t.dialOffering("h2"))
	default:
		t.http2 = t.newHTTP2(t.dial)
	}
	return t
}

func (t *Transport) newHTTP1(dial dialer) *client.Client {
	o := t.options
	return client.New(client.Options{
		Target: t.target, Dial: dial, ResponseTimeout: o.ResponseTimeout, StallTimeout: o.StallTimeout, IdleTimeout: o.IdleTimeout, MaxIdle: o.MaxIdle,
	})
}

func (t *Transport) newHTTP2(dial dialer) *http2.Client {
	o := t.options
	return http2.NewClient(http2.ClientOptions{
		Target: t.target, Dial: dial, ResponseTimeout: o.ResponseTimeout, StallTimeout: o.StallTimeout, IdleTimeout: o.IdleTimeout, MaxConnections: o.MaxConnections, Secure: o.Protocol.secure(),
	})
}

// Target returns the address of the target, "host:port".
func (t *Transport) Target() string { return t.target }

// Multiplexes reports whether a connection carries many exchanges at a time. Of
// https it is what the target has chosen last.
func (t *Transport) Multiplexes() bool {
	return t.http2 != nil && t.chosen.Load() != choseHTTP1
}

// TransportStats are a transport's figures.
type TransportStats struct {
	Requests    int64 // exchanges so far
	Connections int64 // open now
	Dialled     int64 // connections made so far
}

// Stats returns the figures as they are now.
func (t *Transport) Stats() TransportStats {
	return TransportStats{Requests: t.requests.Load(), Connections: t.open.Load(), Dialled: t.dialled.Load()}
}

// RoundTrip implements [message.RoundTripper].
func (t *Transport) RoundTrip(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	t.requests.Add(1)
	switch {
	case t.options.Protocol == HTTPS:
		return t.negotiate(ctx, request, response, interim)
	case t.http2 != nil:
		err := t.http2.RoundTrip(ctx, request, response, interim)
		if errors.Is(err, http2.ErrNoConnectProtocol) {
			return &message.TransportError{Phase: message.PhaseRequest, Target: t.target, Err: ErrNoUpgrade}
		}
		return err
	}
	return t.http1.RoundTrip(ctx, request, response, interim)
}

// negotiate sends a request by the protocol that the target has chosen last.
// A new connection on which it chooses another one changes that.
func (t *Transport) negotiate(ctx context.Context, request *message.Request, response *message.Response, interim message.Interim) error {
	if request.Upgrade() != "" {
		return t.upgrades.RoundTrip(ctx, request, response, interim)
	}
	for range 2 {
		var err error
		if t.chosen.Load() == choseHTTP1 {
			err = t.http1.RoundTrip(ctx, request, response, interim)
		} else {
			err = t.http2.RoundTrip(ctx, request, response, interim)
		}
		if !errors.Is(err, errOther) {
			return err
		}
	}
	return &message.TransportError{Phase: message.PhaseTLS, Target: t.target, Err: errors.New("the target chooses another protocol each time"), MayRetry: true}
}

// Close closes the connections that are not in use now, and the others when
// their last exchange ends. Exchanges that begin later are served all the same.
func (t *Transport) Close() {
	if t.http1 != nil {
		t.http1.Close()
	}
	if t.upgrades != nil && t.upgrades != t.http1 {
		t.upgrades.Close()
	}
	if t.http2 != nil {
		t.http2.Close()
	}
}
