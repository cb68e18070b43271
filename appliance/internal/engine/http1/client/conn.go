// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
)

// A conn is a connection to the target. One exchange uses it at a time.
type conn struct {
	client *Client
	net    net.Conn      // what Dial made, to be closed
	socket *sock.Conn    // the TCP connection
	stream io.ReadWriter // what is read and written: socket, or TLS over it
	plain  bool          // it is socket
	used   bool          // it has carried an exchange
	since  sock.Instant  // when the pool first saw it unused; 0: it has not yet

	room    room // what has been read and not been taken
	content []byte
	decoder syntax.Decoder
	watch   watch
	pump    *pump        // sends the request's body; nil without one
	sent    sock.Instant // when the request was, if that was at once; 0: it was not
	owed    bool         // the target refused the body before it was sent
}

// close closes the connection.
func (c *conn) close() { _ = c.net.Close() } // there is nothing left to lose

// quiet reports whether an unused connection can be used: the target has
// neither sent anything nor ended. TLS may have bytes of its own to read.
func (c *conn) quiet() bool {
	err := c.socket.Quiet()
	if err == nil || c.plain || !errors.Is(err, sock.ErrUnasked) {
		return err == nil
	}
	var one [1]byte
	c.socket.ReadBy(sock.Now().After(time.Millisecond))
	n, err := c.stream.Read(one[:])
	// On a busy machine the time may be over before anything has been read.
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.socket.Quiet() == nil
}

// read reads into p. It gives up with os.ErrDeadlineExceeded when the target
// has been silent for some time since an instant (0: for ever), not counting
// the time in which the request is still being sent, or when the exchange must
// be over; with a [canceled] when its context has ended.
func (c *conn) read(p []byte, silence time.Duration, since sock.Instant) (int, error) {
	for now := since; ; now = sock.Now() {
		limit, sending := c.until(silence, since)
		if limit != 0 && limit <= now {
			return 0, os.ErrDeadlineExceeded
		}
		c.socket.ReadBy(limit.Earlier(c.watch.wake(now, sending, silence)))
		n, err := c.stream.Read(p)
		if n > 0 {
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, err
		}
		if ended := c.watch.ask(c.socket); ended != nil {
			return 0, ended
		}
	}
}

// until returns when a target that has been silent since an instant is given
// up, and whether the request is still being sent: then it may be silent.
func (c *conn) until(silence time.Duration, since sock.Instant) (limit sock.Instant, sending bool) {
	if sending = c.pump.running(); !sending {
		limit = max(since, c.pump.end()).After(silence)
	}
	return limit.Earlier(c.watch.by), sending
}

// release ends an exchange. If the response is at its end the connection can be
// used again, unless the request is not.
func (c *conn) release(reusable bool) {
	sent := c.pump.stop(reusable)
	c.pump = nil
	undisturbed := c.watch.end()
	c.room.free()
	c.content = nil
	c.used = true
	if reusable && sent && undisturbed && !c.owed {
		c.client.pool.put(c)
		return
	}
	c.close()
}
