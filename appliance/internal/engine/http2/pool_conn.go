// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"net"
	"sync/atomic"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// Windows that targets get, in bytes. A target that is ahead of its slow client
// fills the stream's, which grows for fast ones (stream.tune); the connection's
// is for all of them, and its credit is given at once, so that no client can
// hold up the others.
const (
	targetStreamWindow = defaultWindow
	targetConnWindow   = 16 << 20
)

// Limits of what a target may send.
const (
	maxTargetBytes  = 256 << 10 // a field section, as SETTINGS_MAX_HEADER_LIST_SIZE counts
	maxTargetFields = 1000      // of a field section
	maxInterim      = 64        // interim responses to one request
)

func targetLimits() (bytes, fields int) { return maxTargetBytes, maxTargetFields }

// A pooled is a connection to a target: the role of a client.
type pooled struct {
	client *Client
	number int64 // connections are counted as they are begun
	c      *conn

	active  atomic.Int64 // streams that are open or reserved
	limit   atomic.Int64 // streams that it takes; 0: none any more, or none for now
	retired atomic.Bool  // it takes no new streams, for good
	served  atomic.Bool  // a response has come

	lostAt int64 // what lost returns; 0: it has not been asked; guarded by client.mu

	settled chan struct{} // closed when the target's SETTINGS have come, or it has ended
	liveness
	flood

	published bool // the reader's
	unsettled bool // settled is not closed; the reader's
}

var _ role = (*pooled)(nil)

func newPooled(client *Client, number int64, conn net.Conn, socket *sock.Conn) *pooled {
	p := &pooled{client: client, number: number, settled: make(chan struct{}), unsettled: true}
	p.limit.Store(min(assumedStreams, max(1, client.learned.Load())))
	p.c = newConn(p, conn, socket, settings{
		streamWindow: targetStreamWindow,
		connWindow:   targetConnWindow,
		eager:        true,
		stall:        client.options.StallTimeout,
		limits:       targetLimits,
	})
	return p
}

// reserve counts a stream in, unless there are upTo, or as many as the target
// takes.
func (p *pooled) reserve(upTo int64) bool {
	for {
		n := p.active.Load()
		if n >= min(upTo, p.limit.Load()) {
			return false
		}
		if p.active.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release counts a stream out.
func (p *pooled) release() {
	if p.active.Add(-1) == 0 && (p.retired.Load() || p.client.closed.Load()) {
		p.retire()
	}
	p.client.freed()
}

// shun has the connection take no more streams.
func (p *pooled) shun() {
	p.retired.Store(true)
	p.limit.Store(0)
	p.client.unpublish(p)
}

// retire has the connection take no more streams, and end when it has none.
func (p *pooled) retire() {
	p.shun()
	if p.active.Load() > 0 {
		return
	}
	var o outgoing
	p.c.closeAfter(http2.ErrCodeNo, "", &o)
	o.flush(false)
	p.c.kick() // so that it does not wait for the target's side for ever
}

// lost returns the number of the last connection that had been begun when this
// one was lost: it is the same for all requests that were lost with it.
func (p *pooled) lost() int64 {
	p.client.mu.Lock()
	defer p.client.mu.Unlock()
	if p.lostAt == 0 {
		p.lostAt = p.client.dialled
	}
	return p.lostAt
}

// gone notes that the connection has ended.
func (p *pooled) gone() {
	p.retired.Store(true)
	p.limit.Store(0)
	p.settle()
	if !p.published {
		p.client.publish(p)
	}
	p.client.forget(p)
}

func (p *pooled) settle() {
	if p.unsettled {
		p.unsettled = false
		close(p.settled)
	}
}

// open implements role.
func (p *pooled) open(uint32) (*stream, error) {
	return nil, protocolError("the target opens a stream")
}

// ended implements role. Whoever waits has been woken by the end of the in.
func (p *pooled) ended(*stream, error) {}

// broke implements role. A target cannot open streams, so each that it
// breaks was ours to open.
func (p *pooled) broke() error { return nil }

// settings implements role.
func (p *pooled) settings(bool) {
	p.c.mu.Lock()
	limit := int64(p.c.peer.maxStreams)
	p.c.mu.Unlock()
	p.client.learned.Store(min(limit, assumedStreams))
	if !p.retired.Load() {
		p.limit.Store(limit)
		if p.retired.Load() {
			p.limit.Store(0)
		}
	}
	p.settle()
	p.client.freed()
}

// goAway implements role. A first GOAWAY that names the highest id there is
// only announces the second one (RFC 9113, section 6.8).
func (p *pooled) goAway(last uint32, code http2.ErrCode) {
	p.shun() // first: what is opened from here on would be ignored
	p.c.mu.Lock()
	var unseen []*stream
	for s := range p.c.streams.all() {
		if s.id > last {
			unseen = append(unseen, s)
		}
	}
	p.c.mu.Unlock()
	var o outgoing
	for _, s := range unseen {
		s.reset(http2.ErrCodeCancel, &unprocessedError{code}, &o)
	}
	o.flush(false)
	p.retire()
}

// An unprocessedError says that the target did not act on a request before it
// went away.
type unprocessedError struct{ code http2.ErrCode }

func (e *unprocessedError) Error() string {
	return "the target went away before it took the request: " + e.code.String()
}
