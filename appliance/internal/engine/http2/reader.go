// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A reader reads a connection's frames. It belongs to the goroutine of
// conn.run, and is the sock.Reader of a plaintext connection.
type reader struct {
	c    *conn
	mem  *sock.Large // nil while nothing is in it
	r, w int         // what is between is to be handled
	rest []byte      // of a frame that is not complete, while mem is nil

	out   outgoing
	begun []task      // exchanges that came, to be served when all that was read has been handled
	wakes []*stream   // on which something came, whose readers are to be woken then
	busy  atomic.Bool // it may know streams that are no longer open
	err   error
	left  int     // of the DATA frame that is being read, padding not counted
	pad   int     // what follows it
	data  frame   // that frame
	to    *stream // its stream; nil: nobody wants it

	head    frame // the HEADERS whose section is being read; 0: none
	headEnd bool
	selfish bool // its stream depends on itself
	section int  // bytes of it so far
	parts   int  // frames of it so far
	dec     hpack.Decoder
	most    int // bytes that it may have

	greeted bool         // the peer's preface and SETTINGS have come
	magic   int          // bytes of the preface that have come
	partial sock.Instant // since when a frame or a section is not complete; 0: all are
	deaf    bool         // the connection is about to end: what comes is thrown away
	until   sock.Instant // deaf: until when
	flooded bool         // deaf: for the peer exceeded the limits of abuse.go
	thrown  int          // deaf: bytes so far
	now     sock.Instant // when what is being handled came
}

func (r *reader) init(c *conn) {
	r.c = c
	r.dec.Init(tableSize, maxString)
	if !c.server {
		r.magic = len(preface)
	}
}

// run reads until the connection has ended, and returns why.
func (c *conn) run(early []byte) error {
	defer c.workers.leave()
	r := &c.reader
	c.start(&r.out)
	if len(early) > 0 {
		for len(early) > 0 && r.err == nil {
			n := copy(r.Space(), early)
			early = early[n:]
			r.Got(n)
		}
	}
	r.out.flush(false)
	for r.err == nil {
		if err := r.wait(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, sock.ErrInterrupted) {
			r.err = err
		}
	}
	c.fail(r.err)
	r.giveBack()
	r.rest = nil
	return r.err
}

// wait reads until the deadline.
func (r *reader) wait() error {
	if err := r.tick(sock.Now()); err != nil {
		return err
	}
	if r.c.raw != nil {
		if err := r.c.socket.Loop(r); !errors.Is(err, sock.ErrResting) {
			return err
		}
		return nil
	}
	return r.readTLS()
}

// tick has the role look after timeouts, and sets the deadline of the next
// wait.
func (r *reader) tick(now sock.Instant) error {
	c := r.c
	for !r.deaf {
		r.busy.Store(true)
		next, err := c.role.tick(now, &r.out)
		if err != nil {
			r.fail(err)
		}
		r.busy.Store(false)
		r.out.flush(false)
		if r.err != nil {
			return r.err
		}
		c.socket.ReadBy(next)
		if !c.kicked.Swap(false) {
			break
		}
	}
	if !r.deaf {
		return nil
	}
	if now > r.until {
		return errClosed
	}
	c.socket.ReadBy(r.until + 1)
	return nil
}

// readTLS reads once. It takes a buffer only when there is something to read.
func (r *reader) readTLS() error {
	var few [headerLen]byte
	n, err := r.c.net.Read(few[:])
	if n == 0 {
		return err
	}
	more := r.left+r.pad > n // of a DATA frame
	if r.left+r.pad == 0 && len(r.rest) == 0 && n == headerLen && r.magic == len(preface) {
		more = parseFrame(few[:]).length > 0
	}
	p := r.Space()
	n = copy(p, few[:n])
	if more && err == nil {
		var m int
		m, err = r.c.net.Read(p[n:]) // the rest of the record is there already, most likely
		n += m
	}
	if !r.Got(n) {
		return r.err
	}
	r.Idle()
	return err
}

// Space implements sock.Reader.
func (r *reader) Space() []byte {
	if r.mem == nil {
		r.mem = sock.GetLarge()
		r.r, r.w = 0, copy(r.mem[:], r.rest)
		r.rest = r.rest[:0]
	}
	if r.r > 0 && len(r.mem)-r.w < maxFrameSize+headerLen {
		r.w = copy(r.mem[:], r.mem[r.r:r.w])
		r.r = 0
	}
	return r.mem[r.w:]
}

// Idle implements sock.Reader.
func (r *reader) Idle() {
	if r.mem == nil {
		return
	}
	r.rest = append(r.rest[:0], r.mem[r.r:r.w]...)
	if len(r.rest) == 0 && cap(r.rest) > 64 {
		r.rest = nil
	}
	r.giveBack()
}

func (r *reader) giveBack() {
	if r.mem != nil {
		sock.PutLarge(r.mem)
		r.mem, r.r, r.w = nil, 0, 0
	}
}

// Got implements sock.Reader: it handles what has come, and flushes what that
// has caused.
func (r *reader) Got(n int) bool {
	r.w += n
	r.now = sock.Now()
	if r.deaf {
		r.r, r.w = 0, 0
		if r.thrown += n; r.flooded && r.thrown > maxThrown {
			r.err = errClosed
		}
		return r.now <= r.until && r.err == nil
	}
	r.busy.Store(true)
	err := r.handle()
	if err != nil {
		r.fail(err)
	}
	r.hand()
	r.busy.Store(false)
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
	if r.r == r.w && r.head.id == 0 && r.greeted || r.left > 0 {
		r.partial = 0
	} else if r.partial == 0 {
		r.partial = r.now
	}
	r.out.flush(true)
	if r.err == nil {
		r.err = r.tick(r.now)
	}
	return r.err == nil
}

// hand has what came be worked on, by others: now that all of it has been handled
// they find messages that are complete, and wait once for what came in many
// frames.
func (r *reader) hand() {
	for i, s := range r.wakes {
		r.wakes[i] = nil
		s.in.wake.Broadcast()
	}
	r.wakes = r.wakes[:0]
	r.begun = slices.DeleteFunc(r.begun, func(t task) bool {
		x, ok := t.(*exchange)
		return ok && x.unwanted()
	})
	if len(r.begun) > 0 {
		r.c.workers.do(r.begun...)
		clear(r.begun)
		r.begun = r.begun[:0]
	}
}

// wakeLater has whoever reads from a stream be woken by hand.
func (r *reader) wakeLater(s *stream) {
	if n := len(r.wakes); n == 0 || r.wakes[n-1] != s {
		r.wakes = append(r.wakes, s)
	}
}

// fail ends the connection: with GOAWAY if it is the peer's fault.
func (r *reader) fail(err error) {
	var broken *connError
	if !errors.As(err, &broken) {
		r.err = err
		return
	}
	c := r.c
	c.mu.Lock()
	c.cause = broken
	c.mu.Unlock()
	if broken.code == http2.ErrCodeEnhanceYourCalm && c.server {
		c.drop(broken, &r.out)
		r.out.flush(false)
		r.giveBack() // many may rest
		c.rest(calmRest)
		r.flooded = true
	}
	c.closeAfter(broken.code, broken.reason, &r.out)
	c.drop(broken, &r.out) // nothing that is still to come counts
	r.deafen()
}

// deafen has the reader throw away what comes, for a moment in which the peer
// can read why the connection ends.
func (r *reader) deafen() {
	r.deaf, r.until = true, sock.Now().After(lingerTime)
	r.r, r.w = 0, 0
}

// lingerTime is how long a connection is read after its last GOAWAY.
const lingerTime = time.Second

// handle handles all that is complete.
func (r *reader) handle() error {
	for r.r < r.w {
		p := r.mem[r.r:r.w]
		switch {
		case r.magic < len(preface):
			n := min(len(p), len(preface)-r.magic)
			if string(p[:n]) != preface[r.magic:r.magic+n] {
				return protocolError("the client does not begin with HTTP/2's preface")
			}
			r.magic += n
			r.r += n
			continue
		case r.left > 0 || r.pad > 0:
			n, err := r.takeData(p)
			if r.r += n; err != nil {
				return err
			}
			continue
		case len(p) < headerLen:
			return nil
		}
		f := parseFrame(p)
		if err := r.expect(f); err != nil {
			return err
		}
		p = p[headerLen:]
		if f.kind == http2.FrameData {
			n, err := r.beginData(f, p)
			if n < 0 {
				return nil
			}
			r.r += headerLen + n
			if err = r.resolve(f.id, err); err != nil {
				return err
			}
			continue
		}
		if len(p) < f.length {
			return nil
		}
		r.r += headerLen + f.length
		if err := r.resolve(f.id, r.control(f, p[:f.length])); err != nil {
			return err
		}
	}
	return nil
}

// resolve does what a stream error asks for, and passes on any other.
func (r *reader) resolve(id uint32, err error) error {
	if err == nil {
		return nil
	}
	var one *streamError
	if !errors.As(err, &one) {
		return err
	}
	if s := r.c.stream(id); s != nil {
		s.reset(one.code, one, &r.out)
		return r.c.role.broke()
	}
	r.c.mu.Lock()
	r.c.appendReset(id, one.code)
	r.c.past.add(id, true)
	err = r.answered()
	r.c.unlock(&r.out)
	if err == nil {
		err = r.c.role.broke()
	}
	return err
}

// expect checks what can be said of a frame by its header.
func (r *reader) expect(f frame) error {
	switch {
	case f.length > maxFrameSize:
		return &connError{http2.ErrCodeFrameSize, "a frame is longer than SETTINGS_MAX_FRAME_SIZE"}
	case !r.greeted && (f.kind != http2.FrameSettings || f.has(flagAck)):
		return protocolError("the first frame is not SETTINGS")
	case r.head.id != 0 && (f.kind != http2.FrameContinuation || f.id != r.head.id):
		return protocolError("a field section is interrupted")
	}
	return nil
}
