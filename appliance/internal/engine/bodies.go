// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A sendBody is the body of a request on its way to a target. Its source
// stays open: it belongs to whoever made the request.
type sendBody struct {
	source  io.Reader
	from    *message.Header // trailers of the source; nil if there are none
	to      http.Header     // trailers to send
	closed  func()          // called when net/http closes it before its end
	started atomic.Bool
	ended   atomic.Bool
	stopped atomic.Bool
	failed  atomic.Pointer[error]
}

// Read may be called again at the end: net/http looks whether there is more
// than it was told. By then the source may be gone.
func (b *sendBody) Read(p []byte) (int, error) {
	if b.ended.Load() {
		if err := b.failure(); err != nil {
			return 0, err
		}
		return 0, io.EOF
	}
	if b.stopped.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.started.Store(true)
	n, err := b.source.Read(p)
	switch {
	case err == nil:
		return n, nil
	case err != io.EOF:
		b.failed.CompareAndSwap(nil, &err)
	case b.from != nil:
		clear(b.to)
		addFields(b.to, b.from)
	}
	b.ended.Store(true)
	return n, err
}

// Close makes later reads fail. It does not wait for one that is running.
func (b *sendBody) Close() error {
	b.stop()
	if !b.ended.Load() {
		b.closed()
	}
	return nil
}

func (b *sendBody) stop() {
	if b != nil {
		b.stopped.Store(true)
	}
}

func (b *sendBody) unread() bool { return b == nil || !b.started.Load() }

// failure returns the error of the source, or nil.
func (b *sendBody) failure() error {
	if b == nil {
		return nil
	}
	if err := b.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// response makes our response of net/http's.
func (a *attempt) response(in *http.Response) *message.Response {
	out := &message.Response{
		Status:        in.StatusCode,
		Header:        headerOf(in.Header, in.ProtoMajor),
		ContentLength: in.ContentLength,
	}
	if in.StatusCode == http.StatusSwitchingProtocols {
		out.ContentLength = 0
		tunnel, _ := in.Body.(io.ReadWriteCloser) // net/http promises it
		out.Tunnel = &targetTunnel{ReadWriteCloser: tunnel, conn: a.conn, release: a.transport.release}
		return out
	}
	if in.Body == http.NoBody || in.Body == nil || !bodyAllowed(a.request.Method, in.StatusCode) || in.ContentLength == 0 {
		if in.Body != nil {
			in.Body.Close()
		}
		a.end()
		a.transport.release()
		if out.ContentLength < 0 && bodyAllowed(a.request.Method, in.StatusCode) {
			out.ContentLength = 0
		}
		return out
	}
	body := &receiveBody{attempt: a, in: in}
	if in.ContentLength < 0 || len(in.Trailer) > 0 {
		body.trailer = announced(in.Trailer, in.ProtoMajor)
		out.Trailer = &body.trailer
	}
	out.Body = body
	return out
}

// A receiveBody is the body of a target's response. Closing it ends the
// exchange; before its end, that cancels the request.
type receiveBody struct {
	attempt *attempt
	in      *http.Response
	trailer message.Header
	once    sync.Once
}

func (b *receiveBody) Read(p []byte) (int, error) {
	n, err := b.in.Body.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.trailer = headerOf(b.in.Trailer, b.in.ProtoMajor)
	default:
		err = b.attempt.transport.failure(message.PhaseResponse, err)
	}
	return n, err
}

func (b *receiveBody) Close() (err error) {
	b.once.Do(func() {
		if b.attempt.sending() {
			b.attempt.end() // first, or HTTP/2's Close waits for the source of the request's body
		}
		err = b.in.Body.Close()
		b.attempt.end()
		b.attempt.transport.release()
	})
	return err
}

// A targetTunnel is the connection to a target after 101 Switching Protocols.
type targetTunnel struct {
	io.ReadWriteCloser
	conn    net.Conn
	once    sync.Once
	release func()
}

// CloseWrite tells the target that nothing more comes.
func (t *targetTunnel) CloseWrite() error { return closeWrite(t.conn) }

func (t *targetTunnel) Close() (err error) {
	t.once.Do(func() {
		err = t.ReadWriteCloser.Close()
		t.release()
	})
	return err
}
