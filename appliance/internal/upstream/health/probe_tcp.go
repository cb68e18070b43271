// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A tcpProber makes a connection, and the TLS handshake if the upstream's
// protocol is over TLS, and closes it.
type tcpProber struct {
	address string
	tls     *tls.Config // nil without TLS
	dial    dialer
	timeout time.Duration
}

func newTCPProber(address string, s Spec, dial dialer) *tcpProber {
	p := &tcpProber{address: address, dial: dial, timeout: s.Check.Timeout.Std()}
	if secure(s.Protocol) {
		p.tls = tlsFor(address, s)
	}
	return p
}

func (p *tcpProber) probe(ctx context.Context, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	conn, err := p.dial(ctx, "tcp", p.address)
	if err != nil {
		return p.failed(message.PhaseConnect, err)
	}
	defer conn.Close()
	if p.tls == nil {
		return nil
	}
	over := tls.Client(conn, p.tls)
	if err := over.HandshakeContext(ctx); err != nil {
		return p.failed(message.PhaseTLS, err)
	}
	_ = over.Close() // with its alert, so that the target sees an end and no break
	return nil
}

func (p *tcpProber) failed(phase message.Phase, err error) error {
	return explain(&message.TransportError{Phase: phase, Err: err}, p.timeout)
}

func (p *tcpProber) close() {}
