// SPDX-License-Identifier: Apache-2.0

// Package proxy takes one exchange from its route to its response: it runs
// the phases of the route's plugins, asks a target, and answers for itself
// when that cannot be done.
package proxy

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A Proxy answers requests by the snapshot that is current when they come.
type Proxy struct {
	current   atomic.Pointer[snapshot.Snapshot]
	exchanges sync.Pool
	unrouted  snapshot.RouteMeter
	log       *slog.Logger
	cut       atomic.Bool // see Cut
}

// New returns a proxy that serves a first snapshot. unrouted meters the
// requests that no route takes.
func New(first *snapshot.Snapshot, unrouted snapshot.RouteMeter, log *slog.Logger) *Proxy {
	p := &Proxy{unrouted: unrouted, log: log}
	p.exchanges.New = func() any { return &exchange{} }
	p.current.Store(first)
	return p
}

// Swap makes a snapshot the one that new requests see.
func (p *Proxy) Swap(s *snapshot.Snapshot) { p.current.Store(s) }

// Current returns the snapshot that new requests see.
func (p *Proxy) Current() *snapshot.Snapshot { return p.current.Load() }

var _ message.Handler = (*Proxy)(nil)

// An exchange is what one request needs, reused from one to the next. Nothing
// of it may be given to whoever can outlive Serve: a transport may still read
// the request's body when the response has ended.
type exchange struct {
	plugin.Exchange
	proxy    *Proxy
	snapshot *snapshot.Snapshot
	route    *snapshot.Route // nil while none is known
	chain    *snapshot.Chain // the cluster's own while no route is known that can run
	stream   message.Stream
	response message.Response // memory for the target's
	forwarding
}

// Serve answers one request.
func (p *Proxy) Serve(ctx context.Context, request *message.Request, stream message.Stream) {
	x := p.exchanges.Get().(*exchange)
	x.proxy, x.snapshot, x.stream = p, p.current.Load(), stream
	x.Begin(ctx, request)
	x.Directory = x.snapshot
	if !x.serve() {
		x.release()
	}
}

// release gives the exchange, which has left its upstream, back for its next use.
func (x *exchange) release() {
	p := x.proxy
	x.Reset()
	x.response.Reset()
	x.proxy, x.snapshot, x.route, x.chain, x.stream = nil, nil, nil, nil, nil
	p.exchanges.Put(x)
}

// serve reports whether the exchange goes on as a tunnel, which ends and
// releases it.
func (x *exchange) serve() (goesOn bool) {
	runs, meter := x.find(), x.proxy.unrouted
	if x.route != nil {
		meter = x.route.Meter
	}
	meter.Begin(&x.Exchange)
	defer func() {
		if !goesOn {
			x.end(meter)
		}
	}()
	if runs {
		x.requestPhase()
		if x.Response == nil {
			x.transportPhase()
		}
		x.responsePhase()
	}
	return x.respond(meter)
}

// end is the last that happens, whatever happened before.
func (x *exchange) end(meter snapshot.RouteMeter) {
	x.leave()
	x.Received += x.stream.Received()
	x.blameStop()
	x.donePhase()
	meter.Done(&x.Exchange)
}
