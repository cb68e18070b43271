// SPDX-License-Identifier: Apache-2.0

package sock

// Park waits for the reader without its goroutine: wake is called once, on a
// new one, when there is something to read, when the peer has ended or the
// connection broke, or when somebody calls Interrupt, Abort or Close. Until then
// nobody may read. Deadlines do not end this wait: it is for those who have
// another timer, or need none. Park returns false if nobody will be woken; the
// caller then waits by itself.
func (c *Conn) Park(wake func()) bool {
	parked := false
	err := c.raw.Control(func(fd uintptr) { parked = lot.add(c, int(fd), wake) })
	return parked && err == nil
}

// unpark wakes the reader if it is parked. Whoever calls it has set first what
// the reader is to find.
func (c *Conn) unpark() {
	if c.parked.Load() {
		lot.leave(c)
	}
}
