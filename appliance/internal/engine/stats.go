// SPDX-License-Identifier: Apache-2.0

package engine

import "sync/atomic"

type counts struct {
	accepted, connections, exchanges, requests, tunnels, panics atomic.Int64
}

// Stats are a server's figures.
type Stats struct {
	Accepted    int64 // connections accepted so far
	Connections int64 // open now, tunnels excluded
	Requests    int64 // requests so far
	Exchanges   int64 // requests being served now, tunnels included
	Tunnels     int64 // upgraded connections open now
	Panics      int64 // handlers that panicked so far
}

// Stats returns the figures as they are now.
func (s *Server) Stats() Stats {
	return Stats{
		Accepted:    s.counts.accepted.Load(),
		Connections: s.counts.connections.Load(),
		Requests:    s.counts.requests.Load(),
		Exchanges:   s.counts.exchanges.Load(),
		Tunnels:     s.counts.tunnels.Load(),
		Panics:      s.counts.panics.Load(),
	}
}
