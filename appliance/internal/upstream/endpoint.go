// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"crypto/sha256"
	"slices"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
)

// An endpoint is the connections to an address, shared by the pools that
// follow each other.
type endpoint struct {
	address   string
	transport *engine.Transport
	pools     atomic.Int64 // that hold it; at 0 it is closed for good
}

func newEndpoint(address string, s settings, tr *trust, env Env) *endpoint {
	e := &endpoint{address: address, transport: engine.NewTransport(address, engine.TransportOptions{
		Protocol:        engine.Protocol(s.protocol),
		TLS:             tr.config(),
		ConnectTimeout:  s.connect,
		ResponseTimeout: s.response,
		StallTimeout:    s.stall,
		IdleTimeout:     s.idle,
		MaxIdle:         s.maxIdle,
		MaxConnections:  s.maxConnections,
		Dial:            env.Dial,
	})}
	e.pools.Store(1)
	return e
}

// acquire reports whether the endpoint is still open for one more pool.
func (e *endpoint) acquire() bool {
	for {
		n := e.pools.Load()
		if n == 0 {
			return false
		}
		if e.pools.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (e *endpoint) release() {
	if e.pools.Add(-1) == 0 {
		e.transport.Close()
	}
}

// settings are how targets are spoken to. Pools with equal settings share
// connections.
type settings struct {
	protocol                       string
	serverName, ca, minVersion     string
	skipVerify                     bool
	clientCertificate              [sha256.Size]byte // of its chain, the first of which fixes the key; zero: none
	connect, response, stall, idle time.Duration
	maxIdle, maxConnections        int
}

func settingsOf(u *api.Upstream, env Env) settings {
	s := settings{
		protocol: u.Protocol,
		connect:  u.ConnectTimeout.Std(),
		response: u.ResponseTimeout.Std(),
		stall:    u.StallTimeout.Std(),
		idle:     u.IdleTimeout.Std(),
		maxIdle:  u.MaxIdle,
	}
	if u.Limits != nil {
		s.maxConnections = u.Limits.MaxConnections
	}
	if u.TLS != nil {
		s.serverName, s.ca, s.minVersion = u.TLS.ServerName, u.TLS.CACertificate, u.TLS.MinVersion
		s.skipVerify = u.TLS.InsecureSkipVerify != nil && *u.TLS.InsecureSkipVerify
	}
	if c := env.ClientCertificate; c != nil {
		s.clientCertificate = sha256.Sum256(slices.Concat(c.Certificate...))
	}
	return s
}
