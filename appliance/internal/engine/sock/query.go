// SPDX-License-Identifier: Apache-2.0

package sock

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
)

// ErrUnasked says that a peer has sent what nobody has asked for.
var ErrUnasked = errors.New("the peer sent bytes without being asked")

// Query writes a request and reads the first bytes of what comes back. It saves
// the attempt to read before anything can have come, so it is only for a peer
// that sends nothing unless it is asked. sent is how many bytes of the request
// the socket took: if it took none, the peer has seen nothing.
func (c *Conn) Query(request, p []byte) (n, sent int, err error) {
	c.read.p, c.read.ask = p, request
	n, err = c.finishRead()
	rest := c.read.ask
	if rest == nil {
		return n, len(request), err
	}
	c.read.ask = nil // the socket did not take all of it
	sent = len(request) - len(rest)
	if err != nil {
		return 0, sent, err
	}
	more, err := c.Write(rest)
	sent += more
	if err != nil {
		return 0, sent, err
	}
	n, err = c.Read(p)
	return n, sent, err
}

// Quiet looks whether an unused connection can be used, without waiting and
// without taking bytes: nil if the peer has neither sent anything nor ended,
// [ErrUnasked] if bytes are there, io.EOF or another error if it has ended.
func (c *Conn) Quiet() error {
	g := glances.Get().(*glance)
	defer glances.Put(g)
	if err := c.raw.Control(g.call); err != nil {
		return err
	}
	switch {
	case g.errno == syscall.EAGAIN:
		return nil
	case g.errno != 0:
		return os.NewSyscallError("read", g.errno)
	case g.n == 0:
		return io.EOF
	}
	return ErrUnasked
}

// A glance is one look at a socket.
type glance struct {
	one   [1]byte
	n     int
	errno syscall.Errno
	call  func(fd uintptr)
}

var glances = sync.Pool{New: func() any {
	g := new(glance)
	g.call = func(fd uintptr) { g.n, g.errno = receive(fd, g.one[:], syscall.MSG_PEEK) }
	return g
}}
