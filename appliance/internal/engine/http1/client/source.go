// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"os"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

var _ sock.Source = (*body)(nil)

// Left implements [sock.Source].
func (b *body) Left() int64 {
	switch {
	case b.err != nil || !b.conn.plain:
		return 0
	case b.framing == syntax.Length:
		return b.left
	case b.framing == syntax.UntilClose:
		return -1
	}
	return 0
}

// SpliceTo implements [sock.Source].
func (b *body) SpliceTo(dst *sock.Conn, writeBy func() sock.Instant) (moved int64, read, write error) {
	if b.Left() == 0 {
		return 0, nil, nil
	}
	if early := b.conn.room.bytes(); len(early) > 0 {
		if b.framing == syntax.Length {
			early = early[:min(int64(len(early)), b.left)]
		}
		dst.WriteBy(writeBy())
		n, err := dst.Write(early)
		b.conn.room.r += n
		b.moved(int64(n))
		if moved = int64(n); err != nil {
			return moved, nil, err
		}
	}
	n, err, write := b.splice(dst, writeBy)
	moved += n
	switch {
	case write != nil:
		return moved, nil, write
	case err != nil:
		b.fail(err)
		return moved, b.err, nil
	}
	b.finish()
	return moved, nil, nil
}

// splice moves what is left in the kernel. Now and then it looks up, as read
// does, whether the exchange has ended.
func (b *body) splice(dst *sock.Conn, writeBy func() sock.Instant) (moved int64, read, write error) {
	c := b.conn
	stall := c.client.options.StallTimeout
	var since sock.Instant // the target has been silent
	resumed := false
	readBy := func() sock.Instant {
		now := sock.Now()
		if !resumed {
			since = now
		}
		resumed = false
		limit, sending := c.until(stall, since)
		return limit.Earlier(c.watch.wake(now, sending, stall))
	}
	for b.Left() != 0 {
		n, err, failed := sock.Splice(dst, c.socket, b.Left(), readBy, writeBy)
		moved += n
		b.moved(n)
		if failed != nil || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return moved, err, failed
		}
		if ended := c.watch.ask(c.socket); ended != nil {
			return moved, ended, nil
		}
		if limit, sending := c.until(stall, since); !sending && limit != 0 && limit <= sock.Now() {
			return moved, err, nil
		}
		resumed = true
	}
	return moved, nil, nil
}

// moved takes n bytes off what is left.
func (b *body) moved(n int64) {
	if b.framing == syntax.Length {
		b.left -= n
	}
}
