// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// openers is how many idle connections are opened at a time.
const openers = 32

// Idle are connections that are open and do nothing.
type Idle struct {
	Count   int
	Head    []byte // of the request that each of them makes first
	Size    int64  // of the response's body, in bytes
	Upgrade bool   // the request asks for a WebSocket, which echoes one message
}

// Open opens all connections, each of which makes its request, and returns
// how to close them.
func (q *Idle) Open(ctx context.Context, address string) (closeAll func(), err error) {
	conns := make([]net.Conn, q.Count)
	closeAll = func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
	}
	var (
		group sync.WaitGroup
		once  sync.Once
		first error
	)
	for k := range openers {
		group.Go(func() {
			for i := k; i < q.Count && ctx.Err() == nil; i += openers {
				c, err := q.open(address)
				if err != nil {
					once.Do(func() { first = fmt.Errorf("idle connection %d: %w", i, err) })
					return
				}
				conns[i] = c
			}
		})
	}
	group.Wait()
	if first = errors.Join(first, context.Cause(ctx)); first != nil {
		closeAll()
		return nil, first
	}
	return closeAll, nil
}

func (q *Idle) open(address string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	if err = q.use(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (q *Idle) use(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := c.Write(q.Head); err != nil {
		return err
	}
	r := newReader(c, 4<<10)
	status, size, err := r.response(nil)
	if err != nil {
		return err
	}
	if !q.Upgrade {
		if status != 200 || size != q.Size {
			return fmt.Errorf("the response has status %d and %d bytes, not 200 and %d", status, size, q.Size)
		}
		return c.SetDeadline(time.Time{})
	}
	if status != 101 {
		return fmt.Errorf("status %d instead of a WebSocket", status)
	}
	// "ping", masked with zeros (RFC 6455, section 5.2), and its echo.
	if _, err := c.Write([]byte{0x81, 0x84, 0, 0, 0, 0, 'p', 'i', 'n', 'g'}); err != nil {
		return err
	}
	echo := make([]byte, 6)
	if _, err := io.ReadFull(c, echo); err != nil {
		return err
	}
	if !bytes.Equal(echo, []byte{0x81, 4, 'p', 'i', 'n', 'g'}) {
		return fmt.Errorf("the WebSocket echoed % x", echo)
	}
	return c.SetDeadline(time.Time{})
}
