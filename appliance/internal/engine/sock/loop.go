// SPDX-License-Identifier: Apache-2.0

package sock

import "time"

// A Reader is served by [Conn.Loop].
type Reader interface {
	// Space returns the room for bytes to come, at least one.
	Space() []byte

	// Got says that n bytes are in that room now. It returns whether to go on.
	// It may write to the connection, ask whether the peer has Gone, and take its
	// time, but neither read nor close the connection.
	Got(n int) bool

	// Idle says that nothing has come and the loop is about to wait: the room
	// can be given back if there is nothing in it.
	Idle()
}

// recheck is when a read is tried though the poller has told of nothing. The
// end of the peer's side may have come together with bytes, and then it is not
// told twice.
const recheck = Instant(time.Second)

type loop struct {
	reader Reader // nil while no loop runs
	again  int64  // where the timer stands for a recheck, if it has not been moved since
}

// Loop reads until the reader has enough or reading fails: io.EOF at the end,
// os.ErrDeadlineExceeded, [ErrInterrupted], [ErrResting] once when nothing has
// come for about a second, so that its caller can make itself small, or an
// error of the connection. What comes while the reader is at work is not
// missed, and needs no system call to find out that nothing did.
func (c *Conn) Loop(r Reader) error {
	c.loop.reader, c.read.err = r, nil
	err := c.await(&c.reading, c.raw.Read, c.read.call)
	c.loop.reader = nil
	if err != nil {
		return err
	}
	return c.read.err
}

func (c *Conn) tryLoop(fd uintptr) bool {
	r := c.loop.reader
	for {
		space := r.Space()
		n, again, err := recv(fd, space)
		if again || err != nil {
			r.Idle()
			if again {
				c.recheck()
				err = c.ended(&c.reading) // for the reader may have moved the timer by which somebody ends the wait
			}
			c.read.err = err
			return err != nil
		}
		c.fd = int32(fd)
		more := r.Got(n)
		if !more {
			return true
		}
		if n < len(space) { // the socket was empty: the poller tells when it no longer is
			r.Idle()
			c.recheck()
			if c.read.err = c.ended(&c.reading); c.read.err != nil {
				return true
			}
			return false
		}
	}
}

// recheck has the timer fire soon, if it will not already: the time is looked
// up only when it has fired.
func (c *Conn) recheck() {
	d := &c.reading
	if armed := d.armed.Load(); armed <= 0 || armed != c.loop.again {
		c.sooner(d, Now()+recheck)
		c.loop.again = d.armed.Load()
	}
}
