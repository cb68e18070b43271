// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"fmt"
	"io"
	"runtime/debug"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A pump sends the body of a request that comes from elsewhere than HTTP/2.
type pump struct {
	x       *call
	body    io.ReadCloser
	left    int64           // what Content-Length announced and has not come; -1: nothing
	trailer *message.Header // complete at the end of the body; nil: none

	stopped atomic.Bool // nobody is to read the body any more
	done    atomic.Bool // nobody reads it any more
}

// run implements task.
func (p *pump) run() {
	err := p.copy()
	p.done.Store(true)
	if err != nil && !p.stopped.Load() {
		p.x.sourceFailed(err)
	}
}

// copy returns an error of the body. The end of the stream ends it, too.
func (p *pump) copy() error {
	buffer := sock.GetSmall()
	defer sock.PutSmall(buffer)
	s := &p.x.s
	var o outgoing
	for !p.stopped.Load() {
		n, err := p.read(buffer[:])
		if p.stopped.Load() {
			return nil
		}
		if p.left >= 0 {
			if p.left -= int64(n); p.left < 0 {
				return errLongBody
			}
			if isEnd(err) && p.left > 0 {
				err = io.ErrUnexpectedEOF
			}
		}
		if n > 0 {
			failed := s.write(buffer[:n], &o)
			if err == nil {
				o.flush(true)
			}
			if failed != nil {
				o.flush(false)
				return nil
			}
		}
		switch {
		case err == nil:
			continue
		case isEnd(err):
			s.c.mu.Lock()
			s.finish(p.trailer)
			s.c.unlock(&o)
			o.flush(true)
			return nil
		}
		o.flush(false)
		return err
	}
	return nil
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

// end has nobody read the body any more. A Read that is running ends by the
// body's Close, if not at once: what it returns is not looked at.
func (p *pump) end() {
	p.stopped.Store(true)
	if !p.done.Load() {
		_ = p.body.Close() // there is nothing left to lose
	}
}
