// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// respond sends the response, or joins the two connections after an upgrade,
// which goes on then.
func (x *exchange) respond(meter snapshot.RouteMeter) (goesOn bool) {
	switch {
	case x.Response == nil: // nobody is there to be answered
		x.stream.Reset()
		return false
	case x.Response.Tunnel != nil:
		return x.tunnel(meter)
	case x.Response.Body != nil && x.Request.IsGRPC():
		x.Response.Mender = x
	}
	err := x.guard(func() (err error) {
		x.Sent, err = x.stream.Respond(x.Response)
		return err
	})
	if panicked, ok := errors.AsType[*panicError](err); ok {
		x.proxy.log.Error("reading a response's body panicked", "error", panicked, "stack", panicked.stack)
		x.stream.Reset()
	}
	if err != nil && x.Err == nil {
		x.Err = err
	}
	return false
}

var _ message.Mender = (*exchange)(nil)

// Mend ends a gRPC call whose response broke off in the place of its target:
// because its time has passed, or because the target was lost. A target that has
// canceled the call is taken at its word.
func (x *exchange) Mend(err error) *message.Header {
	code, text := plugin.GRPCUnavailable, "the upstream broke off in the middle of its response"
	switch {
	case x.late():
		code, text = plugin.GRPCDeadlineExceeded, lateText
	case errors.Is(err, message.ErrCanceledByTarget), x.ClientContext().Err() != nil:
		return nil
	}
	x.Err = err
	trailer := message.MakeHeader([]message.Field{
		{Name: "grpc-status", Value: strconv.Itoa(code)},
		{Name: "grpc-message", Value: text},
	})
	return &trailer
}
