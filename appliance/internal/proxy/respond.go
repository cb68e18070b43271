// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"io"
	"strconv"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// respond sends the response, or joins the two connections after an upgrade.
func (x *exchange) respond() {
	switch {
	case x.Response == nil: // nobody is there to be answered
		x.stream.Reset()
		return
	case x.Response.Tunnel != nil:
		x.tunnel()
		return
	case x.Response.Body != nil:
		x.Response.Body = &responseBody{x.Response.Body, x}
	}
	err := x.guard(func() error { return x.stream.Respond(x.Response) })
	if panicked, ok := errors.AsType[*panicError](err); ok {
		x.proxy.log.Error("reading a response's body panicked", "error", panicked, "stack", panicked.stack)
		x.stream.Reset()
	}
	if err != nil && x.Err == nil {
		x.Err = err
	}
}

// A requestBody counts what is read of a request's body. It is a request's
// own: a transport may hold on to it when the exchange has long been reused.
type requestBody struct {
	io.ReadCloser
	read   atomic.Int64
	failed atomic.Bool // the client broke off
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	if err != nil && err != io.EOF {
		b.failed.Store(true)
	}
	return n, err
}

// A responseBody counts what is sent, and gives a gRPC call whose time passes
// in the middle of its response the status that says so. It is read by
// Stream.Respond alone, which does not outlive the exchange.
type responseBody struct {
	io.ReadCloser
	x *exchange
}

func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.x.Sent += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && b.x.late() && b.x.Request.IsGRPC() {
		err = b.x.endCall(err)
	}
	return n, err
}

// endCall ends a gRPC response in the place of its target, with trailers.
func (x *exchange) endCall(err error) error {
	x.Err = err
	trailer := message.MakeHeader([]message.Field{
		{Name: "grpc-status", Value: strconv.Itoa(plugin.GRPCDeadlineExceeded)},
		{Name: "grpc-message", Value: lateText},
	})
	x.Response.Trailer = &trailer
	return io.EOF
}
