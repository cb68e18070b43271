// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
)

// userAgent is what probes call themselves.
const userAgent = "penstock-health/1"

// A dialer makes TCP connections.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// A prober asks one target whether it is well.
type prober interface {
	// probe returns nil if the target is well, and else why it is not, in words
	// for people. It has returned before it is called again. What it says of
	// a probe whose context has ended means nothing.
	probe(ctx context.Context, deadline time.Time) error

	// close lets go of connections, those of a probe that is running with its end.
	close()
}

// newProber returns what asks the target at the address in the spec's way.
func newProber(address string, s Spec, dial dialer) (prober, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("the target's address %q is none: %w", address, err)
	}
	if s.Check.Port != 0 {
		port = strconv.Itoa(s.Check.Port)
	}
	address = net.JoinHostPort(host, port)
	switch s.Check.Type {
	case api.CheckHTTP:
		return newHTTPProber(address, s, dial), nil
	case api.CheckTCP:
		return newTCPProber(address, s, dial), nil
	case api.CheckGRPC:
		return newGRPCProber(address, s, dial), nil
	}
	return nil, fmt.Errorf("there is no check of type %q", s.Check.Type)
}

// refused is the prober of a target that cannot be asked.
type refused struct{ err error }

func (r refused) probe(context.Context, time.Time) error { return r.err }
func (r refused) close()                                 {}

// secure reports whether an upstream's protocol is over TLS.
func secure(protocol string) bool {
	return protocol == api.ProtocolHTTPS || protocol == api.ProtocolGRPCS
}

// idleTimeout is how long the connection of a check waits for the next one.
const idleTimeout = 90 * time.Second

// newTransport returns the connections of one check: the one that is kept
// belongs to nobody else.
func newTransport(address string, protocol engine.Protocol, s Spec, dial dialer) *engine.Transport {
	return engine.NewTransport(address, engine.TransportOptions{
		Protocol: protocol, TLS: s.TLS, Dial: dial, MaxIdle: 1,
		ConnectTimeout: s.Check.Timeout.Std(), IdleTimeout: idleTimeout,
	})
}

// tlsFor returns what a TCP check's handshake is made with.
func tlsFor(address string, s Spec) *tls.Config {
	config := new(tls.Config)
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	config.NextProtos = []string{"h2", "http/1.1"}
	if s.Protocol == api.ProtocolGRPCS {
		config.NextProtos = []string{"h2"}
	}
	return config
}
