// SPDX-License-Identifier: Apache-2.0

package http2

import "runtime"

// An outgoing is the connections that one goroutine has promised to flush
// ([conn.unlock]). It keeps the promise before it waits for anything. The zero
// value is empty.
type outgoing struct {
	few  [2]*conn
	n    int // of few
	more []*conn
}

// add notes a connection, which is not in it yet.
func (o *outgoing) add(c *conn) {
	if o.n == len(o.few) {
		o.more = append(o.more, c)
		return
	}
	o.few[o.n] = c
	o.n++
}

// take removes a connection, nil if there is none.
func (o *outgoing) take() *conn {
	if o.n == 0 {
		return nil
	}
	c := o.few[0]
	o.few[0] = o.few[1]
	o.n--
	o.few[o.n] = nil
	if n := len(o.more); n > 0 {
		o.few[o.n] = o.more[n-1]
		o.n++
		o.more[n-1] = nil
		o.more = o.more[:n-1]
	}
	return c
}

// flush writes what has been appended to the connections. If yield, it lets
// others append first. Flushing gives credit to the sources of relays, on
// connections that are flushed, too.
func (o *outgoing) flush(yield bool) {
	if o.n == 0 {
		return
	}
	if yield {
		runtime.Gosched()
	}
	for c := o.take(); c != nil; c = o.take() {
		c.flush(o)
	}
}
