// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"io"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const (
	// smallBody is how long a body is at most that is read before a connection
	// is taken, in bytes.
	smallBody = 8 << 10

	// leastRoom is how much memory for the response is worth having behind the
	// request's.
	leastRoom = 4 << 10
)

// A sending is a request on its way: what is sent at once, and whether more
// follows. It can be sent again as long as nothing follows.
type sending struct {
	request *message.Request
	small   *sock.Small // memory of out, unless that needs more
	out     []byte
	head    int  // bytes of out that are the head
	pumped  bool // the body follows
	expects bool // once the target has said 100 Continue
}

// prepare makes the head, and reads a small body.
func (s *sending) prepare(request *message.Request) *message.TransportError {
	s.request = request
	framing := syntax.NoBody
	switch {
	case request.Body == nil || request.ContentLength == 0 || request.Protocol != "":
	case request.ContentLength < 0:
		framing = syntax.Chunked
	default:
		framing = syntax.Length
	}
	s.expects = framing != syntax.NoBody && request.Header.Has("expect")
	if err := offerWebSocket(request); err != nil {
		return &message.TransportError{Phase: message.PhaseRequest, Err: err}
	}
	s.small = sock.GetSmall()
	var err error
	if s.out, err = syntax.AppendRequest(s.small[:0], request, framing); err != nil {
		return &message.TransportError{Phase: message.PhaseRequest, Err: err}
	}
	s.head = len(s.out)
	s.pumped = s.expects || framing == syntax.Chunked || request.ContentLength > smallBody && framing == syntax.Length
	if framing == syntax.Length && !s.pumped {
		if err := s.readBody(request.Body, int(request.ContentLength)); err != nil {
			return &message.TransportError{Phase: message.PhaseBody, Err: err}
		}
	}
	return nil
}

// readBody reads a body of n bytes, and nothing behind it.
func (s *sending) readBody(body io.Reader, n int) error {
	s.out = slices.Grow(s.out, n+1) // one more to find out that there is no more
	got, empty := 0, 0
	for {
		now, err := body.Read(s.out[s.head+got : s.head+n+1])
		got += now
		switch {
		case got > n:
			return errLong
		case err == io.EOF && got < n:
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			s.out = s.out[:s.head+n]
			return nil
		case err != nil:
			return err
		}
		if empty = empty + 1; now > 0 {
			empty = 0
		}
		if empty == maxEmpty {
			return io.ErrNoProgress
		}
	}
}

// room returns memory for the response: what the request has left of its own
// if that is enough.
func (s *sending) room() room {
	if len(s.out) > sock.SmallSize-leastRoom || cap(s.out) > sock.SmallSize {
		return room{}
	}
	return room{data: s.small[len(s.out):]}
}

// give makes a room that is part of the request's memory its owner.
func (s *sending) give(m *room) {
	if m.small == nil && m.large == nil {
		m.small, s.small = s.small, nil
	}
}

// free gives the memory back.
func (s *sending) free() {
	if s.small != nil {
		sock.PutSmall(s.small)
		s.small = nil
	}
}

// restore makes a body that has been read one that can be read again.
func (s *sending) restore() {
	if len(s.out) > s.head {
		s.request.Body = &again{Reader: bytes.NewReader(slices.Clone(s.out[s.head:])), Closer: s.request.Body}
	}
}

// again is a body that has been read once.
type again struct {
	*bytes.Reader
	io.Closer
}

// repeatable reports whether the request can be sent again although the target
// may have seen it.
func (s *sending) repeatable() bool { return !s.pumped && idempotent(s.request.Method) }

// idempotent methods may be sent again (RFC 9110, section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE":
		return true
	}
	return false
}
