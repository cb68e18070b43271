// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A ring is the streams that have bytes to send and a window for them, in the
// order in which it is their turn.
type ring struct{ first, last *stream }

func (r *ring) push(s *stream) {
	if s.out.queued {
		return
	}
	s.out.queued, s.out.next = true, nil
	if r.last == nil {
		r.first = s
	} else {
		r.last.out.next = s
	}
	r.last = s
}

func (r *ring) pop() *stream {
	s := r.first
	if r.first = s.out.next; r.first == nil {
		r.last = nil
	}
	s.out.queued, s.out.next = false, nil
	return s
}

// A credit is bytes that have left a relay.
type credit struct {
	to *stream
	n  int
}

// unlock unlocks mu, and then gives the credit that became due meanwhile. What
// lies in the outgoing buffer while nobody is flushing it, or has promised to,
// becomes the caller's to flush.
func (c *conn) unlock(o *outgoing) {
	if len(c.out) > 0 && !c.promised && !c.flushing && c.err == nil {
		c.promised = true
		o.add(c)
	}
	credits := c.credits
	c.credits = nil
	c.mu.Unlock()
	for _, due := range credits {
		due.to.consumed(due.n, o)
	}
}

// maxQueued is how much lies in a connection's outgoing buffer at most, in
// bytes, for more DATA to be moved there. The rest waits in the streams.
const maxQueued = 40 << 10

// pending returns how many bytes wait.
func (out *outbound) pending() int { return out.queue.size + len(out.borrowed) }

// append sends bytes as far as windows and buffer allow, and queues the rest.
// It returns how many were sent; the source of a relay gets credit for the
// others when they are. end ends the stream with them. The caller holds c.mu.
func (s *stream) append(p []byte, end bool) (sent int) {
	out := &s.out
	if out.err != nil || out.closed {
		return len(p)
	}
	sent = s.sendNow(p, end)
	if rest := p[sent:]; len(rest) > 0 {
		if out.pending() == 0 {
			out.progress = sock.Now()
		}
		out.queue.push(rest)
		s.enqueue()
	}
	out.ended = out.ended || end
	return sent
}

// sendNow sends what can be sent at once, if nothing waits before it.
func (s *stream) sendNow(p []byte, end bool) (sent int) {
	c, out := s.c, &s.out
	if out.pending() > 0 || c.ready.first != nil {
		return 0
	}
	for sent < len(p) && len(c.out) < maxQueued {
		n := int(min(int64(len(p)-sent), out.window, c.send, maxFrameSize))
		if n <= 0 {
			break
		}
		s.appendData(p[sent:sent+n], end && sent+n == len(p))
		sent += n
	}
	return sent
}

// enqueue puts a stream in the ring if it could send.
func (s *stream) enqueue() {
	if s.out.pending() > 0 && s.out.window > 0 && s.out.err == nil {
		s.c.ready.push(s)
	}
}

// finish says that nothing is added any more: the end, with trailers if there
// are any, goes when what waits has gone. The caller holds c.mu.
func (s *stream) finish(trailer *message.Header) {
	out := &s.out
	if out.err != nil || out.closed {
		return
	}
	out.ended = true
	if trailer != nil && trailer.Len() > 0 {
		out.trailer = trailer
	}
	if out.pending() == 0 {
		s.appendEnd()
	}
}

// pump moves what waits into the outgoing buffer, a frame of each stream in
// turn. The caller holds mu.
func (c *conn) pump() {
	if c.ready.first == nil {
		return
	}
	now := sock.Now()
	for c.ready.first != nil && c.send > 0 && len(c.out) < maxQueued {
		s := c.ready.pop()
		out := &s.out
		p := out.queue.head()
		if p == nil {
			p = out.borrowed
		}
		n := int(min(int64(len(p)), out.window, c.send, maxFrameSize))
		if n <= 0 || out.err != nil {
			continue
		}
		s.appendData(p[:n], out.ended && n == out.pending() && out.trailer == nil)
		if out.queue.size > 0 {
			out.queue.drop(n)
			if out.source != nil {
				c.credits = append(c.credits, credit{out.source, n})
			}
		} else {
			out.borrowed = out.borrowed[n:]
		}
		out.progress = now
		switch {
		case out.pending() > 0:
			s.enqueue()
		case out.ended && !out.closed:
			s.appendEnd()
		default:
			out.room.Broadcast()
		}
	}
}

// write sends bytes and waits until all of them are on their way.
func (s *stream) write(p []byte, o *outgoing) error {
	c, out := s.c, &s.out
	c.mu.Lock()
	if out.err == nil && !out.closed {
		n := s.sendNow(p, false)
		if out.borrowed = p[n:]; len(out.borrowed) > 0 {
			out.progress = sock.Now()
			s.enqueue()
			c.unlock(o)
			o.flush(false)
			c.mu.Lock()
			for len(out.borrowed) > 0 && out.err == nil && !out.deadline.passed() {
				out.room.Wait()
			}
			if len(out.borrowed) > 0 && out.err == nil {
				out.borrowed = nil
				c.unlock(o)
				return errTimeout
			}
		}
	}
	err := out.err
	if err == nil && out.closed && len(p) > 0 && out.ended {
		err = errStreamClosed
	}
	out.borrowed = nil
	c.unlock(o)
	return err
}

// closeOut ends what goes out with an error, if it has not ended well. The
// caller holds c.mu.
func (s *stream) closeOut(err error) {
	out := &s.out
	if out.closed || out.err != nil {
		return
	}
	out.err = err
	if n := out.queue.size; n > 0 && out.source != nil {
		s.c.credits = append(s.c.credits, credit{out.source, n})
	}
	out.queue.clear()
	out.borrowed = nil
	out.room.Broadcast()
}

// closedOut notes that the end has been appended. The caller holds c.mu.
func (s *stream) closedOut() {
	s.out.closed = true
	s.out.room.Broadcast()
	s.c.leave(s)
}

// leave takes a stream off the list that is closed on both sides. The caller
// holds mu.
func (c *conn) leave(s *stream) {
	if s.out.closed && s.in.closed.Load() {
		c.remove(s)
		c.past.add(s.id, false)
	}
}

// consumed gives credit for bytes of a stream that are no longer kept: to the
// stream, and to its connection unless that had it on receipt.
func (s *stream) consumed(n int, o *outgoing) {
	if n == 0 {
		return
	}
	if !s.in.closed.Load() && s.in.owed.Add(int64(n)) >= s.in.size.Load()/2 {
		s.update(o)
	}
	if !s.c.eager {
		s.c.consumedConn(n, o)
	}
}

func (s *stream) update(o *outgoing) {
	c := s.c
	c.mu.Lock()
	if n := s.in.owed.Swap(0); n > 0 && c.streams.get(s.id) == s && !s.in.closed.Load() {
		n += s.tune()
		s.in.window.Add(n)
		c.appendWindowUpdate(s.id, uint32(n))
	}
	c.unlock(o)
}

// consumedConn gives credit to the connection.
func (c *conn) consumedConn(n int, o *outgoing) {
	if n == 0 || c.owed.Add(int64(n)) < int64(c.connWindow)/2 {
		return
	}
	c.mu.Lock()
	if n := c.owed.Swap(0); n > 0 && c.err == nil {
		c.window.Add(n)
		c.appendWindowUpdate(0, uint32(n))
	}
	c.unlock(o)
}

// grow adds to what we may send, as WINDOW_UPDATE says (RFC 9113, section 6.9).
// s is nil for the connection. The caller holds mu.
func (c *conn) grow(s *stream, n int64) error {
	if s == nil {
		if c.send+n > maxWindow {
			return &connError{http2.ErrCodeFlowControl, "the connection's window is larger than 2^31-1"}
		}
		c.send += n
		return nil
	}
	if s.out.window+n > maxWindow {
		return &streamError{code: http2.ErrCodeFlowControl, reason: "the stream's window is larger than 2^31-1"}
	}
	s.out.window += n
	s.enqueue()
	return nil
}

// resize takes a new SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113, section 6.9.2).
// The caller holds mu.
func (c *conn) resize(window int64) error {
	delta := window - c.peer.window
	c.peer.window = window
	for s := range c.streams.all() {
		if s.out.window+delta > maxWindow {
			return &connError{http2.ErrCodeFlowControl, "SETTINGS make a stream's window larger than 2^31-1"}
		}
		s.out.window += delta
		s.enqueue()
	}
	return nil
}
