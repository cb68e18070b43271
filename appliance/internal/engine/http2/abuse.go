// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Limits of what a peer may do within calmWindow. Who exceeds them is sent away
// with ENHANCE_YOUR_CALM.
const (
	calmWindow = sock.Instant(time.Second)

	// minResets is how many streams may be reset or broken, whatever the number of
	// streams that may be open (rapid reset, CVE-2023-44487). Twice that number
	// may be, too, and every second one of a busy client that cancels much.
	minResets = 200

	// maxCheap is how many frames may come that carry nothing: PING, PRIORITY,
	// WINDOW_UPDATE, RST_STREAM, empty DATA, unknown ones. cheapEach more may for
	// every frame that carries something, in either direction: peers estimate
	// the path by PING and give credit as they read.
	maxCheap  = 2000
	cheapEach = 4

	// settingsCost is for how many of those a SETTINGS frame counts.
	settingsCost = 20
)

// calmRest is how long a client that exceeds them is neither read nor answered
// before it is sent away, so that it cannot begin again at once.
const calmRest = time.Second

// maxThrown is how many bytes of such a client are read after it was told, so that
// it learns why the connection ends. It may never stop to send.
const maxThrown = 256 << 10

// rest waits, and no longer than the connection lasts.
func (c *conn) rest(d time.Duration) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	ended := make(chan struct{})
	c.resting = ended
	c.mu.Unlock()
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-ended:
	case <-over.C:
		c.mu.Lock()
		c.resting = nil
		c.mu.Unlock()
	}
}

// maxControl is how many bytes a connection may owe in answers to SETTINGS,
// PING, and malformed streams, which the peer does not read.
const maxControl = 64 << 10

// maxUnwritten is how many bytes wait for the socket at most, for another stream
// to be opened. DATA is bounded otherwise, so that they are the heads of
// hundreds of messages that the peer does not read.
const maxUnwritten = 256 << 10

// A calm counts what a peer does.
type calm struct {
	since  sock.Instant
	resets int
	cheap  int
	useful int
	sent   int64 // frames of DATA by then, as conn.sentData counts
	opened int64 // streams by then, as server.opened counts
}

// count implements role.
func (s *server) count(f frame) error {
	k, now := &s.calm, s.conn.reader.now
	if now-k.since > calmWindow {
		*k = calm{since: now, sent: s.conn.sentData.Load(), opened: s.opened}
	}
	switch f.kind {
	case http2.FrameData:
		if f.length > 0 || f.has(flagEndStream) {
			k.useful++
			return nil
		}
		k.cheap++
	case http2.FrameHeaders:
		k.useful++
		return nil
	case http2.FrameContinuation:
		return nil // bounded by the section
	case http2.FrameSettings:
		k.cheap += settingsCost
	default:
		k.cheap++
	}
	if k.cheap > maxCheap && k.cheap > maxCheap+cheapEach*(k.useful+int(s.conn.sentData.Load()-k.sent)) {
		return &connError{http2.ErrCodeEnhanceYourCalm, "too many frames that carry nothing"}
	}
	return nil
}

// broke implements role.
func (s *server) broke() error {
	if s.calm.resets++; s.calm.resets > max(minResets, 2*s.conn.maxStreams, int(s.opened-s.calm.opened)/2) {
		return &connError{http2.ErrCodeEnhanceYourCalm, "too many streams were reset"}
	}
	return nil
}

// sweepStep is how often streams are looked at.
func sweepStep(o *session.Options) time.Duration {
	step := time.Second
	for _, d := range []time.Duration{o.StallTimeout, o.TunnelIdleTimeout} {
		if d > 0 {
			step = min(step, d/4)
		}
	}
	return max(step, 10*time.Millisecond)
}

// sweep resets the streams whose client has stopped in the middle of a message,
// in either direction, and tunnels that carry nothing.
func (s *server) sweep(now sock.Instant, o *outgoing) {
	c, options := s.conn, s.session.Host.Options()
	var stalled []*stream
	var open []*stream
	late := func(at sock.Instant, d time.Duration) bool { return at != 0 && d > 0 && at.After(d) <= now }
	c.mu.Lock()
	for st := range c.streams.all() {
		if st.out.pending() > 0 && late(st.out.progress, options.StallTimeout) {
			stalled = append(stalled, st)
		} else {
			open = append(open, st)
		}
	}
	c.unlock(o)
	for _, st := range open {
		x := st.owner.(*exchange)
		if x.tunnelled.Load() {
			if late(sock.Instant(x.active.Load()), options.TunnelIdleTimeout) {
				stalled = append(stalled, st)
			}
			continue
		}
		if x.patient {
			continue
		}
		st.in.mu.Lock()
		waiting := st.in.waiting
		st.in.mu.Unlock()
		if st.in.window.Load() > 0 && late(waiting, options.StallTimeout) {
			stalled = append(stalled, st)
		}
	}
	for _, st := range stalled {
		st.reset(http2.ErrCodeCancel, errTimeout, o)
	}
}
