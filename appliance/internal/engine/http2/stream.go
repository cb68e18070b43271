// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A stream is one stream of a connection. The roles make it a part of what they
// know of an exchange.
type stream struct {
	c  *conn
	id uint32

	in  inbound
	out outbound

	owner any // of the role: the exchange or call that the stream is a part of
}

// init makes a stream ready. The caller holds c.mu and adds it.
func (s *stream) init(c *conn, id uint32) {
	s.c, s.id = c, id
	s.in.window.Store(int64(c.streamWindow))
	s.in.size.Store(int64(c.streamWindow))
	s.in.length = -1
	s.in.wake.L = &s.in.mu
	s.out.window = c.peer.window
	s.out.room.L = &c.mu
}

// clear empties a stream that is over for its next use. It keeps the memory of
// the trailers.
func (s *stream) clear() {
	trailer := s.in.trailer
	trailer.Reset()
	if cap(trailer.Fields()) > maxKept {
		trailer = message.Header{}
	}
	s.in, s.out = inbound{trailer: trailer}, outbound{}
	s.c, s.id = nil, 0
}

// An inbound is what the peer sends on a stream.
type inbound struct {
	window atomic.Int64 // what the peer may still send
	owed   atomic.Int64 // consumed and not yet credited
	size   atomic.Int64 // what the peer may send while nothing is consumed; changed under c.mu
	open   atomic.Bool  // the head has come: DATA may
	closed atomic.Bool  // the peer has sent END_STREAM or RST_STREAM, or we have reset the stream

	credited sock.Instant // when credit was given last; guarded by c.mu

	mu       sync.Mutex
	wake     sync.Cond
	queue    queue
	err      error          // io.EOF: the end came; nil: there is more to come
	sink     link           // where the bytes go instead of the queue; to nobody: into the queue
	length   int64          // what content-length announced; -1: nothing
	limit    int64          // how many bytes are taken, 0: no limit
	received int64          // bytes that came
	read     atomic.Int64   // bytes that were read or passed on
	taken    bool           // all of it has been taken at once; nobody reads it any more
	trailer  message.Header // complete when err is io.EOF
	waiting  sock.Instant   // since when somebody waits for bytes; 0: nobody does
	deadline *deadline      // of reads of a tunnel; nil: none
}

// An outbound is what we send on a stream. The connection's mu guards it.
type outbound struct {
	window   int64           // what the peer takes; may be negative
	queue    queue           // what waits for windows and room, copied
	borrowed []byte          // what waits behind it, of somebody who waits in write
	source   *stream         // whom to credit for what leaves queue; nil: nobody
	ended    bool            // nothing is added any more: the end is due when all has gone
	trailer  *message.Header // goes with the end; nil: none
	closed   bool            // END_STREAM or RST_STREAM has been appended
	err      error           // why nothing is sent any more
	broken   error           // the source of a relay failed; the owner decides how the stream ends
	sent     int64           // bytes of DATA appended
	queued   bool            // it is in the connection's ring, before next
	next     *stream
	deadline *deadline    // of write; nil: none
	progress sock.Instant // when bytes went last, or began to wait
	room     sync.Cond    // told when borrowed has gone, at the end, and at an error
}

// isEnd reports whether an error is the end that in.err may be, which nobody
// wraps.
func isEnd(err error) bool { return err == io.EOF } //nolint:errorlint // see above

// Errors of streams.
var (
	errStreamClosed = &streamError{code: http2.ErrCodeStreamClosed, reason: "the stream is closed"}
	errCanceled     = &streamError{code: http2.ErrCodeCancel, reason: "the exchange was canceled"}
)

// read takes bytes that came. It waits for some; io.EOF is the end, after which
// in.trailer is complete.
func (s *stream) readIn(p []byte, o *outgoing) (int, error) {
	in := &s.in
	in.mu.Lock()
	for in.queue.size == 0 && in.err == nil {
		if in.deadline.passed() {
			in.mu.Unlock()
			return 0, errTimeout
		}
		if in.waiting == 0 {
			in.waiting = sock.Now()
		}
		in.wake.Wait()
	}
	in.waiting = 0
	n := in.queue.read(p)
	var err error
	if n == 0 && len(p) > 0 || in.queue.size == 0 && isEnd(in.err) {
		err = in.err
	}
	in.mu.Unlock()
	in.read.Add(int64(n))
	s.consumed(n, o)
	return n, err
}

// end makes both halves of a stream that is off the list fail, and tells the
// role.
func (s *stream) end(err error, o *outgoing) {
	s.closeIn(err, o)
	s.c.role.ended(s, err)
}

// closeIn ends what comes in: nothing more may come.
func (s *stream) closeIn(err error, o *outgoing) {
	s.in.closed.Store(true)
	s.failIn(err, o)
}

// failIn makes what comes in fail: what still comes is not taken.
func (s *stream) failIn(err error, o *outgoing) {
	in := &s.in
	in.mu.Lock()
	if in.err == nil {
		in.err = err
	}
	unread := 0
	if !isEnd(in.err) {
		unread = in.queue.size
		in.queue.clear()
	}
	sink := in.sink
	in.sink = link{}
	failed := in.err
	in.wake.Broadcast()
	in.mu.Unlock()
	if sink.to != nil && !isEnd(failed) {
		sink.break_(s.told(failed), o)
	}
	s.c.consumedConn(unread, o)
}

// forget gives back what came whole and was not read: nobody will.
func (s *stream) forget(o *outgoing) {
	s.in.mu.Lock()
	unread := s.in.queue.size
	s.in.queue.clear()
	s.in.mu.Unlock()
	s.c.consumedUnless(s.c.eager, unread, o)
}

// told is what those learn to whom a stream is relayed that broke off.
func (s *stream) told(err error) error {
	if owner, ok := s.owner.(interface{ fault(err error) error }); ok {
		return owner.fault(err)
	}
	return err
}

// reset ends a stream with RST_STREAM, unless it has ended already. It is safe
// to call at any time.
func (s *stream) reset(code http2.ErrCode, err error, o *outgoing) {
	c := s.c
	c.mu.Lock()
	if c.streams.get(s.id) != s {
		c.unlock(o)
		s.closeIn(err, o)
		return
	}
	c.appendReset(s.id, code)
	c.past.add(s.id, true)
	s.closeOut(err)
	c.remove(s)
	c.unlock(o)
	s.end(err, o)
}

// A deadline is when waits on a stream end. Whoever waits looks at it, and is
// woken at it.
type deadline struct {
	at    time.Time // zero: never
	timer *time.Timer
}

func (d *deadline) passed() bool { return d != nil && !d.at.IsZero() && !time.Now().Before(d.at) }

// set changes the deadline.
func (d *deadline) set(at time.Time, wake func()) {
	d.stop()
	if d.at = at; !at.IsZero() {
		d.timer = time.AfterFunc(time.Until(at), wake)
	}
}

// stop lets go of the timer.
func (d *deadline) stop() {
	if d != nil && d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
