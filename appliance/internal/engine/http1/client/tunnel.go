// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/tunnel"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An upgraded is a connection after 101 Switching Protocols. Tunnels live long
// and are many: it holds nothing of the exchange that made it.
type upgraded struct {
	tunnel.Source
	net  net.Conn
	once sync.Once
}

var _ io.WriterTo = (*upgraded)(nil)

// upgrade makes the response's tunnel.
func (c *conn) upgrade(request *message.Request, response *message.Response) *message.TransportError {
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
	t := &upgraded{net: c.net}
	t.Socket = c.socket
	if !c.plain {
		t.Secure = c.net
	}
	if early := c.room.bytes(); len(early) > 0 {
		t.Early = bytes.Clone(early)
	}
	c.room.free()
	response.ContentLength = 0
	response.Tunnel = t
	return nil
}

func (t *upgraded) Write(p []byte) (int, error) {
	if t.Secure == nil {
		return t.Socket.Write(p)
	}
	return t.net.Write(p)
}

// CloseWrite tells the target that nothing more comes. Over TLS that cannot
// do so, it closes the connection.
func (t *upgraded) CloseWrite() error {
	if t.Secure == nil {
		return t.Socket.CloseWrite()
	}
	if half, ok := t.net.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return t.Close()
}

// Close may be called while Read and Write are running, which then fail.
func (t *upgraded) Close() (err error) {
	t.once.Do(func() { err = t.net.Close() })
	return err
}
