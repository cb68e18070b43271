// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"io"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// beginData takes the header of a DATA frame (RFC 9113, section 6.1), and the
// length of its padding. It returns how many bytes of the payload that are, or
// -1 if they have not come yet.
func (r *reader) beginData(f frame, p []byte) (int, error) {
	taken := 0
	r.data, r.left, r.pad, r.to = f, f.length, 0, nil
	if f.id == 0 {
		return 0, protocolError("DATA on stream 0")
	}
	if f.has(flagPadded) {
		if f.length == 0 {
			return 0, &connError{http2.ErrCodeFrameSize, "padded DATA without the length of its padding"}
		}
		if len(p) == 0 {
			r.left = 0
			return -1, nil
		}
		if r.pad = int(p[0]); r.pad >= f.length {
			return 0, protocolError("DATA whose padding is longer than the frame")
		}
		r.left -= 1 + r.pad
		taken = 1
	}
	if err := r.c.role.count(f); err != nil {
		return 0, err
	}
	c := r.c
	if c.window.Add(-int64(f.length)) < 0 {
		return 0, &connError{http2.ErrCodeFlowControl, "more DATA than the connection's window"}
	}
	if c.eager {
		c.consumedConn(f.length, &r.out)
	}
	err := r.findData(f)
	if err != nil || r.to == nil {
		r.to = nil
		if !c.eager {
			c.consumedConn(f.length, &r.out)
		}
		return taken, err
	}
	if f.has(flagPadded) {
		r.to.consumed(1+r.pad, &r.out)
	}
	if r.left == 0 {
		return taken, r.endData(nil)
	}
	return taken, nil
}

// findData finds the stream of a DATA frame, and checks its window.
func (r *reader) findData(f frame) error {
	s := r.c.stream(f.id)
	if s == nil {
		return r.absent(f)
	}
	if s.in.closed.Load() {
		return errStreamClosed
	}
	if s.in.window.Add(-int64(f.length)) < 0 {
		return &streamError{code: http2.ErrCodeFlowControl, reason: "more DATA than the stream's window"}
	}
	if !s.in.open.Load() {
		return &streamError{code: http2.ErrCodeProtocol, reason: "DATA before the head"}
	}
	r.to = s
	return nil
}

// takeData takes bytes of a DATA frame. It returns how many, and an error that
// ends the connection.
func (r *reader) takeData(p []byte) (int, error) {
	n := min(len(p), r.left)
	r.left -= n
	var err error
	if r.to != nil && n > 0 {
		if r.left == 0 {
			err = r.endData(p[:n])
		} else {
			err = r.to.take(p[:n], false, &r.out)
		}
		if err != nil {
			r.to = nil
			r.c.consumedUnless(r.c.eager, r.left, &r.out) // it is not looked at any more
			err = r.resolve(r.data.id, err)
		}
	}
	skip := min(len(p)-n, r.pad)
	r.pad -= skip
	return n + skip, err
}

func (r *reader) endData(p []byte) error {
	s := r.to
	if !r.data.has(flagEndStream) {
		return s.take(p, false, &r.out)
	}
	return s.take(p, true, &r.out)
}

// absent says what to do with a frame for a stream that is not open: nothing,
// if we have reset it (RFC 9113, section 5.1).
func (r *reader) absent(f frame) error {
	c := r.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isIdle(f.id) {
		return protocolError(f.kind.String() + " on a stream that was never opened")
	}
	known, reset := c.past.find(f.id)
	switch {
	case reset || f.kind == http2.FrameWindowUpdate || f.kind == http2.FrameRSTStream:
		return nil
	case c.goAwayFinal && c.server && f.id > c.goAwayLast:
		return nil
	case f.kind == http2.FrameHeaders && known:
		return &connError{http2.ErrCodeStreamClosed, "HEADERS on a stream that is closed"}
	case f.kind == http2.FrameHeaders && !c.past.full():
		return protocolError("HEADERS on a stream with an id below an earlier one")
	case f.kind == http2.FrameData && !known && c.past.full():
		return nil // it may be one that we have reset, and that has been forgotten
	}
	return errStreamClosed
}

// isIdle reports whether a stream has never been opened. The caller holds mu.
func (c *conn) isIdle(id uint32) bool { return id%2 == 0 || id > c.lastID }

// take takes what came on a stream: bytes, and whether they are the last.
func (s *stream) take(p []byte, end bool, o *outgoing) error {
	in := &s.in
	in.mu.Lock()
	if in.err != nil { // nobody wants it any more
		in.mu.Unlock()
		if end {
			s.closedIn(o)
		}
		s.c.consumedUnless(s.c.eager, len(p), o)
		return nil
	}
	in.received += int64(len(p))
	switch {
	case in.limit > 0 && in.received > in.limit:
		in.mu.Unlock()
		if end {
			s.in.closed.Store(true)
		}
		s.failIn(&message.ClientError{Op: "read", Err: message.ErrBodyTooLarge}, o)
		if end {
			s.closedIn(o)
		}
		s.c.consumedUnless(s.c.eager, len(p), o)
		return nil
	case in.length >= 0 && (in.received > in.length || end && in.received < in.length):
		in.mu.Unlock()
		s.c.consumedUnless(s.c.eager, len(p), o)
		return &streamError{code: http2.ErrCodeProtocol, reason: "the body is not as long as content-length says"}
	}
	passed := 0
	if sink := in.sink; sink.to != nil {
		passed = sink.take(p, end, &in.trailer, o)
		in.read.Add(int64(len(p)))
	} else {
		in.queue.push(p)
	}
	if end {
		in.err = io.EOF
		in.closed.Store(true) // before anybody sees the end: there is nothing to reset
	}
	if in.sink.to == nil || end {
		in.waiting = 0
		s.c.reader.wakeLater(s)
	} else {
		in.waiting = s.c.reader.now
	}
	in.mu.Unlock()
	if end {
		s.closedIn(o)
	}
	s.consumed(passed, o)
	return nil
}

// closedIn notes that the peer has ended its side.
func (s *stream) closedIn(o *outgoing) {
	s.in.closed.Store(true)
	s.c.mu.Lock()
	s.c.leave(s)
	s.c.unlock(o)
}

func (c *conn) consumedUnless(eager bool, n int, o *outgoing) {
	if !eager {
		c.consumedConn(n, o)
	}
}

// section takes a piece of a field section: of HEADERS (RFC 9113, section 6.2)
// or CONTINUATION (section 6.10).
func (r *reader) sectionPart(f frame, p []byte) error {
	if r.parts == 0 {
		maxBytes, maxFields := r.c.limits()
		r.dec.Begin(maxBytes, maxFields+maxPseudo)
		r.section, r.most = 0, maxBytes
	}
	r.parts++
	r.section += len(p)
	if r.section > 2*r.most+maxFrameSize || r.parts > maxParts+r.section/1024 {
		return &connError{http2.ErrCodeEnhanceYourCalm, "a field section without an end"}
	}
	if err := r.dec.Write(p); err != nil {
		return &connError{http2.ErrCodeCompression, "a field section cannot be decoded"}
	}
	if !f.has(flagEndHeaders) {
		return nil
	}
	head, end := r.head, r.headEnd
	r.head, r.parts = frame{}, 0
	if err := r.dec.Close(); err != nil {
		return &connError{http2.ErrCodeCompression, "a field section ends in the middle of a field"}
	}
	err := r.sectionEnd(head, end)
	r.dec.End()
	return err
}

// maxParts is how many frames a field section may have, beside one for each
// KiB of it.
const maxParts = 16

// sectionEnd hands a complete field section to the role.
func (r *reader) sectionEnd(f frame, end bool) error {
	c := r.c
	s := c.stream(f.id)
	if s == nil {
		c.mu.Lock()
		idle := c.isIdle(f.id)
		c.mu.Unlock()
		var err error
		if !idle || !c.server || f.id%2 == 0 {
			err = r.absent(f)
		} else {
			s, err = c.role.open(f.id)
		}
		if err != nil || s == nil {
			return err
		}
	} else if s.in.closed.Load() {
		return errStreamClosed
	}
	if r.selfish {
		return &streamError{code: http2.ErrCodeProtocol, reason: "the stream depends on itself"}
	}
	return c.role.headers(s, &r.dec.Section, end, &r.out)
}

// endIn ends a stream's in with trailers, or without any: b is nil then. A role
// calls it for HEADERS with END_STREAM.
func (s *stream) endIn(trailer []hpack.Field, o *outgoing) error {
	if len(trailer) > 0 {
		s.in.mu.Lock()
		if s.in.err == nil {
			for _, f := range trailer {
				s.in.trailer.Add(f.Name, f.Value)
			}
		}
		s.in.mu.Unlock()
	}
	return s.take(nil, true, o)
}
