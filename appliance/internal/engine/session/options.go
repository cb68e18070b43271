// SPDX-License-Identifier: Apache-2.0

package session

import (
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Options are what the connections of a listener go by. All of them can be
// changed while it serves.
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
	MaxHeaderBytes int           // of a request's head; 0: 64 KiB

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

// complete fills in what 0 stands for.
func (o Options) complete() *Options {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = o.Log.With("listener", o.ID)
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = 64 << 10
	}
	if o.MaxHeaderFields == 0 {
		o.MaxHeaderFields = 128
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = 250
	}
	return &o
}
