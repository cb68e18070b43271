// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An exchange is the memory for one request and its response, and for what
// came behind the request. It goes from one connection to another.
type exchange struct {
	options *session.Options
	request message.Request
	head    syntax.Head
	parsed  bool // request has the head of one that is not handled yet
	reads   bool // its exchange reads from the connection, or takes it over

	small    *sock.Small
	large    *sock.Large // nil but for large chunked bodies
	in       []byte      // small, large, or one that a long head made
	r, w     int         // in[r:w] has come and is not used yet
	searched int         // for the end of the head, of in[r:w]

	out *sock.Small
}

var exchanges = sync.Pool{New: func() any {
	x := &exchange{small: sock.GetSmall(), out: sock.GetSmall()}
	x.in = x.small[:]
	return x
}}

// abandon gives the buffers back. The exchange goes on without.
func (x *exchange) abandon() {
	sock.PutSmall(x.small)
	sock.PutSmall(x.out)
	x.small, x.in, x.out = nil, nil, nil
	x.shrink()
}

// shrink gives the large buffer back.
func (x *exchange) shrink() {
	if x.large != nil {
		sock.PutLarge(x.large)
		x.large = nil
	}
}

// enlarge makes the buffer larger. There is nothing in it.
func (x *exchange) enlarge() {
	if x.large == nil {
		x.large = sock.GetLarge()
		x.in = x.large[:]
	}
}

// reset makes the memory ready for another connection.
func (x *exchange) reset() {
	x.forget()
	x.shrink()
	x.in = x.small[:]
	x.r, x.w, x.searched = 0, 0, 0
	x.options = nil
}

// forget forgets the request, so that the memory of its strings is free.
func (x *exchange) forget() {
	x.request.Header.Reset()
	x.request = message.Request{Header: x.request.Header}
	x.parsed = false
}

// space returns room for more of a head, for which the buffer grows if need be.
func (x *exchange) space() []byte {
	switch {
	case x.r == x.w:
		x.r, x.w = 0, 0
	case x.w < len(x.in):
	case x.r > 0:
		x.w = copy(x.in, x.in[x.r:x.w])
		x.r = 0
	default: // the parser refuses what is above the limit
		larger := make([]byte, 2*len(x.in))
		copy(larger, x.in)
		x.in = larger
	}
	return x.in[x.w:]
}

// outcome is what [conn.advance] came to.
type outcome uint8

const (
	wants outcome = iota // more bytes of a head
	reads                // a request's exchange needs the connection to itself
	ends                 // the connection is to end
)

// advance handles the requests that have come. Inside the loop it stops at one
// whose exchange needs the connection to itself.
func (s *conn) advance(inLoop bool) outcome {
	for !s.over && (s.buffered() > 0 || s.x != nil && s.x.parsed) {
		x := s.x
		if !x.parsed {
			complete, ok := s.parse()
			s.over = !ok
			if !complete {
				break
			}
		}
		if inLoop && x.reads {
			return reads
		}
		s.over = !s.handle()
	}
	if s.over {
		return ends
	}
	return wants
}

// parse parses a request's head. It is not ok if the request is refused.
func (s *conn) parse() (complete, ok bool) {
	x := s.x
	o := s.c.Host.Options()
	head, n, err := syntax.ParseRequest(x.in[x.r:x.w], &x.searched, syntax.Limits{Bytes: o.MaxHeaderBytes, Fields: o.MaxHeaderFields}, &x.request)
	if err != nil {
		s.refuse(err)
		return false, false
	}
	if n == 0 {
		return false, true
	}
	x.r += n
	x.searched = 0
	s.headBy = 0
	if o.MaxBodyBytes > 0 && head.Length > o.MaxBodyBytes {
		s.refuse(tooLarge)
		return false, false
	}
	x.options, x.head, x.parsed = o, head, true
	r := &x.request
	r.Scheme = "http"
	if s.c.TLS != nil {
		r.Scheme = "https"
	}
	r.Remote, r.Local, r.TLS = s.c.Remote, s.c.Local, s.c.TLS
	here := head.Framing == syntax.Length && head.Length <= int64(x.w-x.r)
	x.reads = head.Framing != syntax.NoBody && !here || r.Upgrade() != ""
	return true, true
}

// handle has the request that was parsed served. It returns whether the
// connection can carry another one.
func (s *conn) handle() bool {
	x := s.x
	s.body = nil
	if x.head.Framing != syntax.NoBody {
		s.body = newBody(s)
		x.request.Body = s.body
		if x.head.Framing == syntax.Chunked {
			x.request.Trailer = &s.body.decoder.Trailer
		}
	}
	s.closing, s.begun, s.lost, s.untilClose = false, false, false, false
	s.stage = unanswered
	line := s.line.Load()
	panicked := s.c.Handle(line, &x.request, s)
	if panicked {
		s.recover()
	}
	again := s.finish()
	s.stage, s.overdue = answered, false
	if s.tunnel != nil {
		return false // the context ends with the tunnel
	}
	if line.Err() != nil || line.Used() {
		again = again && line.Err() == nil
		line.End(context.Canceled)
		if again {
			s.newLine()
		}
	}
	if again {
		s.body = nil
		x.forget()
	}
	return again
}

// recover answers for a handler that panicked, if it has not begun to.
func (s *conn) recover() {
	switch s.stage {
	case unanswered:
		s.fail(500)
	case answered:
		s.closing = true
	case responding, upgraded, broken:
		s.Reset()
	}
}

// finish ends an exchange whose handler has returned.
func (s *conn) finish() bool {
	if s.stage == upgraded {
		s.body.detach(s)
		return false
	}
	s.body.detach(s)
	if s.stage != answered {
		s.breakOff()
		return false
	}
	if s.body.unfinished() {
		if s.closing || !s.body.discard(s) {
			s.ending = lingered
			return false
		}
	}
	if s.closing && (s.buffered() > 0 || s.c.Socket.Pending()) {
		s.ending = lingered
	}
	return !s.closing
}
