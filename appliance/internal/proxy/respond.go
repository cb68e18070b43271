// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"io"
	"sync"
)

// respond sends the response, or joins the two connections after an upgrade.
func (x *exchange) respond() {
	if x.Response == nil { // nobody is there to be answered
		x.stream.Reset()
		return
	}
	if x.Response.Tunnel != nil {
		x.tunnel()
		return
	}
	if x.Response.Body != nil {
		x.Response.Body = &countedBody{ReadCloser: x.Response.Body, n: &x.Sent}
	}
	if err := x.stream.Respond(x.Response); err != nil && x.Err == nil {
		x.Err = err
	}
}

// tunnel relays bytes both ways, untouched, until both sides have ended.
func (x *exchange) tunnel() {
	upstream := x.Response.Tunnel
	client, err := x.stream.Upgrade(&x.Response.Header)
	if err != nil {
		_ = upstream.Close()
		x.Err = err
		return
	}
	var both sync.WaitGroup
	both.Go(func() { x.Received += relay(upstream, client) })
	x.Sent += relay(client, upstream)
	both.Wait()
	_ = upstream.Close()
	_ = client.Close()
}

// relay copies from one side to the other and passes the end on: a half-close
// where the connection has one, otherwise the close of the whole.
func relay(to io.ReadWriteCloser, from io.Reader) int64 {
	n, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return n
	}
	_ = to.Close()
	return n
}

// A countedBody adds the bytes that pass to a count.
type countedBody struct {
	io.ReadCloser
	n *int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	*b.n += int64(n)
	return n, err
}
