// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

var (
	errNoRoute  = errors.New("no route takes the request")
	errProtocol = errors.New("a tunnel of HTTP or TLS leads past the routes")
	errBlocked  = errors.New("the route cannot run on this node; the problems of its configuration say why")
)

// find sets the route. It answers and returns false when there is none to
// take the request, or it cannot run.
func (x *exchange) find() bool {
	x.Client = x.clientAddress()
	x.chain = x.snapshot.Unrouted
	if _, err := match.CleanPath(x.Request.Path); err != nil {
		x.Err = err
		x.Answer(400, "the path is ambiguous: "+err.Error())
		x.Response.Close = true
		return false
	}
	entry, params := x.snapshot.Router.Match(x.Request, x.Client)
	if entry == nil {
		x.Err = errNoRoute
		x.Answer(404, "no route takes this request")
		return false
	}
	x.route = entry.Value
	x.Route = &x.route.Info
	if x.route.Blocked {
		x.Err = errBlocked
		x.Answer(503, "this route cannot be served now")
		return false
	}
	x.chain = x.route.Chain
	for _, param := range params {
		x.Params = append(x.Params, plugin.Param(param))
	}
	x.bound()
	if protocol := x.Request.Protocol; protocol != "" && !mayUpgrade(protocol) {
		x.Err = errProtocol
		x.Answer(501, "a tunnel of this protocol would lead past the routes")
		return false
	}
	x.takeOver()
	return true
}

// bound sets when the exchange must be over: when the route's timeout has
// passed, or the deadline of a gRPC call if that is earlier: a target that does not keep
// to it must not hold the client, nor the gateway.
func (x *exchange) bound() {
	timeout := x.route.API.Timeout.Std()
	if x.Request.IsGRPC() {
		if t, ok := grpcTimeout(x.Request.Header.Get(grpcTimeoutField)); ok && (timeout == 0 || t < timeout) {
			timeout = max(t, time.Nanosecond)
		}
	}
	if timeout > 0 {
		x.Request.Deadline = x.Start.Add(timeout)
	}
}
