// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const (
	// spliceMin is how much must be left of a body to be worth a pipe, in bytes.
	spliceMin = 64 << 10

	// maxEmpty is how many reads in a row may give nothing.
	maxEmpty = 100

	// How long the end of a response waits for the end of its request: a moment
	// if it is under way, longer if only its last bytes are still being written.
	grace     = 50 * time.Millisecond
	lastGrace = time.Second

	// abandonAfter is how long a source is waited for whose Close does not end
	// its Read.
	abandonAfter = time.Second
)

// A pump sends the body of a request while somebody else waits for the
// response. Its methods can be called without a pump.
type pump struct {
	conn    *conn
	body    io.ReadCloser
	trailer *message.Header
	left    int64 // -1: not known, sent in chunks
	final   atomic.Bool
	stopped atomic.Bool

	done  chan struct{} // closed at the end; then there are:
	ended sock.Instant
	phase message.Phase
	err   error
}

func startPump(c *conn, request *message.Request) *pump {
	p := &pump{conn: c, body: request.Body, trailer: request.Trailer, left: request.ContentLength, done: make(chan struct{})}
	socket, write := c.socket, c.writer()
	go p.run(socket, write)
	return p
}

// running reports whether the body is still being sent.
func (p *pump) running() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// end returns when the body had been sent, 0 without one.
func (p *pump) end() sock.Instant {
	if p == nil || p.running() {
		return 0
	}
	return p.ended
}

// failure returns why the body has not been sent, nil if it is not known.
func (p *pump) failure() error {
	if p == nil || p.running() {
		return nil
	}
	return p.err
}

// stop ends the pump and reports whether all has been sent. If that is worth
// anything it waits for it, but not for long. The source is not read afterwards.
func (p *pump) stop(worthwhile bool) (sent bool) {
	if !p.running() {
		return p.failure() == nil
	}
	wait := time.Duration(0)
	switch {
	case !worthwhile:
	case p.final.Load():
		wait = lastGrace
	default:
		wait = grace
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.err == nil
	case <-timer.C:
	}
	p.stopped.Store(true)
	p.conn.socket.Abort()
	_ = p.body.Close() // so that its Read ends
	timer.Reset(abandonAfter)
	select {
	case <-p.done:
	case <-timer.C:
	}
	return false
}

// run sends the body. Who waits for the response learns by an abort if it is
// no use to wait: after an error of the connection, there may be a response.
func (p *pump) run(socket *sock.Conn, write writer) {
	p.phase, p.err = p.send(socket, &write)
	p.ended = sock.Now()
	useless := p.err != nil && (p.phase == message.PhaseBody || errors.Is(p.err, os.ErrDeadlineExceeded))
	close(p.done)
	if useless {
		socket.Abort()
	}
}

func (p *pump) send(socket *sock.Conn, write *writer) (message.Phase, error) {
	if source, ok := p.body.(sock.Source); ok && write.plain && p.left > spliceMin && source.Left() == p.left {
		moved, read, written := source.SpliceTo(socket, write.by)
		switch {
		case read != nil:
			return message.PhaseBody, read
		case written != nil:
			return message.PhaseWrite, written
		case moved != p.left:
			return message.PhaseBody, io.ErrUnexpectedEOF
		}
		return 0, nil
	}
	b := outgoing{small: sock.GetSmall()}
	defer b.free()
	for empty := 0; empty < maxEmpty; empty++ {
		n, last, err := p.fill(&b)
		if err != nil {
			return message.PhaseBody, err
		}
		if n > 0 {
			empty = 0
		}
		if last {
			p.final.Store(true)
		}
		if _, err := write.write(b.frame(n, p.left < 0, last, p.trailer)); err != nil {
			return message.PhaseWrite, err
		}
		if last {
			return 0, nil
		}
		if p.left > 0 {
			p.left -= int64(n)
		}
	}
	return message.PhaseBody, io.ErrNoProgress
}

var errStopped = errors.New("the exchange has ended")

// fill reads a part of the body and reports whether it is the last.
func (p *pump) fill(b *outgoing) (n int, last bool, err error) {
	space := b.space()
	if p.left >= 0 {
		space = space[:min(int64(len(space)), p.left+1)] // one more to find out that there is no more
	}
	for empty := 0; ; empty++ {
		if p.stopped.Load() {
			return 0, false, errStopped
		}
		now, err := p.read(space[n:])
		end := err == io.EOF //nolint:errorlint // nobody wraps it, and what wraps it is no end
		n += now
		switch {
		case p.left >= 0 && int64(n) > p.left:
			return 0, false, errLong
		case end && p.left >= 0 && int64(n) < p.left:
			return 0, false, io.ErrUnexpectedEOF
		case end:
			return n, true, nil
		case err != nil:
			return 0, false, err
		case p.left < 0 || int64(n) < p.left:
			b.full = n == len(space)
			return n, false, nil
		case n == len(space): // all of it, and no room to find out whether there is more
			return n, false, nil
		case empty == maxEmpty:
			return 0, false, io.ErrNoProgress
		}
	}
}

// read reads from the body. It may be a plugin's, whose panic on this goroutine
// would be the end of the process: it fails the body instead.
func (p *pump) read(space []byte) (n int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			n, err = 0, fmt.Errorf("reading the request's body panicked: %v\n%s", reason, debug.Stack())
		}
	}()
	return p.body.Read(space)
}

// An outgoing is memory for a part of a body and what frames it.
type outgoing struct {
	small *sock.Small
	large *sock.Large
	full  bool // the last read filled it
}

// chunkLine is room for the line that begins a chunk, and chunkEnd for what
// follows it.
const (
	chunkLine = 16
	chunkEnd  = 16
)

// space returns where to read to: more when the source has much.
func (b *outgoing) space() []byte {
	if b.full && b.large == nil {
		b.large = sock.GetLarge()
	}
	data := b.data()
	return data[chunkLine : len(data)-chunkEnd]
}

func (b *outgoing) data() []byte {
	if b.large != nil {
		return b.large[:]
	}
	return b.small[:]
}

// frame returns what is to be written for n bytes that have been read.
func (b *outgoing) frame(n int, chunked, last bool, trailer *message.Header) []byte {
	data := b.data()
	if !chunked {
		return data[chunkLine : chunkLine+n]
	}
	out := data[chunkLine:chunkLine]
	if n > 0 {
		var room [chunkLine]byte
		line := syntax.AppendChunk(room[:0], n)
		out = data[chunkLine-len(line) : chunkLine+n]
		copy(out, line)
		out = append(out, "\r\n"...)
	}
	if last {
		out = syntax.AppendEnd(out, trailer)
	}
	return out
}

func (b *outgoing) free() {
	sock.PutSmall(b.small)
	if b.large != nil {
		sock.PutLarge(b.large)
	}
}
