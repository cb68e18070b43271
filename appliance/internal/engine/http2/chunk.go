// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A chunk is a pooled piece of a queue.
type chunk struct {
	next *chunk
	r, w int // what is between is queued
	data [sock.SmallSize - 64]byte
}

var chunkPool = sync.Pool{New: func() any { return new(chunk) }}

// A queue is bytes in pooled chunks. It holds no memory when it is empty. Its
// owner bounds it, by the window that was granted for it.
type queue struct {
	first, last *chunk
	size        int
}

// push copies bytes to the end.
func (q *queue) push(p []byte) {
	q.size += len(p)
	for len(p) > 0 {
		if q.last == nil || q.last.w == len(q.last.data) {
			c := chunkPool.Get().(*chunk)
			c.next, c.r, c.w = nil, 0, 0
			if q.last == nil {
				q.first = c
			} else {
				q.last.next = c
			}
			q.last = c
		}
		n := copy(q.last.data[q.last.w:], p)
		q.last.w += n
		p = p[n:]
	}
}

// head returns the bytes at the front that lie together.
func (q *queue) head() []byte {
	if q.first == nil {
		return nil
	}
	return q.first.data[q.first.r:q.first.w]
}

// drop takes n bytes from the front, of those that head returned.
func (q *queue) drop(n int) {
	q.size -= n
	c := q.first
	c.r += n
	if c.r < c.w {
		return
	}
	if q.first = c.next; q.first == nil {
		q.last = nil
	}
	chunkPool.Put(c)
}

// read copies bytes from the front and takes them.
func (q *queue) read(p []byte) (n int) {
	for n < len(p) && q.first != nil {
		m := copy(p[n:], q.head())
		q.drop(m)
		n += m
	}
	return n
}

// clear gives everything back.
func (q *queue) clear() {
	for q.first != nil {
		q.drop(len(q.head()))
	}
}
