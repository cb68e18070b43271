// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// clientError wraps what went wrong on the client's side, but for io.EOF.
func clientError(op string, err error) error {
	if err == nil || isEnd(err) { // without what follows, which allocates
		return err
	}
	return asClientError(op, err)
}

func asClientError(op string, err error) error {
	var have *message.ClientError
	if errors.Is(err, io.EOF) || errors.As(err, &have) {
		return err
	}
	return &message.ClientError{Op: op, Err: err}
}

// Inform implements [message.Stream].
func (x *exchange) Inform(status int, header *message.Header) error {
	if x.stage != unanswered {
		return ErrResponded
	}
	if status < 100 || status > 199 || status == 101 {
		return fmt.Errorf("%d is not the status of an interim response", status)
	}
	var o outgoing
	defer o.flush(true)
	x.c.mu.Lock()
	defer x.c.unlock(&o)
	if x.out.err != nil {
		return clientError("write", x.out.err)
	}
	x.c.beginHead()
	x.c.field(":status", statusText(status))
	if header != nil {
		x.c.header(header, "content-length")
	}
	x.c.endHead(&x.stream, false)
	return nil
}

// invite tells a client that waits to be told (Expect: 100-continue, RFC 9110,
// section 10.1.1) to send the body, if that is still of use.
func (x *exchange) invite(o *outgoing) {
	x.in.mu.Lock()
	came := x.in.received > 0 || x.in.err != nil
	x.in.mu.Unlock()
	x.c.mu.Lock()
	defer x.c.unlock(o)
	if !x.expects || x.out.err != nil || came {
		return
	}
	x.expects = false
	x.c.beginHead()
	x.c.field(":status", "100")
	x.c.endHead(&x.stream, false)
}

// statusText returns a status as digits.
func statusText(status int) string {
	switch status {
	case 200:
		return "200"
	case 204:
		return "204"
	case 304:
		return "304"
	case 404:
		return "404"
	}
	return strconv.Itoa(status)
}

// bodyAllowed reports whether a response has a body (RFC 9110, section 6.4.1).
func bodyAllowed(method string, status int) bool {
	return method != "HEAD" && status >= 200 && status != 204 && status != 304
}

// Respond implements [message.Stream].
func (x *exchange) Respond(response *message.Response) (int64, error) {
	if response.Body != nil {
		defer response.Body.Close()
	}
	if x.stage != unanswered {
		return 0, ErrResponded
	}
	if response.Status < 200 || response.Status > 999 {
		x.stage = broken
		return 0, fmt.Errorf("%d is not the status of a response", response.Status)
	}
	x.stage = responded
	var o outgoing
	defer o.flush(true)
	allowed := bodyAllowed(x.request.Method, response.Status)
	if response.Body == nil || !allowed {
		if allowed && response.ContentLength > 0 {
			err := x.sendHead(response, false, &o)
			if err == nil {
				err = x.broke(&message.SourceError{Err: io.ErrUnexpectedEOF}, &o)
			}
			return 0, err
		}
		return 0, x.sendHead(response, true, &o)
	}
	source, _ := response.Body.(relayable)
	if source != nil {
		if from := source.inbound(); from != nil && from.c != x.c && relayFits(from, response) {
			return x.relay(from, response, &o)
		}
	}
	return x.copyBody(response, &o)
}

// relayFits reports whether what comes on a stream is the whole of a response:
// nobody has put another length or other trailers in its place.
func relayFits(from *stream, response *message.Response) bool {
	return (response.ContentLength < 0 || response.ContentLength == from.in.length) &&
		(response.Trailer == nil || response.Trailer == &from.in.trailer)
}

// sendHead appends the head of the response; if end, it is all of it but for
// trailers.
func (x *exchange) sendHead(response *message.Response, end bool, o *outgoing) error {
	x.c.mu.Lock()
	defer x.c.unlock(o)
	if x.out.err != nil {
		return x.failed()
	}
	x.head(response, end)
	return nil
}

// failed returns why nothing can be sent. The caller holds c.mu.
func (x *exchange) failed() error {
	x.stage = broken
	return clientError("write", x.out.err)
}

// head appends the head. The caller holds c.mu.
func (x *exchange) head(response *message.Response, end bool) {
	c := x.c
	x.expects = false
	c.beginHead()
	c.field(":status", statusText(response.Status))
	c.header(&response.Header, "content-length")
	if n := x.announced(response); n >= 0 {
		c.field("content-length", strconv.FormatInt(n, 10))
	}
	trailers := end && response.Trailer != nil && bodyAllowed(x.request.Method, response.Status) && c.hasTrailers(response.Trailer)
	c.endHead(&x.stream, end && !trailers)
	if trailers {
		x.finish(response.Trailer)
	}
}

// announced returns the content-length of a response, -1 for none.
func (x *exchange) announced(response *message.Response) int64 {
	switch {
	case response.Status == 204 || response.Status == 304: // net/http's client takes a 304 with a length for cut off
		return -1
	case x.request.Method == "HEAD":
		if response.Body == nil && response.ContentLength == 0 && !response.Header.Has("content-length") {
			return -1
		}
		return response.ContentLength
	case response.Body == nil && (response.Trailer != nil || response.Header.Has("grpc-status")):
		return -1
	case response.Body == nil:
		return 0
	}
	return response.ContentLength
}

// broke ends the exchange with a reset: the target's own if that has canceled
// it, which a gRPC client takes for the end of a call and not for a fault.
func (x *exchange) broke(err error, o *outgoing) error {
	x.stage = broken
	code := http2.ErrCodeInternal
	if errors.Is(err, message.ErrCanceledByTarget) {
		code = http2.ErrCodeCancel
	}
	x.reset(code, errUnanswered, o)
	return err
}

// relay sends the head together with what has come of the body, and has the
// reader of the other connection send the rest.
func (x *exchange) relay(from *stream, response *message.Response, o *outgoing) (int64, error) {
	if err := x.sendHead(response, false, o); err != nil {
		return 0, err
	}
	relay(from, &x.stream, nil, o)
	o.flush(true)
	c, out := x.c, &x.out
	c.mu.Lock()
	x.timed()
	for !out.closed && out.err == nil && out.broken == nil && !out.deadline.passed() {
		out.room.Wait()
	}
	sent, err := x.conclude(response, o)
	if call, ok := from.owner.(*call); ok && err == nil && x.passed(from) {
		x.source = call
	}
	return sent, err
}

// timed has waits for room end at the request's deadline. The caller holds
// c.mu.
func (x *exchange) timed() {
	if !x.request.Deadline.IsZero() && !x.out.closed && x.out.deadline == nil {
		x.out.deadline = new(deadline)
		x.out.deadline.set(x.request.Deadline, x.wakeOut)
	}
}

func (x *exchange) wakeOut() {
	x.c.mu.Lock()
	x.out.room.Broadcast()
	x.c.mu.Unlock()
}

// conclude ends a response whose body is over, in whatever way. The caller
// holds c.mu, which it unlocks.
func (x *exchange) conclude(response *message.Response, o *outgoing) (int64, error) {
	out := &x.out
	fault := out.broken
	if fault == nil && out.deadline.passed() && out.pending() == 0 { // it is the source that is late
		fault = errTimeout
	}
	if fault != nil && !out.closed && out.err == nil {
		var trailer *message.Header
		if response.Mender != nil {
			x.c.unlock(o)
			trailer = response.Mender.Mend(fault)
			x.c.mu.Lock()
		}
		if trailer == nil {
			sent := out.sent
			x.c.unlock(o)
			return sent, x.broke(&message.SourceError{Err: fault}, o)
		}
		x.finish(trailer)
	}
	if !out.closed && out.err == nil && !out.deadline.passed() {
		x.c.unlock(o)
		o.flush(true)
		x.c.mu.Lock()
		x.timed()
		for !out.closed && out.err == nil && !out.deadline.passed() {
			out.room.Wait()
		}
	}
	defer out.deadline.stop()
	sent := out.sent
	switch {
	case out.closed && out.err == nil:
		x.c.unlock(o)
		return sent, nil
	case out.err != nil:
		err := x.failed()
		x.c.unlock(o)
		return sent, err
	}
	x.c.unlock(o)
	return sent, x.broke(clientError("write", errTimeout), o)
}

// A buffered body knows how many bytes, or whether its end, can be read without
// waiting: they go in one piece with the head.
type buffered interface{ Buffered() int }

// copyBody sends a body as it comes: whatever a read returned is on its way
// before the next one.
func (x *exchange) copyBody(response *message.Response, o *outgoing) (int64, error) {
	c := x.c
	mem := mediums.Get().(*medium)
	defer mediums.Put(mem)
	left := response.ContentLength
	headed := false
	if left < 0 || left > int64(len(mem)) {
		// It may take long until the first bytes come.
		if err := x.sendHead(response, false, o); err != nil {
			return 0, err
		}
		headed = true
		if b, ok := response.Body.(buffered); !ok || b.Buffered() == 0 {
			o.flush(true)
		}
	}
	var failure error
	for failure == nil {
		n, err := x.fill(response.Body, mem[:], &left)
		c.mu.Lock()
		if !headed && x.out.err == nil {
			x.head(response, false)
			headed = true
		}
		x.timed()
		c.unlock(o)
		if werr := x.write(mem[:n], o); werr != nil {
			c.mu.Lock()
			return x.conclude(response, o)
		}
		if failure = err; err == nil {
			o.flush(true)
		}
	}
	c.mu.Lock()
	if errors.Is(failure, io.EOF) {
		x.finish(response.Trailer)
	} else if x.out.broken == nil {
		x.out.broken = failure
	}
	return x.conclude(response, o)
}

// fill reads once, and again when that was all that was announced, to see that
// it is the end.
func (x *exchange) fill(body io.Reader, p []byte, left *int64) (n int, err error) {
	announced := *left >= 0
	for n < len(p) && err == nil {
		var m int
		m, err = body.Read(p[n:])
		n += m
		if announced {
			if *left -= int64(m); *left < 0 {
				return n - m, errTooLong
			}
		}
		if *left != 0 && m > 0 {
			break
		}
	}
	if err == io.EOF && announced && *left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

var errTooLong = errors.New("it is longer than its Content-Length")
