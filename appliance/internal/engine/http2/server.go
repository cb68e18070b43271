// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Windows that clients get, in bytes: of a stream at first, and of a connection,
// whose credit comes when the bytes have been consumed.
const (
	clientStreamWindow = defaultWindow
	clientConnWindow   = 4 << 20
)

// A server is the role of a connection to a client.
type server struct {
	session *session.Conn
	conn    *conn
	began   sock.Instant

	running atomic.Int64 // handlers
	mu      sync.Mutex
	done    sync.Cond // told when the last of them returned

	// Of the reader.
	opened  int64 // streams
	swept   sock.Instant
	calm    calm
	leaving leaving
	since   sock.Instant // of the last step of leaving

	retired atomic.Bool
	ponged  bool
}

// leaving is how far the end of a connection has come (RFC 9113, section 6.8).
type leaving uint8

const (
	staying   leaving = iota
	announced         // GOAWAY with the highest id of all, and a PING, have been sent
	final             // GOAWAY with the last stream that is served has been sent
)

// Serve speaks HTTP/2 on a connection until it has ended and its handlers have
// returned. early is what has been read of it already.
func Serve(c *session.Conn, early []byte) {
	options := c.Host.Options()
	s := &server{session: c, began: sock.Now()}
	s.done.L = &s.mu
	s.conn = newConn(s, c.Net, c.Socket, settings{
		server:       true,
		streamWindow: clientStreamWindow,
		connWindow:   clientConnWindow,
		maxStreams:   options.MaxStreams,
		stall:        options.StallTimeout,
		limits: func() (int, int) {
			o := c.Host.Options()
			return o.MaxHeaderBytes, o.MaxHeaderFields
		},
	})
	c.Speak(s)
	_ = s.conn.run(early) // why it ended is told to the exchanges
	_ = c.Net.Close()     // the client sees the end before handlers do
	s.mu.Lock()
	for s.running.Load() > 0 {
		s.done.Wait()
	}
	s.mu.Unlock()
}

// Retire implements session.Protocol.
func (s *server) Retire() {
	s.retired.Store(true)
	s.conn.kick()
}

// Abort implements session.Protocol.
func (s *server) Abort() { s.conn.fail(errAborted) }

// open implements role.
func (s *server) open(id uint32) (*stream, error) {
	c := s.conn
	x := exchanges.Get().(*exchange)
	x.server, x.stream.owner = s, x
	running := int(s.running.Load())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID = id
	switch {
	case c.err != nil:
		return nil, c.err
	case c.goAwayFinal:
		return nil, nil
	case c.streams.len() >= c.maxStreams || running >= c.maxStreams: // a stream that was reset counts until its handler returns
		return nil, &streamError{code: http2.ErrCodeRefusedStream, reason: "there are as many streams as there may be"}
	case len(c.out) > maxUnwritten:
		return nil, &streamError{code: http2.ErrCodeRefusedStream, reason: "the answers are not read"}
	}
	s.opened++
	x.init(c, id)
	c.add(&x.stream)
	return &x.stream, nil
}

// ended implements role.
func (s *server) ended(st *stream, err error) { st.owner.(*exchange).line.End(departure{err}) }

// A departure is why an exchange ended before its time. It is no timeout, though
// the client may have been sent away for being slow: a target that is waited for
// has nothing to do with it.
type departure struct{ error }

// Is has errors.Is look at what happened.
func (d departure) Is(what error) bool { return errors.Is(d.error, what) }

// settings implements role.
func (s *server) settings(bool) {}

// goAway implements role: a client that opens no more streams needs nothing.
func (s *server) goAway(uint32, http2.ErrCode) {}

// pong implements role.
func (s *server) pong([8]byte) { s.ponged = true }

// grace is how long streams may come after the announcement of the end, for a
// client that does not answer PING.
const grace = time.Second

// tick implements role.
func (s *server) tick(now sock.Instant, o *outgoing) (sock.Instant, error) {
	c, options := s.conn, s.session.Host.Options()
	var next sock.Instant
	due := func(at sock.Instant) bool {
		if at != 0 && at > now {
			next = next.Earlier(at)
		}
		return at != 0 && at <= now
	}
	r := &c.reader
	if !r.greeted && due(s.began.After(options.HeaderTimeout)) {
		return 0, &connError{http2.ErrCodeSettingsTimeout, "no SETTINGS in time"}
	}
	if r.partial != 0 && due(r.partial.After(options.HeaderTimeout)) {
		return 0, &connError{http2.ErrCodeEnhanceYourCalm, "a frame was not complete in time"}
	}
	streams, idle := s.look()
	if streams > 0 {
		step := sweepStep(options)
		if due(s.swept.After(step)) || s.swept == 0 {
			s.swept = now
			s.sweep(now, o)
			next = next.Earlier(now.After(step))
		}
	} else if r.greeted && due(idle.After(options.IdleTimeout)) {
		return 0, errIdle
	}
	if s.retired.Load() || options.MaxRequests > 0 && s.opened >= int64(options.MaxRequests) {
		if s.leave(now, streams, o) {
			return 0, errIdle
		}
		switch {
		case s.leaving == announced:
			next = next.Earlier(s.since.After(grace))
		case s.leaving == final && streams == 0:
			next = next.Earlier(now.After(unwrittenStep))
		}
	}
	return next, nil
}

// unwrittenStep is how often a connection that is about to end is looked at
// while its client has not taken all of the last answers.
const unwrittenStep = 20 * time.Millisecond

// errIdle ends a connection with GOAWAY that nobody is to blame for.
var errIdle = &connError{http2.ErrCodeNo, ""}

// look returns how many streams are open or being served, and since when there
// are none.
func (s *server) look() (streams int, idle sock.Instant) {
	streams = int(s.running.Load())
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return max(streams, s.conn.streams.len()), s.conn.idle
}

// leave goes a step towards the end, and reports whether it has come.
func (s *server) leave(now sock.Instant, streams int, o *outgoing) bool {
	c := s.conn
	if !c.reader.greeted {
		return true
	}
	switch s.leaving {
	case staying:
		s.leaving, s.since = announced, now
		c.mu.Lock()
		c.appendGoAway(maxStreamID, http2.ErrCodeNo, "")
		c.appendPing(0, [8]byte{'g', 'o', 'a', 'w', 'a', 'y'})
		c.unlock(o)
	case announced:
		if !s.ponged && now < s.since.After(grace) {
			return false
		}
		s.leaving = final
		c.mu.Lock()
		c.goAwayFinal, c.goAwayLast = true, c.lastID
		if streams = c.streams.len(); streams > 0 {
			c.appendGoAway(c.lastID, http2.ErrCodeNo, "")
		}
		c.unlock(o)
	}
	return s.leaving == final && streams == 0 && c.written()
}

// begin has a handler run soon.
func (s *server) begin(x *exchange) {
	s.running.Add(1)
	s.conn.reader.begun = append(s.conn.reader.begun, x)
}

// end notes that a handler has returned.
func (s *server) end() {
	if s.running.Add(-1) > 0 {
		return
	}
	s.mu.Lock()
	s.done.Broadcast()
	s.mu.Unlock()
	if s.retired.Load() {
		s.conn.kick()
	}
}
