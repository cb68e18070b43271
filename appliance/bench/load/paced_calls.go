// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/h2wire"
)

// Paced makes calls at a fixed rate a second, as [Requests.Paced] does
// requests. Each of them has a stream of its own; they take turns at the
// connections.
func (q *Calls) Paced(ctx context.Context, address string, rate int, d time.Duration) ([]time.Duration, error) {
	p := &pace{}
	conns := make([]*pacedCaller, q.Connections)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.conn.Close()
			}
		}
		p.readers.Wait()
	}()
	for i := range conns {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			return nil, err
		}
		conns[i] = &pacedCaller{pace: p, conn: conn, caller: newCaller(q, address, &worker{}), due: make(map[uint32]time.Time)}
		if err := conns[i].flush(); err != nil { // the preface, before the first call is due
			return nil, err
		}
		p.readers.Go(func() {
			p.fail(conns[i].read()) // which is of no interest once all is over
			conn.Close()
		})
	}
	turn := 0
	if err := p.run(ctx, rate, d, func(due time.Time) {
		p.mu.Lock()
		p.pending++
		p.mu.Unlock()
		conns[turn%len(conns)].send(due)
		turn++
	}); err != nil {
		return nil, err
	}
	return p.result()
}

// A pacedCaller is a connection on which calls begin when they are due.
type pacedCaller struct {
	pace *pace
	conn net.Conn

	mu      sync.Mutex
	caller  *caller
	due     map[uint32]time.Time // of the calls that are on their way, by stream
	waiting []time.Time          // of those that do not fit the window
}

func (c *pacedCaller) send(due time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, due)
	if err := c.flush(); err != nil {
		c.pace.fail(err)
		c.conn.Close()
	}
}

// flush begins the calls that fit the window and sends what there is to send.
func (c *pacedCaller) flush() error {
	g := c.caller
	for len(c.waiting) > 0 && g.window >= int64(len(g.message)) {
		c.due[g.next] = c.waiting[0]
		c.waiting = c.waiting[1:]
		g.call()
	}
	if len(g.out) == 0 {
		return nil
	}
	if _, err := c.conn.Write(g.out); err != nil {
		return fmt.Errorf("send a call: %w", err)
	}
	g.out = g.out[:0]
	return nil
}

// read takes answers until the connection ends, and returns why it did.
func (c *pacedCaller) read() error {
	buf, end := make([]byte, 64<<10), 0
	for {
		n, err := c.conn.Read(buf[end:])
		if err != nil {
			return fmt.Errorf("read an answer: %w", err)
		}
		end += n
		rest, err := c.take(buf[:end])
		if err != nil {
			return err
		}
		end = copy(buf, rest)
	}
}

func (c *pacedCaller) take(b []byte) (rest []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		f, after, ok := h2wire.Next(b)
		if !ok {
			return b, c.flush()
		}
		b = after
		if err := c.caller.handle(&f); err != nil {
			return nil, err
		}
		if p := c.caller.worker.reason.Load(); p != nil {
			return nil, *p
		}
		due, mine := c.due[f.Stream]
		if mine && f.Has(h2wire.EndStream) && (f.Type == h2wire.Data || f.Type == h2wire.Headers) {
			delete(c.due, f.Stream)
			c.pace.done(time.Since(due))
		}
	}
}
