// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Exchanges and calls are used again if nobody can know them any more; all
// others are left to the garbage collector. Those who may know a stream that is
// no longer open are:
//
//   - the reader of its connection, while it handles what it has read: so
//     nothing is used again while the reader is busy. Afterwards it cannot
//     find the stream;
//   - whoever ends all streams of a connection that has failed: so nothing of
//     such a connection is used again;
//   - the other end of a relay, which tells when it has broken off, and gives
//     credit for what had to wait: so only relays count that came to a good end
//     and in which nothing had to wait;
//   - those who wait for the end of the exchange's context, timers, and tunnels:
//     so there must not have been any;
//   - the handler, until it has returned; afterwards, whoever reads the body
//     of the request for another transport: so that must have been taken whole.
var (
	exchanges = sync.Pool{New: func() any { return new(exchange) }}
	calls     = sync.Pool{New: func() any { return new(call) }}
)

// maxKept is how many fields a header may have whose memory is kept.
const maxKept = 32

// isForgotten reports whether nobody but its owner knows a stream that has come
// to a good end.
func (s *stream) isForgotten() bool {
	in, out, c := &s.in, &s.out, s.c
	in.mu.Lock()
	good := isEnd(in.err) && in.queue.size == 0 && in.deadline == nil
	in.mu.Unlock()
	if !good {
		return false
	}
	c.mu.Lock()
	good = out.closed && out.err == nil && out.broken == nil && !out.queued && out.next == nil && out.deadline == nil &&
		c.err == nil && c.cause == nil && !c.closing && c.streams.get(s.id) == nil
	c.mu.Unlock()
	return good && !c.reader.busy.Load() // in this order: the reader may have found the stream before it was taken off the list
}

// passed reports whether all of a response was relayed without anything that had
// to wait, so that nobody is to give credit for it. x is where it went.
func (x *exchange) passed(from *stream) bool {
	from.in.mu.Lock()
	whole := isEnd(from.in.err) // whoever saw the link go by is done with it
	from.in.mu.Unlock()
	x.c.mu.Lock()
	defer x.c.mu.Unlock()
	return whole && x.out.progress == 0
}

// release gives the exchange, which is over, and the call that it was relayed
// from back for their next use, if nobody else knows them.
func (x *exchange) release() {
	source := x.source
	x.source = nil
	if x.stage != responded || x.line.Err() != nil || x.line.Used() || x.out.source != nil && source == nil {
		return
	}
	reusable := x.isForgotten() && (x.body.x == nil || x.in.taken)
	if source != nil {
		source.release()
	}
	if !reusable {
		return
	}
	header := x.request.Header
	header.Reset()
	if cap(header.Fields()) > maxKept {
		header = message.Header{}
	}
	x.clear()
	x.server, x.stage, x.patient, x.expects = nil, unanswered, false, false
	x.request = message.Request{Header: header}
	x.body.x = nil
	x.body.closed.Store(false)
	exchanges.Put(x)
}

// release gives a call that is over, whose response has been relayed, back for
// its next use, if nobody else knows it.
func (x *call) release() {
	if !x.over.Load() || !x.hooked || x.ctx.Err() != nil || x.pump != nil || x.tunnel || x.s.out.source != nil || !x.s.isForgotten() {
		return
	}
	x.s.clear()
	x.client, x.p, x.ctx, x.sending = nil, nil, nil, nil
	x.method, x.upgrade, x.key = "", "", ""
	x.reused, x.hooked = false, false
	x.over.Store(false)
	x.wake.Store(0)
	x.response, x.answered, x.whole = nil, false, false
	x.interims, x.informed, x.source = nil, 0, nil
	x.clock = clock{}
	calls.Put(x)
}
