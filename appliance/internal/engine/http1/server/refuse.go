// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"os"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// refuse answers a request that no handler sees, and ends the connection.
func (s *conn) refuse(err error) {
	status := 400
	var malformed *syntax.Error
	if errors.As(err, &malformed) {
		status = malformed.Status
	}
	s.c.Host.Refuse(status)
	s.stage = broken
	s.ending = lingered
	s.answer(status, err.Error())
}

// fail answers in the place of the handler.
func (s *conn) fail(status int) {
	s.stage = answered
	s.closing = true
	s.overdue = s.overdue || s.late()
	s.answer(status, "")
}

// answer writes a response of the gateway's own, after which the connection
// ends. Nobody can be told if it fails.
func (s *conn) answer(status int, text string) {
	r := message.Response{Status: status}
	if text != "" {
		text += "\n"
		r.Header = message.MakeHeader([]message.Field{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}})
	}
	r.ContentLength = int64(len(text))
	framing := syntax.Length
	if text == "" {
		framing = syntax.NoBody
	}
	b, err := syntax.AppendResponse(s.x.out[:0], &r, message.HTTP11, framing, true, true)
	if err != nil {
		return
	}
	b = dated(b, &r.Header)
	if s.x.request.Method != "HEAD" {
		b = append(b, text...)
	}
	_, _ = s.put(b)
}

// How long, and for how many bytes, a connection is read from after its last
// response, so that the client can read that (RFC 9112, section 9.6).
const (
	lingerTime  = 2 * time.Second
	lingerBytes = 1 << 20
)

// linger ends the sending side and waits for the client to end its own.
func (s *conn) linger() {
	s.c.Socket.WriteBy(sock.Now().After(lingerTime))
	if half, ok := s.c.Net.(interface{ CloseWrite() error }); ok && !s.plain {
		_ = half.CloseWrite() // the socket's comes next
	}
	if s.c.Socket.CloseWrite() != nil {
		return
	}
	buffer := sock.GetSmall()
	defer sock.PutSmall(buffer)
	s.c.Socket.ReadBy(sock.Now().After(lingerTime))
	for left := lingerBytes; left > 0; {
		n, err := s.c.Socket.Read(buffer[:]) // TLS or not: nobody looks at it
		left -= n
		if errors.Is(err, sock.ErrInterrupted) {
			s.c.Socket.Resume()
		} else if err != nil {
			return
		}
	}
}

// breakOff ends a connection whose response the client must not take for the
// whole. Where it could, and where it does not read what has been sent, that
// takes a reset.
func (s *conn) breakOff() {
	if !s.begun || s.untilClose || s.lost {
		s.ending = abruptly
	}
}

// isTimeout reports whether a read or write ended at its deadline.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
