// SPDX-License-Identifier: Apache-2.0

package http2

import "runtime"

// An outgoing is the connections to which one goroutine has appended something
// and which it is to flush. The zero value is empty.
type outgoing struct {
	few  [2]*conn
	list []*conn
}

// add notes a connection.
func (o *outgoing) add(c *conn) {
	for _, have := range o.list {
		if have == c {
			return
		}
	}
	if o.list == nil {
		o.list = o.few[:0]
	}
	o.list = append(o.list, c)
}

// flush writes what has been appended to the connections. If yield, it lets
// others append first. Flushing gives credit to the sources of relays, on
// connections that are flushed, too.
func (o *outgoing) flush(yield bool) {
	if len(o.list) == 0 {
		return
	}
	if yield {
		runtime.Gosched()
	}
	for i := 0; i < len(o.list); i++ {
		c := o.list[i]
		o.list[i] = nil // so that it can be added again
		c.flush(o)
	}
	clear(o.list)
	o.list = o.list[:0]
}
