// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"io"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// tunnel relays bytes both ways, untouched, until both sides have ended or
// the route's timeout has passed.
func (x *exchange) tunnel() {
	target := x.Response.Tunnel
	client, err := x.stream.Upgrade(&x.Response.Header)
	if err != nil {
		_ = target.Close()
		x.Err = err
		return
	}
	closeBoth := func() {
		_ = target.Close()
		_ = client.Close()
	}
	defer closeBoth()
	if deadline := x.Request.Deadline; !deadline.IsZero() {
		defer time.AfterFunc(time.Until(deadline), closeBoth).Stop()
	}

	var received int64
	var both sync.WaitGroup
	both.Go(func() { received = relay(target, client) })
	x.Sent = relay(client, target)
	both.Wait()
	x.Received = received
	if x.late() {
		x.Err = plugin.ErrTimeout
	}
}

// relay copies from one side to the other and passes the end on: a half-close
// where the connection has one, otherwise the close of the whole.
func relay(to io.ReadWriteCloser, from io.Reader) int64 {
	n, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite() // the other direction notices if it fails
		return n
	}
	_ = to.Close()
	return n
}
