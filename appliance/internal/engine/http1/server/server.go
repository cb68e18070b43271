// SPDX-License-Identifier: Apache-2.0

// Package server is the server's side of HTTP/1.1 and HTTP/1.0 (RFC 9112): it
// reads requests from a client's connection, has them handled one after the
// other, and writes their responses.
//
// A connection has one goroutine, which also runs the handler. On plaintext
// connections requests are read by [sock.Conn.Loop]: those without a body, or
// with a small one that has come already, are handled inside it, so that a
// request costs one system call to read and one to answer. A request whose
// exchange reads from the connection, or takes it over, is handled outside, for
// nothing else may read while the loop does.
//
// What an exchange needs (the request, a buffer for what comes and one for what
// goes) is memory from a pool, which a connection gives back while it waits for
// a request. A connection that is idle is little more than its socket.
package server

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/life"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A conn is one client's connection. It is the client's side of each of its
// exchanges, too, of which it has one at a time.
type conn struct {
	c     *session.Conn
	plain bool // Net is the socket itself
	line  atomic.Pointer[life.Line]
	x     *exchange // nil while nothing has come

	wrote  sock.Instant // when the last write of an exchange began; 0 once it is waited for more
	headBy sock.Instant // when the head that has begun must be complete; 0: none has begun
	coming bool         // bytes have come to a connection that is to end
	first  [1]byte      // of a request over TLS, for which nothing is held before

	within     bool // the loop, whose goroutine handles a request
	over       bool // nothing more is served
	stage      stage
	closing    bool // the connection ends with the response
	begun      bool // some of the response has been sent
	lost       bool // the client did not take what was sent
	overdue    bool // the response begins after the request's deadline: it may say so
	untilClose bool // the end of the connection is the end of the response
	ending     ending
	writing    sync.Mutex // taken by requests that wait for 100 Continue, and by Inform
	body       *body      // of the request; nil if it has none

	tunnelled atomic.Bool
	tunnel    *upgrade
}

// A stage says what became of an exchange's response.
type stage uint8

const (
	answered   stage = iota // also: there is no exchange
	unanswered              // the handler may answer
	responding              // the response has begun
	upgraded
	broken // the client must not take what came for the whole
)

// An ending is how a connection ends.
type ending uint8

const (
	plainly  ending = iota
	lingered        // so that the client can read the response though it is still sending
	abruptly        // by a reset
)

// Serve serves a client's connection until it ends. early are bytes that have
// been read from c.Net already; they are copied. It may return before, when a
// goroutine that needs less memory goes on while nothing happens, or those who
// hold a tunnel: at the end of the connection, c.End is called.
func Serve(c *session.Conn, early []byte) {
	s := &conn{c: c}
	if socket, ok := c.Net.(*sock.Conn); ok && socket == c.Socket {
		s.plain = true
	}
	s.newLine()
	c.Speak(s)
	s.begin(early)
	s.run()
}

// run serves until the connection ends or rests. The stack of a goroutine that
// has handled a request stays large; a new one waits on a small one.
func (s *conn) run() {
	for s.advance(false) == wants {
		switch s.listen() {
		case some:
		case rests:
			go s.run()
			return
		case over:
			s.end()
			return
		}
	}
	s.end()
}

// heard is what [conn.listen] came to.
type heard uint8

const (
	some  heard = iota // bytes have come, or may have
	rests              // nothing has come for a while
	over               // the connection is to end
)

// listen waits for more of a request, or for the next one.
func (s *conn) listen() heard {
	var err error
	if s.plain {
		err = s.c.Socket.Loop((*reader)(s))
	} else {
		err = s.read()
	}
	switch {
	case err == nil && s.stage != broken:
		return some
	case err == nil:
	case errors.Is(err, sock.ErrResting):
		if s.x == nil {
			return rests
		}
		return some
	case errors.Is(err, sock.ErrInterrupted):
		s.c.Socket.Resume()
		if !s.c.Retired() {
			return some // it was meant for somebody who no longer reads
		}
		s.coming = s.buffered() > 0 || s.c.Socket.Pending()
		if s.coming {
			return some
		}
	case errors.Is(err, os.ErrDeadlineExceeded) && s.buffered() > 0:
		s.refuse(requestTimeout)
	}
	return over
}

// end ends the connection, unless somebody still holds it as a tunnel.
func (s *conn) end() {
	if t := s.tunnel; t == nil || !t.left.CompareAndSwap(false, true) {
		s.close()
	}
}

// close ends the connection for good.
func (s *conn) close() {
	switch s.ending {
	case plainly:
	case lingered:
		s.linger()
	case abruptly:
		s.c.Socket.Reset()
		s.c.Socket.Abort() // TLS would say that all is well
	}
	s.line.Load().End(io.EOF)
	s.release()
	if s.tunnel != nil {
		s.c.Exchanges.Add(-1)
	}
	s.c.End()
}

// newLine gives the next exchanges a context.
func (s *conn) newLine() {
	line := new(life.Line)
	line.Init(s.gone)
	s.line.Store(line)
}

// gone reports whether the client has gone away. It is called by others than
// the connection's goroutine, too.
func (s *conn) gone() error {
	if s.c.Aborted() {
		return sock.ErrAborted
	}
	if s.tunnelled.Load() {
		return nil // those who hold the tunnel see its end
	}
	err := s.c.Socket.HungUp()
	if errors.Is(err, io.EOF) && s.c.Host.Options().HalfClose {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errLeft
	}
	return err
}

// errLeft is why the context of an exchange ends most often.
var errLeft = errors.New("the client has shut down its side of the connection; a listener with half_close would go on")

var _ session.Protocol = (*conn)(nil)

// Retire implements [session.Protocol]. What is being read or served when it
// comes goes on: whoever reads sees to that.
func (s *conn) Retire() { s.c.Socket.Interrupt() }

// Abort implements [session.Protocol].
func (s *conn) Abort() {
	s.c.Socket.Abort()
	s.line.Load().End(sock.ErrAborted)
}

var _ message.Stream = (*conn)(nil)
