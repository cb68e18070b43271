// SPDX-License-Identifier: Apache-2.0

package server

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A reader is a connection as [sock.Conn.Loop] uses it.
type reader conn

var _ sock.Reader = (*reader)(nil)

// Space implements [sock.Reader].
func (r *reader) Space() []byte { return (*conn)(r).space() }

// Got implements [sock.Reader].
func (r *reader) Got(n int) bool {
	s := (*conn)(r)
	s.x.w += n
	s.within = true
	outcome := s.advance(true)
	s.within = false
	return outcome == wants
}

// Idle implements [sock.Reader].
func (r *reader) Idle() { (*conn)(r).idle() }

// begin takes what has been read already.
func (s *conn) begin(early []byte) {
	for len(early) > 0 {
		n := copy(s.space(), early)
		s.x.w += n
		early = early[n:]
	}
}

// buffered returns how many bytes have come and are not used yet.
func (s *conn) buffered() int {
	if s.x == nil {
		return 0
	}
	return s.x.w - s.x.r
}

// space returns the room for bytes to come.
func (s *conn) space() []byte {
	if s.x == nil {
		s.x = exchanges.Get().(*exchange)
	}
	return s.x.space()
}

// idle sets until when the next bytes must come. It gives the memory back if
// nothing of a request is there.
func (s *conn) idle() {
	o := s.c.Host.Options()
	now := s.wrote // just before, if there was an exchange: good enough, and cheaper
	s.wrote = 0
	if now == 0 {
		now = sock.Now()
	}
	if s.buffered() == 0 {
		s.release()
		s.headBy = 0
		s.c.Socket.ReadBy(s.idleUntil(now, o))
		if s.c.Retired() && !s.coming {
			s.c.Socket.Interrupt() // again: somebody may have resumed
		}
		return
	}
	if s.headBy == 0 {
		s.headBy = now.After(o.HeaderTimeout)
	}
	s.c.Socket.ReadBy(s.headBy)
}

// grace is how long a connection that is to end waits for what has begun to
// come.
const grace = time.Second

// idleUntil returns when a connection without a request ends.
func (s *conn) idleUntil(now sock.Instant, o *session.Options) sock.Instant {
	if s.coming {
		return now.After(grace)
	}
	until := now.After(o.IdleTimeout)
	if s.c.Requests.Load() == 0 {
		until = until.Earlier(now.After(o.HeaderTimeout))
	}
	return until
}

// release gives the exchange's memory back.
func (s *conn) release() {
	if s.x != nil {
		if s.x.out != nil { // or it went with the buffers
			s.x.reset()
			exchanges.Put(s.x)
		}
		s.x = nil
	}
}

// read waits for bytes of TLS. While nothing has come it holds no buffer but
// that of one byte: it cannot wait for the socket, as bytes of the next request
// may have been decrypted already.
func (s *conn) read() error {
	s.idle()
	if s.x == nil {
		if _, err := s.c.Net.Read(s.first[:]); err != nil {
			return err
		}
		s.space()[0] = s.first[0]
		s.x.w++
		s.idle()
	}
	n, err := s.c.Net.Read(s.space())
	s.x.w += n
	if n > 0 {
		return nil
	}
	return err
}
