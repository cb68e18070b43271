// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A tunnel is a connection after 101 Switching Protocols.
type tunnel struct {
	conn *conn
	once sync.Once
}

// upgraded makes the response's tunnel.
func (c *conn) upgraded(request *message.Request, response *message.Response) *message.TransportError {
	switch err := acceptsWebSocket(request, response); {
	case request.Upgrade() == "":
		return c.fail(message.PhaseHead, errNoUpgrade, false)
	case err != nil:
		return c.fail(message.PhaseHead, err, false)
	}
	sent := c.pump.stop(true)
	c.pump = nil
	if !sent {
		return c.fail(message.PhaseHead, errHalfway, false)
	}
	if ctx := c.watch.ctx; !c.watch.end() {
		c.watch.ctx = ctx
		return c.fail(message.PhaseCanceled, errors.New("the exchange has ended"), false)
	}
	c.socket.ReadBy(0)
	c.socket.WriteBy(0)
	if len(c.room.bytes()) == 0 {
		c.room.free()
	}
	response.ContentLength = 0
	response.Tunnel = &tunnel{conn: c}
	return nil
}

// Read reads what the target sends, first what came with its response.
func (t *tunnel) Read(p []byte) (int, error) {
	if early := t.conn.room.bytes(); len(early) > 0 {
		n := copy(p, early)
		if t.conn.room.r += n; n == len(early) {
			t.conn.room.free()
		}
		return n, nil
	}
	return t.conn.stream.Read(p)
}

func (t *tunnel) Write(p []byte) (int, error) { return t.conn.stream.Write(p) }

// CloseWrite tells the target that nothing more comes. Over TLS that cannot
// do so, it closes the connection.
func (t *tunnel) CloseWrite() error {
	if t.conn.plain {
		return t.conn.socket.CloseWrite()
	}
	if half, ok := t.conn.net.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return t.Close()
}

// Close may be called while Read and Write are running, which then fail.
func (t *tunnel) Close() (err error) {
	t.once.Do(func() { err = t.conn.net.Close() })
	return err
}
