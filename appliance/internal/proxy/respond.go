// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"io"
	"sync/atomic"
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
		x.Response.Body = &responseBody{x.Response.Body, &x.Sent}
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

// A responseBody adds what is read of it to a count. It is read by
// Stream.Respond alone, which does not outlive the exchange.
type responseBody struct {
	io.ReadCloser
	sent *int64
}

func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	*b.sent += int64(n)
	return n, err
}
