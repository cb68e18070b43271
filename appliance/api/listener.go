// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Listener is an address that the gateway accepts connections on.
type Listener struct {
	Meta
	Address        string          `json:"address" check:"format=listen_address" doc:"Where to listen: \"host:port\", or \":port\" for every address of the node."`
	TLS            *ListenerTLS    `json:"tls,omitzero" doc:"Serve TLS; without it the listener is plaintext and takes HTTP/2 by prior knowledge."`
	HTTP2          bool            `json:"http2" doc:"Whether HTTP/2, and with it gRPC, is spoken beside HTTP/1.1."`
	TrustedProxies []string        `json:"trusted_proxies,omitzero" check:"unique,format=cidr" doc:"Networks of proxies in front whose X-Forwarded-For is believed; without any, the peer's address is the client's."`
	HeaderTimeout  schema.Duration `json:"header_timeout" check:"min=10ms,max=10m" doc:"How long a client may take to send the head of a request."`
	IdleTimeout    schema.Duration `json:"idle_timeout" check:"min=100ms,max=24h" doc:"How long a connection may stay open without a request."`
	MaxHeaderBytes int             `json:"max_header_bytes" check:"min=1024,max=1048576" doc:"Size limit of a request's head, in bytes."`
}

// ListenerTLS says how a listener speaks TLS.
type ListenerTLS struct {
	Certificates []string `json:"certificates" check:"min=1,unique,ref=certificate" doc:"Certificates to choose from by the server name that the client asks for; the first one answers when none fits."`
	MinVersion   string   `json:"min_version" check:"enum=1.2|1.3" doc:"Lowest TLS version accepted."`
}

// SetDefaults gives a fresh value its defaults.
func (t *ListenerTLS) SetDefaults() { t.MinVersion = "1.2" }

func defaultListener() Listener {
	return Listener{
		HTTP2:          true,
		HeaderTimeout:  schema.Duration(10 * time.Second),
		IdleTimeout:    schema.Duration(75 * time.Second),
		MaxHeaderBytes: 64 << 10,
	}
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
