// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A tunnel is an exchange that has become two connections. Most of them are
// idle most of the time: each direction has a goroutine while it carries
// something, and the one that ends last ends the exchange.
type tunnel struct {
	x        *exchange
	meter    snapshot.RouteMeter
	client   net.Conn
	target   io.ReadWriteCloser
	late     *time.Timer // closes both at the deadline; nil without one
	running  atomic.Int32
	closing  sync.Once
	up, down direction // to the target, and to the client
}

// A direction is one of the two in which a tunnel carries bytes.
type direction struct {
	t     *tunnel
	moved int64
}

// tunnel relays bytes both ways, untouched, until both sides have ended or
// the deadline has passed. It returns whether it does, without waiting.
func (x *exchange) tunnel(meter snapshot.RouteMeter) (goesOn bool) {
	target := x.Response.Tunnel
	client, err := x.stream.Upgrade(&x.Response.Header)
	if err != nil {
		_ = target.Close()
		x.Err = err
		if _, gone := errors.AsType[*message.ClientError](err); !gone {
			x.Response = &message.Response{Status: http.StatusServiceUnavailable} // the stream has answered so
		}
		return false
	}
	x.Request.Header = x.Request.Header.Clone() // of no more than there is: it lasts
	x.Response.Header = x.Response.Header.Clone()
	t := &tunnel{x: x, meter: meter, client: client, target: target}
	t.running.Store(2)
	if deadline := x.Request.Deadline; !deadline.IsZero() {
		t.late = time.AfterFunc(time.Until(deadline), t.closeTarget)
	}
	if c, ok := client.(interface{ OnIdle(func()) }); ok {
		c.OnIdle(t.closeTarget) // though only the target is waited for
	}
	t.up.t, t.down.t = t, t
	go t.up.run()
	go t.down.run()
	return true
}

func (d *direction) ends() (to io.Writer, from io.Reader) {
	if d == &d.t.up {
		return d.t.target, d.t.client
	}
	return d.t.client, d.t.target
}

// run copies from one side to the other and passes the end on: a half-close
// where the connection has one, otherwise the close of the whole. When nothing
// has come for a while it returns, and is called again when something does.
func (d *direction) run() {
	t := d.t
	to, from := d.ends()
	n, err := io.Copy(to, from)
	d.moved += n
	if errors.Is(err, message.ErrResting) {
		if p, ok := from.(interface{ Park(wake func()) bool }); !ok || !p.Park(d.run) {
			go d.run() // on a small stack
		}
		return
	}
	half, ok := to.(interface{ CloseWrite() error })
	if ok && err == nil {
		_ = half.CloseWrite() // the other direction notices if it fails
	} else {
		t.closeTarget()
	}
	if t.running.Add(-1) == 0 {
		t.end()
	}
}

// closeTarget ends both directions. The client's side, which the exchange's
// memory belongs to, is closed at the very end.
func (t *tunnel) closeTarget() {
	t.closing.Do(func() {
		if c, ok := t.client.(interface{ Abort() }); ok {
			c.Abort()
		} else {
			_ = t.client.SetDeadline(time.Unix(1, 0)) // a closed connection needs none
		}
		_ = t.target.Close()
	})
}

// end ends the exchange.
func (t *tunnel) end() {
	if t.late != nil {
		t.late.Stop()
	}
	t.closeTarget()
	x := t.x
	x.Sent = t.down.moved
	x.Received = t.up.moved
	if x.late() {
		x.Err = plugin.ErrTimeout
	}
	x.end(t.meter)
	x.release()
	_ = t.client.Close()
}
