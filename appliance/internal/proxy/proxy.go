// SPDX-License-Identifier: Apache-2.0

// Package proxy takes one exchange from its route to its response: it runs
// the phases of the route's plugins, asks a target, and answers for itself
// when that cannot be done.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A Proxy answers requests by the snapshot that is current when they come.
type Proxy struct {
	current   atomic.Pointer[snapshot.Snapshot]
	exchanges sync.Pool
	unrouted  snapshot.RouteMeter
	log       *slog.Logger
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

// An exchange is what one request needs, reused from one to the next.
type exchange struct {
	plugin.Exchange
	proxy    *Proxy
	snapshot *snapshot.Snapshot
	route    *snapshot.Route // nil while none is known
	chain    *snapshot.Chain // nil while no route is known
	stream   message.Stream
	cancel   context.CancelFunc
	body     countedBody
}

// Serve answers one request.
func (p *Proxy) Serve(ctx context.Context, request *message.Request, stream message.Stream) {
	x := p.exchanges.Get().(*exchange)
	x.proxy, x.snapshot, x.stream = p, p.current.Load(), stream
	x.Context, x.Request, x.Directory = ctx, request, x.snapshot
	x.Start = time.Now()
	x.serve()
	x.release()
}

// release gives the exchange back for its next use.
func (x *exchange) release() {
	p := x.proxy
	x.Reset()
	*x = exchange{Exchange: x.Exchange}
	p.exchanges.Put(x)
}

func (x *exchange) serve() {
	meter := x.proxy.unrouted
	x.find()
	if x.route != nil {
		meter = x.route.Meter
	}
	meter.Begin(&x.Exchange)
	defer func() {
		if x.cancel != nil {
			x.cancel()
		}
		meter.Done(&x.Exchange)
	}()
	if x.route == nil {
		x.respond()
		return
	}
	if x.requestPhase() && x.Response == nil {
		if err := x.chain.Wrap(x).RoundTrip(&x.Exchange); err != nil {
			x.fail(err)
		}
	}
	x.responsePhase()
	x.respond()
	for _, p := range x.chain.Done {
		x.guard(func() error { p.OnDone(&x.Exchange); return nil })
	}
}

// find sets the route, or answers when there is none to take the request.
func (x *exchange) find() {
	x.Client = x.clientAddress()
	if _, err := match.CleanPath(x.Request.Path); err != nil {
		x.Err = err
		x.Answer(400, "the path is ambiguous: "+err.Error())
		return
	}
	entry, params := x.snapshot.Router.Match(x.Request, x.Client)
	if entry == nil {
		x.Err = errNoRoute
		x.Answer(404, "no route takes this request")
		return
	}
	x.route = entry.Value
	x.chain = x.route.Chain
	x.Route = &x.route.Info
	for _, param := range params {
		x.Params = append(x.Params, plugin.Param(param))
	}
	if timeout := x.route.API.Timeout.Std(); timeout > 0 {
		x.Context, x.cancel = context.WithTimeoutCause(x.Context, timeout, errTimeout)
	}
	if body := x.Request.Body; body != nil {
		x.body = countedBody{ReadCloser: body, n: &x.Received}
		x.Request.Body = &x.body
	}
}

var (
	errNoRoute = errors.New("no route takes the request")
	errTimeout = errors.New("the route's timeout has passed")
)

// requestPhase runs the plugins until one answers, and reports whether none
// failed. When one of them finds out who calls, the rest of the chain is that
// of the consumer.
func (x *exchange) requestPhase() bool {
	steps := x.chain.Request
	for i := 0; i < len(steps); i++ {
		step := steps[i]
		known := x.Consumer
		if err := x.guard(func() error { return step.Phase.OnRequest(&x.Exchange) }); err != nil {
			x.Err = fmt.Errorf("plugin %s: %w", step.Name, err)
			x.Answer(500, "the gateway could not process this request")
			return false
		}
		if x.Response != nil {
			return true
		}
		if x.Consumer != nil && x.Consumer != known {
			x.chain = x.snapshot.ChainFor(x.route, x.Consumer)
			steps = x.chain.Request
			for i = 0; i < len(steps) && steps[i].Order <= step.Order; i++ {
			}
			i--
		}
	}
	return true
}

// responsePhase runs the plugins on whatever the response is now.
func (x *exchange) responsePhase() {
	for _, p := range x.chain.Response {
		if x.Response.Tunnel != nil {
			return
		}
		if err := x.guard(func() error { return p.OnResponse(&x.Exchange) }); err != nil {
			x.Err = fmt.Errorf("plugin: %w", err)
			x.discardResponse()
			x.Answer(500, "the gateway could not process this response")
			return
		}
	}
}

func (x *exchange) discardResponse() {
	if x.Response != nil && x.Response.Body != nil {
		_ = x.Response.Body.Close() // nothing of it is wanted
	}
}

// guard turns a plugin's panic into an error: one plugin's fault must not end
// other people's requests.
func (x *exchange) guard(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
			x.proxy.log.Error("a plugin panicked", "route", x.Route.ID, "panic", r, "stack", strings.TrimSpace(string(debug.Stack())))
		}
	}()
	return call()
}
