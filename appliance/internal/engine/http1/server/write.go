// SPDX-License-Identifier: Apache-2.0

package server

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// maxSecureWrite is how much TLS writes before its deadline: a write of TLS
// that was cut off cannot go on.
const maxSecureWrite = 16 << 10

// write sends p. It fails when the client takes nothing for StallTimeout, or
// when the request's deadline has passed.
func (s *conn) write(p []byte) (n int, err error) {
	for n < len(p) {
		part := p[n:]
		if !s.plain {
			part = part[:min(len(part), maxSecureWrite)]
		}
		s.c.Socket.WriteBy(s.writeBy())
		var did int
		var err error
		if s.within {
			did, err = s.c.Socket.WriteWithin(part)
		} else {
			did, err = s.c.Net.Write(part)
		}
		if len(part) > maxSecureWrite || !s.within {
			s.wrote = 0 // it may have taken long
		}
		n += did
		if err != nil && (did == 0 || !s.plain || !isTimeout(err) || s.late()) {
			return n, err
		}
	}
	return n, nil
}

// writeBy returns when a write that begins now must have moved something.
func (s *conn) writeBy() sock.Instant {
	s.wrote = sock.Now()
	if s.overdue {
		return s.wrote.After(s.x.options.StallTimeout)
	}
	return s.by(s.wrote)
}

// by returns when a step that begins now must be over.
func (s *conn) by(now sock.Instant) sock.Instant {
	o := s.x.options
	if o == nil { // no request has come yet
		o = s.c.Host.Options()
	}
	until := now.After(o.StallTimeout)
	if !s.x.request.Deadline.IsZero() {
		until = until.Earlier(sock.At(s.x.request.Deadline))
	}
	return until
}

// late reports whether the request's deadline has passed, and the response
// began before it.
func (s *conn) late() bool {
	d := s.x.request.Deadline
	return !d.IsZero() && !s.overdue && !time.Now().Before(d)
}

// dated adds the field Date to a head without one (RFC 9110, section 6.6.1).
func dated(b []byte, h *message.Header) []byte {
	if h.Has("date") {
		return b
	}
	const form = "Mon, 02 Jan 2006 15:04:05 GMT"
	b = append(b[:len(b)-2], "Date: "...)
	b = time.Now().UTC().AppendFormat(b, form)
	return append(b, "\r\n\r\n"...)
}
