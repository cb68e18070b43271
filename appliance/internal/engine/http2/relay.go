// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A link takes what comes on one stream to another.
type link struct {
	to     *stream
	failed func(err error) // told when the source broke off; nil: nobody is
}

// A relayable is a body that is the in of a stream: the request's body of the
// server, or a response's of the client.
type relayable interface {
	// inbound returns the stream that the rest of the body comes on, or nil if
	// it is no longer to be read.
	inbound() *stream
}

// relay has everything that has come, and will come, on one stream be sent on
// another one of another connection: the bytes, then the end with its trailers.
//
// The relay is over when to.out is closed, or has an err (of the receiver), or
// is broken (by the source: whoever owns the stream ends it then). failed is
// told of a source that broke off, without locks; it may be nil.
func relay(from, to *stream, failed func(error), o *outgoing) {
	in := &from.in
	in.mu.Lock()
	in.sink = link{to: to, failed: failed}
	l := in.sink
	passed := 0
	to.c.mu.Lock()
	to.out.source = from
	for in.queue.size > 0 && to.out.err == nil {
		p := in.queue.head()
		passed += to.append(p, isEnd(in.err) && len(p) == in.queue.size && in.trailer.Len() == 0)
		in.queue.drop(len(p))
		in.read.Add(int64(len(p)))
	}
	dropped := in.queue.size
	in.queue.clear()
	err := in.err
	if isEnd(err) {
		to.finish(&in.trailer)
	} else if err == nil {
		in.waiting = sock.Now()
	}
	to.c.unlock(o)
	in.mu.Unlock()
	if err != nil && !isEnd(err) {
		l.break_(from.told(err), o)
	}
	from.consumed(passed+dropped, o)
}

// take passes on what has come. The caller holds the mu of the source's in. It
// returns how much of it is to be credited now; the rest is when it has left.
func (l link) take(p []byte, end bool, trailer *message.Header, o *outgoing) (passed int) {
	c := l.to.c
	c.mu.Lock()
	if l.to.out.err != nil {
		passed = len(p) // nobody wants it
	} else {
		if len(p) > 0 {
			passed = l.to.append(p, end && trailer.Len() == 0)
		}
		if end {
			l.to.finish(trailer)
		}
	}
	c.unlock(o)
	return passed
}

// break_ tells the receiver that its source broke off.
func (l link) break_(err error, o *outgoing) {
	c := l.to.c
	c.mu.Lock()
	if !l.to.out.closed && l.to.out.broken == nil {
		l.to.out.broken = err
		l.to.out.room.Broadcast()
	}
	c.unlock(o)
	if l.failed != nil {
		l.failed(err)
	}
}
