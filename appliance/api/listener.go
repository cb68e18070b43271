// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Listener is an address that the gateway accepts connections on.
type Listener struct {
	Meta
	Address           string          `json:"address" check:"format=listen_address" doc:"Where to listen: \"host:port\", or \":port\" for every address of the node."`
	TLS               *ListenerTLS    `json:"tls,omitzero" doc:"Serve TLS; without it the listener is plaintext and takes HTTP/2 by prior knowledge."`
	HTTP2             bool            `json:"http2" doc:"Whether HTTP/2, and with it gRPC, is spoken beside HTTP/1.1."`
	TrustedProxies    []string        `json:"trusted_proxies,omitzero" check:"unique,format=cidr" doc:"Networks of proxies in front whose X-Forwarded-For is believed, or else their Forwarded (RFC 7239); without any, the peer's address is the client's."`
	Forwarded         string          `json:"forwarded" check:"enum=x_forwarded|forwarded|both|none" doc:"In which fields targets are told of the client: X-Forwarded-For, -Proto and -Host; Forwarded (RFC 7239); both; or none. What clients that are no trusted proxies say there is removed in any case."`
	Via               ViaName         `json:"via,omitzero" doc:"Name of the gateway in the Via field of requests to targets and of their responses (RFC 9110, section 7.6.3); without it none is sent, since some targets change how they answer for it: nginx does not compress for requests with Via unless gzip_proxied says so."`
	HeaderTimeout     schema.Duration `json:"header_timeout" check:"min=10ms,max=10m" doc:"How long a client may take to send the head of a request, the TLS handshake included."`
	IdleTimeout       schema.Duration `json:"idle_timeout" check:"min=100ms,max=24h" doc:"How long a connection may stay open without a request."`
	StallTimeout      schema.Duration `json:"stall_timeout" check:"min=100ms,max=24h" doc:"How long a client may neither send nor take a byte in the middle of a message."`
	TunnelIdleTimeout schema.Duration `json:"tunnel_idle_timeout,omitzero" check:"min=100ms,max=168h" doc:"How long an upgraded connection, such as a WebSocket, may carry nothing in either direction; without it as long as it wants."`
	HalfClose         *bool           `json:"half_close,omitzero" doc:"Serve clients that shut down their sending side and wait for the answer; without it such a client counts as gone."`
	MaxHeaderBytes    int             `json:"max_header_bytes" check:"min=1024,max=1048576" doc:"Size limit of a request's head, in bytes."`
	MaxHeaderFields   int             `json:"max_header_fields" check:"min=8,max=1024" doc:"How many fields the head of a request may have, and its trailers."`
	MaxBodyBytes      int64           `json:"max_body_bytes,omitzero" check:"min=1" doc:"Size limit of a request's body, in bytes; without it there is none."`
	MaxRequests       int             `json:"max_requests,omitzero" check:"min=1" doc:"How many requests a connection may carry before it is closed; without it as many as come."`
	MaxConnections    int             `json:"max_connections,omitzero" check:"min=1" doc:"How many connections may be open at a time; without it as many as the node has file descriptors for. More are closed as soon as they come."`
	MaxTunnels        int             `json:"max_tunnels,omitzero" check:"min=1" doc:"How many upgraded connections, such as WebSockets, may be open at a time; without it as many as come. More are refused."`
	MaxStreams        int             `json:"max_streams" check:"min=1,max=10000" doc:"How many requests an HTTP/2 connection may carry at a time."`
}

// Values of forwarded.
const (
	ForwardedX     = "x_forwarded" // X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host
	ForwardedField = "forwarded"   // Forwarded
	ForwardedBoth  = "both"
	ForwardedNone  = "none"
)

// ListenerTLS says how a listener speaks TLS.
type ListenerTLS struct {
	Certificates []string      `json:"certificates" check:"min=1,unique,ref=certificate" doc:"Certificates to choose from by the server name that the client asks for; the first one answers when none fits."`
	MinVersion   string        `json:"min_version" check:"enum=1.2|1.3" doc:"Lowest TLS version accepted."`
	Ciphers      []CipherSuite `json:"ciphers,omitzero" check:"min=1,unique" doc:"Cipher suites of TLS 1.2 that may be used, by their IANA names, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; without it all that are safe. RSA and ECDSA are the kinds of the certificate's key. The suites of TLS 1.3 cannot be chosen."`
	ClientCA     string        `json:"client_ca,omitzero" check:"format=pem_certificate" doc:"PEM bundle of the authorities that clients' certificates are checked with; with it, clients are asked for one."`
	ClientAuth   string        `json:"client_auth,omitzero" check:"enum=require|optional" doc:"Whether a client must have a certificate; only with client_ca, where require is the default. What a client presents must be valid either way."`
}

// Values of client_auth.
const (
	ClientAuthRequire  = "require"
	ClientAuthOptional = "optional"
)

// SetDefaults gives a fresh value its defaults.
func (t *ListenerTLS) SetDefaults() { t.MinVersion = TLS12 }

// Validate holds the rules across fields.
func (t *ListenerTLS) Validate() error {
	var errs schema.Errors
	if len(t.Ciphers) > 0 && t.MinVersion == TLS13 {
		errs = append(errs, schema.At("ciphers", `are of TLS 1.2, which min_version "1.3" refuses; leave one of the two out`))
	}
	if t.ClientAuth != "" && t.ClientCA == "" {
		errs = append(errs, schema.At("client_auth", "needs client_ca, the authorities that clients' certificates are checked with"))
	}
	return errs.Err()
}

func defaultListener() Listener {
	return Listener{
		HTTP2:           true,
		Forwarded:       ForwardedX,
		HeaderTimeout:   schema.Duration(10 * time.Second),
		IdleTimeout:     schema.Duration(75 * time.Second),
		StallTimeout:    schema.Duration(60 * time.Second),
		MaxHeaderBytes:  64 << 10,
		MaxHeaderFields: 128,
		MaxStreams:      250,
	}
}

// Validate holds the rules across fields.
func (l *Listener) Validate() error {
	if l.TLS == nil || len(l.TLS.Ciphers) == 0 || !l.HTTP2 || slices.ContainsFunc(l.TLS.Ciphers, CipherSuite.forHTTP2) {
		return nil
	}
	return schema.At("tls.ciphers", "have none that HTTP/2 allows (RFC 9113, appendix A): add one with GCM or CHACHA20_POLY1305, or set http2 to false")
}

// Claims holds the address, in one spelling: two listeners cannot share it.
func (l *Listener) Claims() []string {
	address := l.Address
	if a, err := netip.ParseAddrPort(address); err == nil {
		address = a.String()
		if a.Addr().IsUnspecified() { // 0.0.0.0 and [::] are every address, as nothing is
			address = fmt.Sprintf(":%d", a.Port())
		}
	} else if port, ok := strings.CutPrefix(address, ":"); ok {
		address = ":" + strings.TrimLeft(port, "0")
	}
	return []string{"listener/address/" + address}
}
