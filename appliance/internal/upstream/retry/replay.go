// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
)

const (
	// smallBody is how long a body may be, in bytes, that transports read to its
	// end before they do anything else.
	smallBody = 8 << 10

	// pageSize is how much is kept in one piece, in bytes.
	pageSize = 16 << 10
)

var (
	errClosed = errors.New("the body has been closed")
	errLost   = errors.New("the beginning of the body is no longer there")
)

type page [pageSize]byte

var pages = sync.Pool{New: func() any { return new(page) }}

// A Replay keeps the beginning of a request's body, so that it can be sent
// again. The body is read as it is asked for, and what has come goes on at once.
//
// Each try reads a body of its own ([Replay.Body]). Whoever read the one before
// may still be in a Read of it, as [message.RoundTripper]'s may when a try has
// failed: nothing of the source is lost by that. So the source is read by a
// goroutine, unless it is small; transports wait for those whose Read does not
// end with Close.
type Replay struct {
	source io.ReadCloser
	limit  int64
	inline bool // whoever wants more reads it itself

	mu       sync.Mutex
	more     sync.Cond // something has changed
	kept     []*page
	total    int64 // bytes that have come
	err      error // how the source ended
	reading  bool
	lost     bool // bytes have come that were not kept
	released bool
	now      *body // of the current try
}

// NewReplay returns a replay of source that keeps up to limit bytes. inline says
// that nobody closes a body while it is being read.
func NewReplay(source io.ReadCloser, limit int64, inline bool) *Replay {
	r := &Replay{source: source, limit: limit, inline: inline}
	r.more.L = &r.mu
	return r
}

// Source returns what is replayed.
func (r *Replay) Source() io.ReadCloser { return r.source }

// Body returns the body for one more try. The one before gives nothing more.
func (r *Replay) Body() io.ReadCloser {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		r.now.closed = true
		r.more.Broadcast()
	}
	r.now = &body{r: r, closed: r.released}
	return r.now
}

// Whole reports whether the body can be sent from its start.
func (r *Replay) Whole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.lost && !r.released && (r.err == nil || errors.Is(r.err, io.EOF))
}

// Close ends the replay and gives its memory back. A Read of the source that is
// under way ends by the source's Close.
func (r *Replay) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.released {
		return
	}
	r.released = true
	if r.now != nil {
		r.now.closed = true
	}
	r.more.Broadcast()
	if r.reading {
		_ = r.source.Close() // whoever reads frees the memory
	} else {
		r.free()
	}
}

// free gives memory back. r.mu is held.
func (r *Replay) free() {
	for _, p := range r.kept {
		pages.Put(p)
	}
	r.kept = nil
}

// A body is that of one try.
type body struct {
	r      *Replay
	at     int64 // bytes that have been read
	closed bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	r := b.r
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case b.closed:
			return 0, errClosed
		case len(p) == 0:
			return 0, nil
		case r.lost && b.at < r.total:
			return 0, errLost
		case b.at < r.total:
			return b.again(p)
		case r.err != nil:
			return 0, r.err
		case r.reading:
			r.more.Wait()
		case r.lost || r.total >= r.limit:
			return b.pass(p)
		default:
			r.reading = true
			if r.inline {
				r.fill()
			} else {
				go r.fillAlone()
			}
		}
	}
}

// again reads what has been kept. r.mu is held.
func (b *body) again(p []byte) (int, error) {
	r := b.r
	start := b.at / pageSize * pageSize
	n := copy(p, r.kept[start/pageSize][b.at-start:min(pageSize, r.total-start)])
	b.at += int64(n)
	if b.at == r.total {
		return n, r.err
	}
	return n, nil
}

// pass reads what is not kept any more. r.mu is held, though not meanwhile.
func (b *body) pass(p []byte) (int, error) {
	r := b.r
	r.reading = true
	r.mu.Unlock()
	n, err := r.read(p)
	r.mu.Lock()
	r.total += int64(n)
	b.at = r.total
	if n > 0 && !r.lost {
		r.lost = true
		r.free()
	}
	r.done(err)
	return n, err
}

// read reads the source, which may be a plugin's: its panic is an error of the body,
// on whichever goroutine.
func (r *Replay) read(p []byte) (n int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			n, err = 0, fmt.Errorf("reading the request's body panicked: %v\n%s", reason, debug.Stack())
		}
	}()
	return r.source.Read(p)
}

func (r *Replay) fillAlone() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fill()
}

// fill reads once. r.mu is held, though not meanwhile.
func (r *Replay) fill() {
	if r.total == int64(len(r.kept))*pageSize {
		r.kept = append(r.kept, pages.Get().(*page))
	}
	space := r.kept[len(r.kept)-1][r.total%pageSize:]
	space = space[:min(int64(len(space)), r.limit-r.total)]
	r.mu.Unlock()
	n, err := r.read(space)
	r.mu.Lock()
	r.total += int64(n)
	r.done(err)
}

// done ends a Read of the source. r.mu is held.
func (r *Replay) done(err error) {
	r.reading = false
	if err != nil {
		r.err = err
	}
	if r.released {
		r.free()
	}
	r.more.Broadcast()
}

// Close implements io.Closer: every later Read fails, and a running one ends. A
// source of which not everything is kept is closed, too.
func (b *body) Close() error {
	r := b.r
	r.mu.Lock()
	defer r.mu.Unlock()
	b.closed = true
	r.more.Broadcast()
	if r.reading && (r.lost || r.total >= r.limit) {
		r.lost = true
		_ = r.source.Close()
	}
	return nil
}
