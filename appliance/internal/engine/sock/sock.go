// SPDX-License-Identifier: Apache-2.0

// Package sock reads and writes TCP sockets on the goroutine that asks, with
// as few system calls and as little bookkeeping as can be:
//
//   - short reads and writes go to the kernel without telling the scheduler,
//     and wait in the runtime's poller only when the socket is not ready;
//   - a deadline costs nothing while it only moves on: the timer in the poller
//     is left where it was, and looked at again when it fires ([Instant]);
//   - [Conn.Loop] waits without a buffer, and without first asking the kernel
//     for bytes that are not there yet; so does [Conn.Query];
//   - [Splice] moves bytes between two sockets inside the kernel.
//
// A connection has one reader and one writer at a time. [Conn.Interrupt] and
// [Conn.Abort] are for others.
package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Errors of reads and writes that somebody else has ended.
var (
	ErrInterrupted error = interruption{}
	ErrResting           = message.ErrResting
	ErrAborted           = errors.New("the connection was aborted")
)

// A Conn is a TCP connection. It implements net.Conn. Most connections are
// idle, so it is small.
type Conn struct {
	tcp *net.TCPConn
	raw syscall.RawConn

	reading, writing deadline
	interrupted      atomic.Bool
	aborted          atomic.Bool
	closing          atomic.Bool
	parked           atomic.Bool
	closed           atomic.Pointer[func()]
	wake             func() // of the reader that is parked; nil: there is none
	rests            bool   // the next Loop has only to wait, and on a small stack
	fd               int32  // while a loop's reader is at work, or none as it is parked

	read struct {
		p    []byte
		ask  []byte // to write before the first read
		n    int
		err  error
		call func(fd uintptr) bool // for the poller, made once
	}
	write struct {
		p    []byte
		n    int
		err  error
		call func(fd uintptr) bool
	}
	loop loop
}

// New takes over a TCP connection.
func New(tcp *net.TCPConn) (*Conn, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &Conn{tcp: tcp, raw: raw}
	c.read.call = c.tryIn
	c.write.call = c.tryWrite
	return c, nil
}

// Read implements io.Reader. At the deadline the error is
// os.ErrDeadlineExceeded.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.read.p = p
	return c.finishRead()
}

func (c *Conn) finishRead() (int, error) {
	err := c.await(&c.reading, c.raw.Read, c.read.call)
	c.read.p = nil
	if err != nil {
		return 0, err
	}
	return c.read.n, c.read.err
}

// await runs a callback in the poller until it is done, its deadline has
// passed, or somebody ends it.
func (c *Conn) await(d *deadline, poll func(func(uintptr) bool) error, call func(uintptr) bool) error {
	for {
		c.prepare(d)
		if err := c.ended(d); err != nil { // after prepare, which may have moved the timer
			return err
		}
		err := poll(call)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if err := c.ended(d); err != nil {
			return err
		}
		d.forget()
		if d.passed() {
			return os.ErrDeadlineExceeded
		}
		if d == &c.reading && c.loop.reader != nil && c.loop.again != 0 && c.loop.again <= int64(Now()) {
			c.loop.again = 0
			c.rests = true
			c.prepare(d) // here, where the stack is large already
			return ErrResting
		}
	}
}

// ended reports whether somebody has ended reads or writes.
func (c *Conn) ended(d *deadline) error {
	if c.aborted.Load() {
		return ErrAborted
	}
	if d == &c.reading && c.interrupted.Load() {
		return ErrInterrupted
	}
	return nil
}

// tryIn reads for whoever waits. A loop that rests needs hardly any stack.
func (c *Conn) tryIn(fd uintptr) bool {
	if c.loop.reader == nil {
		return c.tryRead(fd)
	}
	if c.rests {
		c.rests = false
		if nothingToRead(fd) {
			return false
		}
	}
	return c.tryLoop(fd)
}

func (c *Conn) tryRead(fd uintptr) bool {
	if ask := c.read.ask; ask != nil {
		n, errno := send(fd, ask)
		if errno != 0 && errno != syscall.EAGAIN {
			c.read.ask, c.read.n, c.read.err = ask, 0, os.NewSyscallError("write", errno)
			return true
		}
		if n < len(ask) {
			c.read.ask, c.read.n, c.read.err = ask[n:], 0, nil
			return true
		}
		c.read.ask = nil
		return false
	}
	n, again, err := recv(fd, c.read.p)
	c.read.n, c.read.err = n, err
	return !again
}

// recv reads what the socket has now. It says again if that is nothing.
func recv(fd uintptr, p []byte) (n int, again bool, err error) {
	n, errno := receive(fd, p, 0)
	switch {
	case errno == syscall.EAGAIN:
		return 0, true, nil
	case errno != 0:
		return 0, false, os.NewSyscallError("read", errno)
	case n == 0:
		return 0, false, io.EOF
	}
	return n, false, nil
}

// maxSend is the most that one system call copies: the scheduler waits for it.
const maxSend = 256 << 10

// Send writes what a non-blocking socket takes now, at most maxSend bytes, for
// callers that are in the poller's callback already. It does not tell the
// scheduler.
func Send(fd uintptr, p []byte) (int, syscall.Errno) { return send(fd, p[:min(len(p), maxSend)]) }

// Write implements io.Writer. At the deadline the error is
// os.ErrDeadlineExceeded.
func (c *Conn) Write(p []byte) (int, error) {
	c.write.p, c.write.n = p, 0
	return c.finishWrite()
}

// WriteWithin is Write for the goroutine on which a [Reader] has got bytes: the
// loop, which does not go on meanwhile, keeps the descriptor open. It does not
// wait for what the socket takes at once, whatever the deadline. Others may
// write while a loop runs, too, but by Write.
func (c *Conn) WriteWithin(p []byte) (int, error) {
	c.write.p, c.write.n = p, 0
	if !c.aborted.Load() && c.tryWrite(uintptr(c.fd)) {
		c.write.p = nil
		return c.write.n, c.write.err
	}
	return c.finishWrite()
}

func (c *Conn) finishWrite() (int, error) {
	err := c.await(&c.writing, c.raw.Write, c.write.call)
	if err == nil {
		err = c.write.err
	}
	c.write.p = nil
	return c.write.n, err
}

func (c *Conn) tryWrite(fd uintptr) bool {
	for {
		rest := c.write.p[c.write.n:]
		n, errno := Send(fd, rest)
		c.write.n += n
		switch {
		case errno == syscall.EAGAIN:
			return false
		case errno != 0:
			c.write.err = os.NewSyscallError("write", errno)
			return true
		case c.write.n == len(c.write.p):
			c.write.err = nil
			return true
		}
	}
}

// Gone looks whether the peer has closed its side, without waiting and without
// taking bytes: io.EOF if it ended its side in order, another error if the
// connection broke. Bytes that are not read yet hide an end behind them.
func (c *Conn) Gone() error {
	var gone error
	err := c.raw.Control(func(fd uintptr) {
		var one [1]byte
		n, errno := receive(fd, one[:], syscall.MSG_PEEK)
		switch {
		case errno == syscall.EAGAIN || n > 0:
		case errno != 0:
			gone = os.NewSyscallError("read", errno)
		default:
			gone = io.EOF
		}
	})
	if err != nil {
		return err
	}
	return gone
}

// Interrupt makes a running Read or Loop, or the next one, return
// [ErrInterrupted], until Resume.
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	_ = c.tcp.SetReadDeadline(time.Unix(1, 0)) // a closed connection needs none
	c.unpark()
}

// Resume ends what Interrupt began. The reader calls it.
func (c *Conn) Resume() {
	c.interrupted.Store(false)
	c.reading.forget()
}

// Abort makes every read and write fail with [ErrAborted], now and later. The
// owner is still to close the connection.
func (c *Conn) Abort() {
	c.aborted.Store(true)
	_ = c.tcp.SetDeadline(time.Unix(1, 0)) // a closed connection needs none
	c.unpark()
}

// Reset has Close send a TCP reset, so that the peer cannot take what came for
// the whole.
func (c *Conn) Reset() { _ = c.tcp.SetLinger(0) } // a closed connection needs none

// Close closes the connection. It must not be called within Loop, whose end
// it waits for.
func (c *Conn) Close() error {
	if closed := c.closed.Swap(nil); closed != nil {
		(*closed)()
	}
	c.closing.Store(true)
	c.unpark() // while the descriptor is this connection's
	return c.tcp.Close()
}

// OnClose has f called once, when the connection is closed on our side.
func (c *Conn) OnClose(f func()) { c.closed.Store(&f) }

// CloseWrite tells the peer that nothing more comes.
func (c *Conn) CloseWrite() error { return c.tcp.CloseWrite() }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return c.tcp.LocalAddr() }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return c.tcp.RemoteAddr() }

// NetConn returns the connection underneath.
func (c *Conn) NetConn() net.Conn { return c.tcp }

var _ net.Conn = (*Conn)(nil)
