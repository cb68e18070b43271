// SPDX-License-Identifier: Apache-2.0

package sock

import (
	"sync/atomic"
	"time"
)

// An Instant is a point in time: nanoseconds of the monotonic clock since the
// process started. 0 means never.
type Instant int64

var start = time.Now()

// Now returns the present.
func Now() Instant { return Instant(time.Since(start)) }

// At returns the instant of a time; the zero time is never.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return max(1, Instant(t.Sub(start)))
}

// After returns the instant that is d later, never if d is not positive.
func (i Instant) After(d time.Duration) Instant {
	if d <= 0 {
		return 0
	}
	return i + Instant(d)
}

// Earlier returns the earlier of two instants.
func (i Instant) Earlier(j Instant) Instant {
	if i == 0 || j != 0 && j < i {
		return j
	}
	return i
}

func (i Instant) time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return start.Add(time.Duration(i))
}

// A deadline is that of one direction. The timer in the poller may stand
// earlier than wanted: when it fires, it is set to what is wanted then.
type deadline struct {
	want  atomic.Int64
	armed atomic.Int64
}

// set wants another instant. The timer moves only if it would fire too late.
func (c *Conn) set(d *deadline, i Instant) {
	d.want.Store(int64(i))
	if armed := d.armed.Load(); i != 0 && (armed == 0 || armed > int64(i)) {
		c.move(d, i)
	}
}

// move sets the timer. The next read or write of a closed connection says so.
// Others may want an earlier instant meanwhile and leave it to this move, or be
// overtaken by it.
func (c *Conn) move(d *deadline, i Instant) {
	for {
		d.armed.Store(int64(i))
		if d == &c.reading {
			_ = c.tcp.SetReadDeadline(i.time())
		} else {
			_ = c.tcp.SetWriteDeadline(i.time())
		}
		want := Instant(d.want.Load())
		if i.Earlier(want) == i {
			return
		}
		i = want
	}
}

// forget makes the next prepare set the timer anew.
func (d *deadline) forget() { d.armed.Store(-1) }

// prepare moves a timer that is known to have fired. Of one that has fired and
// is not known to, the wait tells.
func (c *Conn) prepare(d *deadline) {
	if d.armed.Load() < 0 {
		c.move(d, Instant(d.want.Load()))
	}
}

// sooner has the timer fire by an instant, whatever is wanted.
func (c *Conn) sooner(d *deadline, i Instant) {
	if armed := d.armed.Load(); armed <= 0 || armed > int64(i) {
		c.move(d, i)
	}
}

// passed reports whether the wanted deadline has passed.
func (d *deadline) passed() bool {
	want := d.want.Load()
	return want != 0 && want <= int64(Now())
}

// ReadBy sets when reads end: at once if it has passed, never if it is 0.
func (c *Conn) ReadBy(i Instant) { c.set(&c.reading, i) }

// WriteBy sets when writes end.
func (c *Conn) WriteBy(i Instant) { c.set(&c.writing, i) }

// SetDeadline implements net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	c.set(&c.reading, At(t))
	c.set(&c.writing, At(t))
	return nil
}

// SetReadDeadline implements net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.set(&c.reading, At(t))
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.set(&c.writing, At(t))
	return nil
}
