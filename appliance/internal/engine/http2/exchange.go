// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"strconv"
	"sync/atomic"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An exchange is one request of a client and the answer to it.
type exchange struct {
	stream
	server  *server
	line    life.Line
	request message.Request
	body    requestBody
	stage   stage // of the handler's goroutine
	patient bool  // it may be quiet for as long as it likes: a gRPC call
	source  *call // what the response was relayed from, to a good end

	expects bool // the client waits for 100 Continue; guarded by c.mu

	tunnelled atomic.Bool
	active    atomic.Int64 // of a tunnel: when it carried something last
}

// A stage says what became of an exchange's response.
type stage uint8

const (
	unanswered stage = iota
	responded
	upgraded
	broken // the client must not take what came for the whole
)

var _ message.Stream = (*exchange)(nil)

// run serves the exchange.
func (x *exchange) run() {
	server := x.server
	panicked := server.session.Handle(&x.line, &x.request, x)
	var o outgoing
	if panicked {
		x.recovered()
	}
	switch x.stage {
	case unanswered, broken:
		x.reset(http2.ErrCodeInternal, errUnanswered, &o)
	case responded:
		if !x.in.closed.Load() {
			// RFC 9113, section 8.1: the rest of the request is not wanted.
			x.reset(http2.ErrCodeNo, errStreamClosed, &o)
		}
	case upgraded:
	}
	if x.stage != upgraded {
		x.closeIn(ErrBodyClosed, &o)
		x.forget(&o)
	}
	o.flush(true)
	if !panicked {
		x.release()
	}
	server.end()
}

// unwanted reports whether the client has reset the stream before its handler was
// to run, and ends the exchange then. To ask for something and take it back in
// the same breath is what floods do (rapid reset, CVE-2023-44487): no target is to
// hear of it.
func (x *exchange) unwanted() bool {
	if x.line.Err() == nil {
		return false
	}
	var o outgoing
	x.closeIn(ErrBodyClosed, &o)
	x.forget(&o)
	o.flush(true)
	x.server.end()
	return true
}

var errUnanswered = &streamError{code: http2.ErrCodeInternal, reason: "the request was not answered"}

// recovered answers for a handler that panicked.
func (x *exchange) recovered() {
	if x.stage == upgraded {
		return // whoever has the tunnel closes it
	}
	if x.stage != unanswered {
		x.stage = broken
		return
	}
	failure := message.Response{Status: 500}
	if x.request.IsGRPC() {
		failure.Status = 200
		failure.Header.Add("content-type", "application/grpc")
		failure.Header.Add("grpc-status", "13") // INTERNAL
		failure.Header.Add("grpc-message", "internal error of the gateway")
	}
	_, _ = x.Respond(&failure) // the client is gone if it fails
}

// refuse answers without a handler. The reader calls it.
func (x *exchange) refuse(status int, end bool, o *outgoing) {
	x.server.session.Host.Refuse(status)
	if end {
		x.in.closed.Store(true)
	}
	c := x.c
	c.mu.Lock()
	c.beginHead()
	c.field(":status", strconv.Itoa(status))
	c.field("content-length", "0")
	c.endHead(&x.stream, true)
	c.unlock(o)
	if !end {
		x.reset(http2.ErrCodeNo, errStreamClosed, o)
	}
	x.closeIn(errStreamClosed, o)
}

// Received implements [message.Stream].
func (x *exchange) Received() int64 { return x.in.read.Load() }

// Reset implements [message.Stream].
func (x *exchange) Reset() {
	x.stage = broken
	var o outgoing
	x.reset(http2.ErrCodeInternal, errUnanswered, &o)
	o.flush(false)
}

// A requestBody is the body of a client's request.
type requestBody struct {
	x      *exchange
	closed atomic.Bool
	waits  atomic.Bool // the client waits for 100 Continue
}

// Read implements io.Reader. It returns a [message.ClientError] when the
// client fails.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, ErrBodyClosed
	}
	var o outgoing
	b.invite(&o)
	o.flush(false)
	n, err := b.x.readIn(p, &o)
	o.flush(false)
	return n, clientError("read", err)
}

// Buffered implements buffered.
func (b *requestBody) Buffered() int {
	in := &b.x.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err != nil {
		return max(1, in.queue.size)
	}
	return in.queue.size
}

// invite has the client told to send the body, once.
func (b *requestBody) invite(o *outgoing) {
	if b.waits.Load() && b.waits.Swap(false) {
		b.x.invite(o)
	}
}

// Close makes every later Read fail. The rest of the body is refused when the
// handler returns.
func (b *requestBody) Close() error {
	b.closed.Store(true)
	return nil
}

// inbound implements relayable.
func (b *requestBody) inbound() *stream {
	if b.closed.Load() {
		return nil
	}
	var o outgoing
	b.invite(&o)
	o.flush(false)
	return &b.x.stream
}
