// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// maxInterim is how many interim responses to one request are taken.
const maxInterim = 64

// maxLate is how often a request is begun whose time to wait was up before
// anything had been sent.
const maxLate = 10

var (
	errInterim   = errors.New("more than 64 interim responses")
	errNoUpgrade = errors.New("switched protocols without being asked")
	errHalfway   = errors.New("switched protocols before the end of the request")
	errLong      = errors.New("the request's body is longer than its Content-Length")
)

// exchange sends a request and fills the response. After an error the
// connection is closed, and what is to be sent is as it was.
func (c *conn) exchange(ctx context.Context, s *sending, response *message.Response, interim message.Interim) *message.TransportError {
	c.watch.begin(ctx, s.request)
	c.sent = 0
	c.room = s.room()
	sent, err := c.send(s)
	if err != nil {
		return c.unsent(s, sent, err)
	}
	return c.receive(s, response, interim)
}

// send writes the request as far as it is written at once, and reads what the
// socket has of the response then, if anything.
func (c *conn) send(s *sending) (sent int, err error) {
	if !c.plain || s.pumped || len(s.out) > sock.SmallSize {
		if len(s.out) > sock.SmallSize { // more than any socket takes without waiting
			c.watch.tell(c.socket)
		}
		write := c.writer()
		if sent, err = write.write(s.out); err == nil && s.pumped && !s.expects {
			c.pump = startPump(c, s.request)
		}
		return sent, err
	}
	options := &c.client.options
	var n int
	for range maxLate {
		now := sock.Now()
		c.sent = now
		c.socket.WriteBy(now.After(options.StallTimeout).Earlier(c.watch.by))
		c.socket.ReadBy(now.After(options.ResponseTimeout).Earlier(c.watch.by).Earlier(now.After(c.watch.step)))
		n, sent, err = c.socket.Query(s.out, c.room.space())
		if sent > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || c.watch.over() {
			break // or this goroutine had to wait so long for a processor that the time was up before it began
		}
	}
	c.room.w += n
	if sent < len(s.out) {
		return sent, err
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return sent, err
	}
	return sent, nil
}

// unsent is the failure of a request that has not been sent, or was lost
// before anything came back.
func (c *conn) unsent(s *sending, sent int, err error) *message.TransportError {
	phase := message.PhaseHead
	if sent < len(s.out) {
		phase = message.PhaseWrite
	}
	return c.fail(phase, err, sent == 0 || c.used && idempotent(s.request.Method))
}

// fail closes the connection and says why.
func (c *conn) fail(phase message.Phase, err error, mayRetry bool) *message.TransportError {
	_, malformed := errors.AsType[*syntax.Error](err)
	ended, isCanceled := errors.AsType[*canceled](err)
	if failure := c.pump.failure(); failure != nil && !malformed {
		phase, err, mayRetry = c.pump.phase, failure, false
	}
	switch {
	case isCanceled:
		phase, err, mayRetry = message.PhaseCanceled, ended.cause, false
	case c.watch.ctx.Err() != nil:
		phase, err, mayRetry = message.PhaseCanceled, cause(c.watch.ctx), false
	case errors.Is(err, os.ErrDeadlineExceeded) && (phase == message.PhaseHead || c.watch.over()):
		phase, mayRetry = message.PhaseTimeout, false
	}
	failed := &message.TransportError{Phase: phase, Target: c.client.options.Target, Reused: c.used, Err: err, MayRetry: mayRetry}
	c.release(false)
	return failed
}

// receive reads heads until one is not interim, and makes the response of it.
func (c *conn) receive(s *sending, response *message.Response, interim message.Interim) *message.TransportError {
	began := c.sent
	if began == 0 {
		began = sock.Now()
	}
	if s.expects {
		if err := c.awaitWord(s); err != nil {
			return c.fail(message.PhaseHead, err, false)
		}
	}
	for informed := 0; ; {
		head, err := c.readHead(s, response, began)
		if err != nil {
			lost := c.room.w == 0 && informed == 0 && isEnd(err)
			return c.fail(message.PhaseHead, err, lost && c.used && s.repeatable())
		}
		if response.Status >= 200 || response.Status == 101 {
			c.owed = s.expects && c.pump == nil
			s.give(&c.room)
			return c.respond(s.request, head, response)
		}
		if informed++; informed > maxInterim {
			return c.fail(message.PhaseHead, errInterim, false)
		}
		if response.Status == 100 && s.expects && c.pump == nil {
			c.pump = startPump(c, s.request)
		}
		if response.Status != 100 && interim != nil {
			_ = interim.Inform(response.Status, &response.Header) // that the client has gone is found out later
		}
		response.Reset()
	}
}

// readHead reads one head.
func (c *conn) readHead(s *sending, response *message.Response, began sock.Instant) (syntax.Head, error) {
	searched := 0
	for {
		if data := c.room.bytes(); len(data) > 0 {
			head, n, err := syntax.ParseResponse(data, &searched, limits, s.request.Method, response)
			if err != nil {
				return head, err
			}
			if n > 0 {
				c.room.r += n
				return head, nil
			}
		}
		n, err := c.read(c.room.space(), c.client.options.ResponseTimeout, began)
		c.room.w += n
		if err != nil {
			if errors.Is(err, io.EOF) && len(c.room.bytes()) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return syntax.Head{}, err
		}
	}
}

// isEnd reports whether a connection ended, and not the patience with it.
func isEnd(err error) bool {
	var malformed *syntax.Error
	return !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &malformed)
}

// respond makes the response's body, or its tunnel, of what follows the head.
func (c *conn) respond(request *message.Request, head syntax.Head, response *message.Response) *message.TransportError {
	rest := int64(len(c.room.bytes()))
	switch {
	case response.Status == 101:
		return c.upgrade(request, response)
	case head.Framing == syntax.NoBody:
		c.release(head.KeepAlive && rest == 0)
	case head.Framing == syntax.Length && rest >= head.Length && !c.pump.running():
		b := &shortBody{room: c.room}
		b.room.w = b.room.r + int(head.Length)
		c.room = room{}
		c.release(head.KeepAlive && rest == head.Length)
		response.Body = b
	default:
		b := &body{conn: c, framing: head.Framing, left: head.Length, reusable: head.KeepAlive}
		if head.Framing == syntax.Chunked {
			response.Trailer = &b.trailer
			c.decoder.Reset()
		}
		response.Body = b
	}
	return nil
}
