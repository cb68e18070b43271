// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Options of a [Server]. All of them can be changed while it serves.
type Options struct {
	ID      string          // of the listener, for requests and logs
	Handler message.Handler // takes every request
	Log     *slog.Logger    // nil: slog.Default()

	// TLS gives the configuration for a handshake; nil means plaintext. It is
	// asked for every connection, so that certificates change without a new
	// socket. NextProtos are set by the engine.
	TLS func(*tls.ClientHelloInfo) (*tls.Config, error)

	HTTP2          bool          // speak HTTP/2, too
	HeaderTimeout  time.Duration // for the head of a request, TLS handshake included; 0: none
	IdleTimeout    time.Duration // for a connection without a request; 0: none
	MaxHeaderBytes int           // of a request's head; 0: 1 MiB

	StallTimeout      time.Duration // for a client that neither sends nor takes a byte in the middle of a message; 0: none
	TunnelIdleTimeout time.Duration // for an upgraded connection that carries nothing; 0: none
	MaxHeaderFields   int           // fields of a request's head or trailers; 0: 128
	MaxBodyBytes      int64         // of a request's body; 0: no limit
	MaxRequests       int           // on one connection; 0: no limit
	MaxConnections    int           // open at a time; 0: no limit
	MaxTunnels        int           // upgraded connections at a time; 0: no limit
	MaxStreams        int           // of an HTTP/2 connection at a time; 0: 250
	HalfClose         bool          // serve clients that shut down their sending side; without it they count as gone
}

// wiring is the part of the options that net/http fixes for a connection's
// whole life.
type wiring struct {
	http2, secure              bool
	headerTimeout, idleTimeout time.Duration
	maxHeaderBytes             int
}

func (o *Options) wiring() wiring {
	return wiring{o.HTTP2, o.TLS != nil, o.HeaderTimeout, o.IdleTimeout, o.MaxHeaderBytes}
}

func (o *Options) log() *slog.Logger {
	log := o.Log
	if log == nil {
		log = slog.Default()
	}
	return log.With("listener", o.ID)
}
