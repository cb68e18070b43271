// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"errors"
	"os"
	"syscall"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// maxRounds is how often a flush writes what others have appended meanwhile
// before it leaves that to a goroutine and goes on with its own work.
const maxRounds = 16

// flush writes what has been appended, unless somebody is at it already. It
// does not wait for the peer.
func (c *conn) flush(o *outgoing) {
	c.mu.Lock()
	c.promised = false
	if c.flushing || len(c.out) == 0 || c.err != nil {
		c.unlock(o)
		return
	}
	c.flushing = true
	for round := 0; ; round++ {
		c.pump()
		if len(c.out) == 0 || c.err != nil {
			c.flushed(o)
			return
		}
		buf, mem := c.takeOut()
		if c.raw == nil || round == maxRounds {
			c.leaveTo(buf, mem)
			c.unlock(o)
			return
		}
		c.unlock(o)
		n, err := c.try.write(c.raw, buf)
		if err != nil {
			mem.free()
			c.mu.Lock()
			c.flushed(o)
			c.fail(err)
			return
		}
		c.mu.Lock()
		if n < len(buf) {
			c.leaveTo(buf[n:], mem)
			c.unlock(o)
			return
		}
		c.reuse(buf, mem)
	}
}

// takeOut takes what is to be written. The caller holds mu.
func (c *conn) takeOut() ([]byte, memory) {
	buf, mem := c.out, c.outMem
	c.out, c.outMem, c.control = nil, memory{}, 0
	return buf, mem
}

// reuse keeps the memory of what has been written, if nothing has been appended
// meanwhile. The caller holds mu.
func (c *conn) reuse(buf []byte, mem memory) {
	if c.out == nil && mem != (memory{}) {
		c.out, c.outMem = buf[:0], mem
		return
	}
	mem.free()
}

// flushed ends a flush. The caller holds mu, which it unlocks.
func (c *conn) flushed(o *outgoing) {
	c.flushing = false
	if len(c.out) == 0 {
		c.out = nil
		c.outMem.free()
	}
	done := c.closing && c.err == nil
	c.unlock(o)
	if done {
		c.shut()
	}
}

// leaveTo has a goroutine write the rest, and what is appended meanwhile. The
// caller holds mu.
func (c *conn) leaveTo(buf []byte, mem memory) {
	c.writing, c.writingMem = buf, mem
	c.workers.do((*drain)(c))
}

// A drain is a connection whose socket takes nothing at the moment.
type drain conn

// run writes until nothing is left.
func (d *drain) run() {
	c := (*conn)(d)
	buf, mem := c.writing, c.writingMem
	c.writing, c.writingMem = nil, memory{}
	var o outgoing
	for {
		err := c.writeAll(buf)
		mem.free()
		c.mu.Lock()
		if err == nil {
			c.pump()
		}
		if err != nil || len(c.out) == 0 || c.err != nil {
			c.flushed(&o)
			if err != nil {
				c.fail(err)
			}
			break
		}
		buf, mem = c.takeOut()
		c.unlock(&o)
		o.flush(false)
	}
	o.flush(false)
}

// writeAll writes and waits for the peer as long as it takes some bytes within
// the stall timeout.
func (c *conn) writeAll(p []byte) error {
	piece := 64 << 10
	if c.raw == nil {
		piece = 16 << 10 // a write of TLS cannot go on after its deadline
	}
	for len(p) > 0 {
		c.socket.WriteBy(sock.Now().After(c.stall))
		n, err := c.net.Write(p[:min(piece, len(p))])
		p = p[n:]
		if err != nil && !(c.raw != nil && n > 0 && errors.Is(err, os.ErrDeadlineExceeded)) {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return errStalled
			}
			return err
		}
	}
	c.socket.WriteBy(0)
	return nil
}

// An attempt is a write that does not wait.
type attempt struct {
	p     []byte
	n     int
	errno syscall.Errno
	call  func(fd uintptr) bool
}

func (a *attempt) init() {
	a.call = func(fd uintptr) bool {
		a.n, a.errno = 0, 0
		for a.n < len(a.p) && a.errno == 0 {
			var n int
			n, a.errno = sock.Send(fd, a.p[a.n:])
			a.n += n
		}
		return true
	}
}

// write returns how much the socket took, which may be nothing.
func (a *attempt) write(raw syscall.RawConn, p []byte) (int, error) {
	a.p = p
	err := raw.Write(a.call)
	a.p = nil
	switch {
	case err == nil && a.errno == 0:
		return a.n, nil
	case errors.Is(err, os.ErrDeadlineExceeded): // one of an earlier write that waited
		return 0, nil
	case err != nil:
		return 0, err
	case a.errno != 0 && a.errno != syscall.EAGAIN:
		return a.n, os.NewSyscallError("write", a.errno)
	}
	return a.n, nil
}
