// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Inform implements [message.Stream]. A client of HTTP/1.0 gets nothing (RFC
// 9110, section 15.2).
func (s *conn) Inform(status int, header *message.Header) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.stage != unanswered {
		return ErrResponded
	}
	if status < 100 || status > 199 || status == 101 {
		return fmt.Errorf("%d is not the status of an interim response", status)
	}
	if s.x.request.Proto == message.HTTP10 {
		return nil
	}
	b, err := syntax.AppendInterim(s.x.out[:0], status, header)
	if err != nil {
		return err
	}
	if _, err := s.write(b); err != nil {
		return &message.ClientError{Op: "write", Err: err}
	}
	return nil
}

// Respond implements [message.Stream]. When the client fails the error is a
// [message.ClientError]; when the response's body does, or the response cannot
// be expressed, a [message.SourceError].
func (s *conn) Respond(r *message.Response) (sent int64, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if !s.advanceTo(responding) {
		return 0, ErrResponded
	}
	x := s.x
	s.overdue = s.late()
	framing, withLength := s.framing(r)
	if framing == syntax.Length && r.Body == nil {
		if r.ContentLength > 0 {
			s.stage = broken
			return 0, &message.SourceError{Err: io.ErrUnexpectedEOF}
		}
		r.ContentLength = 0
	}
	s.closing = r.Close || s.mustClose() || framing == syntax.UntilClose
	s.untilClose = framing == syntax.UntilClose
	b, err := syntax.AppendResponse(x.out[:0], r, x.request.Proto, framing, withLength, s.closing)
	if err != nil {
		s.fail(502)
		return 0, &message.SourceError{Err: err}
	}
	b = dated(b, &r.Header)
	if r.Body == nil || framing == syntax.NoBody {
		err = s.clientError(s.put(b))
	} else {
		sent, err = s.send(b, r, framing)
	}
	if err != nil {
		s.stage = broken
		return sent, err
	}
	if s.stage == responding { // and nobody has reset it
		s.stage = answered
	}
	return sent, nil
}

// advanceTo begins the response, if there is none. Reading the request's body
// looks at the stage if the client waits for 100 Continue.
func (s *conn) advanceTo(next stage) bool {
	if s.x != nil && s.x.head.ExpectContinue {
		s.writing.Lock()
		defer s.writing.Unlock()
	}
	if s.stage != unanswered {
		return false
	}
	s.stage = next
	return true
}

// framing returns how a response's body ends (RFC 9112, section 6.3), and
// whether a length is told though there is no body.
func (s *conn) framing(r *message.Response) (framing syntax.Framing, withLength bool) {
	q := &s.x.request
	switch {
	case r.Status == 204 || r.Status < 200:
		return syntax.NoBody, false
	case r.Status == 304:
		return syntax.NoBody, r.ContentLength > 0
	case q.Method == "HEAD":
		return syntax.NoBody, true
	case r.Body == nil || r.ContentLength >= 0:
		return syntax.Length, false
	case q.Proto == message.HTTP10:
		return syntax.UntilClose, false
	}
	return syntax.Chunked, false
}

// mustClose reports whether the connection is to end after the response.
func (s *conn) mustClose() bool {
	x := s.x
	if !x.head.KeepAlive || s.c.Retired() || s.line.Load().Err() != nil {
		return true
	}
	if most := x.options.MaxRequests; most > 0 && s.c.Requests.Load() >= int64(most) {
		return true
	}
	b := s.body
	return b.unfinished() && (b.failed.Load() || b.withheld(s) || b.received.Load() == 0 && x.head.Length > maxDrain)
}

// put sends the first bytes of a response, or what comes after them.
func (s *conn) put(p []byte) (int, error) {
	n, err := s.write(p)
	s.begun = s.begun || n > 0
	s.lost = err != nil
	return n, err
}

func (s *conn) clientError(_ int, err error) error {
	if err == nil {
		return nil
	}
	return &message.ClientError{Op: "write", Err: err}
}

// sourceError is the error for a body that failed. If the client has gone, it
// failed because of that.
func (s *conn) sourceError(err error) error {
	if cause := s.line.Load().Cause(); cause != nil {
		return &message.ClientError{Op: "write", Err: cause}
	}
	return &message.SourceError{Err: err}
}

// Reset implements [message.Stream]. It takes effect when the handler returns.
func (s *conn) Reset() {
	if s.tunnel != nil {
		_ = s.tunnel.Close() // it never fails
		return
	}
	s.stage = broken
}

// Received implements [message.Stream].
func (s *conn) Received() int64 {
	if s.body == nil {
		return 0
	}
	return s.body.received.Load()
}

// spliceFrom is how much of a body must be left, in bytes, for splicing to be
// worth its system calls.
const spliceFrom = 64 << 10

// spliceable returns the response's body if it goes from socket to socket
// inside the kernel.
func (s *conn) spliceable(r *message.Response, framing syntax.Framing) sock.Source {
	source, ok := r.Body.(sock.Source)
	if !ok || !s.plain || framing == syntax.Chunked {
		return nil
	}
	left := source.Left()
	if framing == syntax.Length && left != r.ContentLength || left >= 0 && left <= spliceFrom {
		return nil
	}
	return source
}
