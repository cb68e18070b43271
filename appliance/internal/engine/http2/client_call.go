// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A call is one request on one connection, and the body of its response.
type call struct {
	s       stream
	client  *Client
	p       *pooled
	ctx     context.Context
	sending *sending // until open returns
	method  string
	upgrade string // what an extended CONNECT asks for; "" for other requests
	key     string // of an HTTP/1.1 client's WebSocket handshake
	reused  bool   // the connection had carried requests before
	pump    *pump  // of the request's body; nil: it needs none
	stop    func() bool
	hooked  bool // the context tells by LineEnded, not by stop's function
	over    atomic.Bool

	wake atomic.Int64 // when the connection's reader has to look at it, in Instants; 0: not

	// What follows is guarded by s.in.mu.
	response *message.Response // nil once nobody waits for it
	answered bool              // the head has come
	whole    bool              // nothing follows on it
	tunnel   bool
	interims []interim
	informed int
	source   error // why the request's body broke off
	clock
}

// An interim is a 1xx response that waits for whoever passes it on.
type interim struct {
	status int
	header message.Header
}

// open opens a stream on the connection and sends what is there of the request.
func (x *call) open() error {
	s, c := x.sending, x.p.c
	x.method, x.upgrade, x.key = s.request.Method, s.upgrade, s.key
	if x.upgrade != "" {
		if err := x.settled(s.request.Deadline); err != nil {
			return err
		}
	}
	var o outgoing
	c.mu.Lock()
	if err := x.register(s.size); err != nil {
		c.unlock(&o)
		o.flush(false)
		return err
	}
	c.beginHead()
	for _, f := range s.fields {
		c.field(f.Name, f.Value)
	}
	c.endHead(&x.s, s.kind == noBody && s.upgrade == "")
	if s.kind == heldBody {
		more := s.hasTrailer() || len(s.held) == 0 // a body may be empty and still end by itself
		x.s.append(s.held, !more)
		if more {
			x.s.finish(s.trailer)
		}
	}
	sent := x.s.out.closed
	c.unlock(&o)
	switch s.kind {
	case relayedBody:
		relay(s.from, &x.s, x.sourceFailed, &o)
	case pumpedBody:
		x.pump = &pump{x: x, body: s.request.Body, left: s.request.ContentLength, trailer: s.trailer}
	}
	x.sending = nil
	x.watch(s.request.Deadline, sent)
	o.flush(true)
	if x.pump != nil {
		c.workers.do(x.pump)
	}
	return nil
}

// register makes the call's stream one of the connection. size is that of its
// head, as SETTINGS_MAX_HEADER_LIST_SIZE counts. The caller holds c.mu.
func (x *call) register(size int) error {
	c := x.p.c
	if c.err != nil || c.closing || x.p.retired.Load() || c.streams.len() >= int(c.peer.maxStreams) {
		return errNotOpen
	}
	if size > int(c.peer.maxList) {
		return fmt.Errorf("its head has %d bytes, of which the target takes %d", size, c.peer.maxList)
	}
	id := c.takeID()
	if id == 0 {
		x.p.retired.Store(true) // it ends with its last stream
		x.p.limit.Store(0)
		return errNotOpen
	}
	x.s.init(c, id)
	x.s.owner = x
	x.reused = x.p.served.Load()
	c.add(&x.s)
	return nil
}

// settled waits until it is known whether the target takes extended CONNECT: at
// most until the exchange must be over, and as long as for a response.
func (x *call) settled(deadline time.Time) error {
	select {
	case <-x.p.settled:
	default:
		var late <-chan time.Time
		now := sock.Now()
		if by := sock.At(deadline).Earlier(now.After(x.client.options.ResponseTimeout)); by != 0 {
			timer := time.NewTimer(time.Duration(by - now))
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-x.p.settled:
		case <-x.ctx.Done():
			return errNotOpen // the caller finds out why
		case <-late:
			return errNoResponse
		}
	}
	x.p.c.mu.Lock()
	defer x.p.c.mu.Unlock()
	if !x.p.c.peer.connect && x.p.c.err == nil {
		return ErrNoConnectProtocol
	}
	return nil
}

// await waits for the head of the response, and passes on interim ones.
func (x *call) await(to message.Interim) *message.TransportError {
	in := &x.s.in
	in.mu.Lock()
	for {
		for !x.answered && in.err == nil && len(x.interims) == 0 {
			in.wake.Wait()
		}
		if len(x.interims) == 0 {
			break
		}
		list := x.interims
		x.interims = nil
		in.mu.Unlock()
		for i := range list {
			if to != nil {
				_ = to.Inform(list[i].status, &list[i].header) // the response goes on
			}
		}
		in.mu.Lock()
	}
	response, answered, whole, tunnel, err := x.response, x.answered, x.whole, x.tunnel, in.err
	x.response = nil
	in.mu.Unlock()
	switch {
	case !answered:
		failed := x.failure(err)
		x.finish()
		return failed
	case tunnel:
		response.Tunnel = &targetTunnel{x: x}
	case whole:
		x.finish()
	default:
		response.Body = x
	}
	return nil
}

// failure says in which phase a call failed that got no response.
func (x *call) failure(err error) *message.TransportError {
	x.s.in.mu.Lock()
	source := x.source
	x.s.in.mu.Unlock()
	failed := &message.TransportError{Phase: message.PhaseHead, Reused: x.reused, Err: err}
	var late *timeoutError
	switch {
	case causeOf(x.ctx) != nil:
		failed.Phase, failed.Err = message.PhaseCanceled, causeOf(x.ctx)
		return failed
	case source != nil:
		failed.Phase, failed.Err = message.PhaseBody, source
		return failed
	case errors.Is(err, errUnsent):
		failed.Phase = message.PhaseWrite
		return failed
	case errors.As(err, &late):
		failed.Phase = message.PhaseTimeout
		return failed
	}
	if x.intact() {
		failed.MayRetry = x.unprocessed() || x.reused && idempotent(x.method) && x.p.c.ended()
	}
	return failed
}

// intact reports whether the request's body can still be sent from its start.
func (x *call) intact() bool {
	return x.pump == nil && x.s.out.source == nil
}

// unprocessed reports whether the target has not acted on the request
// (RFC 9113, section 8.7).
func (x *call) unprocessed() bool {
	x.s.in.mu.Lock()
	err := x.s.in.err
	x.s.in.mu.Unlock()
	var unseen *unprocessedError
	var reset *streamError
	return errors.As(err, &unseen) || errors.As(err, &reset) && reset.remote && reset.code == http2.ErrCodeRefusedStream
}

// ended reports whether the connection has ended.
func (c *conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil || c.closing
}

// idempotent methods may be sent again (RFC 9110, section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// finish ends the call: what is not over on either side is reset.
func (x *call) finish() {
	if x.over.Swap(true) {
		return
	}
	x.wake.Store(0)
	if x.hooked {
		life.Of(x.ctx).Unhook((*lineEnd)(x))
	}
	if x.stop != nil {
		x.stop()
	}
	in, c := &x.s.in, x.p.c
	in.mu.Lock()
	x.line = nil
	in.queue.clear()
	in.mu.Unlock()
	c.mu.Lock()
	c.leave(&x.s)
	open := c.streams.get(x.s.id) == &x.s
	c.mu.Unlock()
	if open {
		x.abort(errCanceled)
	}
	if x.pump != nil {
		x.pump.end()
	}
	x.p.release()
}

// abort resets the stream.
func (x *call) abort(why error) {
	var o outgoing
	x.s.reset(http2.ErrCodeCancel, why, &o)
	o.flush(false)
}

// sourceFailed ends the call because the request's body broke off.
func (x *call) sourceFailed(err error) {
	var client *message.ClientError
	if !errors.As(err, &client) {
		err = &message.ClientError{Op: "read", Err: err}
	}
	x.s.in.mu.Lock()
	x.source = err
	x.s.in.mu.Unlock()
	x.abort(errCanceled)
}

// Read implements io.Reader: the body of the response. When io.EOF has come, so
// have the trailers.
func (x *call) Read(p []byte) (int, error) {
	var o outgoing
	n, err := x.s.readIn(p, &o)
	o.flush(false)
	if err != nil && !errors.Is(err, io.EOF) {
		err = x.fault(err)
	}
	return n, err
}

// Close implements io.Closer. Before the end of the body, it resets the stream.
func (x *call) Close() error {
	x.finish()
	return nil
}

// inbound implements relayable.
func (x *call) inbound() *stream {
	if x.over.Load() {
		return nil
	}
	return &x.s
}

// fault is what a body's reader is told of a stream that broke off.
func (x *call) fault(err error) error {
	return &message.TransportError{Phase: message.PhaseResponse, Target: x.client.options.Target, Reused: x.reused, Err: err}
}

// causeOf returns why a context has ended, nil if it has not.
func causeOf(ctx context.Context) error {
	if line := life.Of(ctx); line != nil {
		return line.Cause()
	}
	return context.Cause(ctx)
}

// A canceledError says that the exchange's context has ended.
type canceledError struct{ cause error }

func (e *canceledError) Error() string { return e.cause.Error() }
func (e *canceledError) Unwrap() error { return e.cause }
