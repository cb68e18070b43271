// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"golang.org/x/net/http/httpguts"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// readRequest fills the exchange's request from net/http's.
func (x *exchange) readRequest(listener string) {
	r, m := x.r, &x.request
	m.Proto = protoOf(r)
	m.Method = r.Method
	m.Host = r.Host
	m.Scheme = "http"
	if r.TLS != nil {
		m.Scheme = "https"
	}
	m.Path, m.Query, m.HasQuery = splitTarget(r.RequestURI)
	delete(r.Header, "Host") // HTTP/2 may have it beside :authority; it says the same
	m.Header = headerOf(r.Header, r.ProtoMajor)
	m.Listener, m.TLS = listener, r.TLS
	m.Remote, m.Local = x.peer.remote, x.peer.local

	m.ContentLength = r.ContentLength
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		m.ContentLength = 0
		return
	}
	x.body.r = r
	m.Body = &x.body
	if r.ContentLength < 0 || len(r.Trailer) > 0 {
		x.body.trailer = announced(r.Trailer, r.ProtoMajor)
		m.Trailer = &x.body.trailer
	}
}

func protoOf(r *http.Request) message.Proto {
	switch {
	case r.ProtoMajor == 2:
		return message.HTTP2
	case r.ProtoMinor == 0:
		return message.HTTP10
	}
	return message.HTTP11
}

// splitTarget takes apart a request target in origin, absolute or asterisk
// form (RFC 9112, section 3.2). net/http has the host of an absolute one.
func splitTarget(target string) (path, query string, hasQuery bool) {
	if !strings.HasPrefix(target, "/") && target != "*" {
		if _, rest, ok := strings.Cut(target, "://"); ok {
			if i := strings.IndexAny(rest, "/?"); i >= 0 {
				target = rest[i:]
			} else {
				target = "/"
			}
		}
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
	}
	return strings.Cut(target, "?")
}

// requestBody is the body of a client's request.
type requestBody struct {
	r       *http.Request
	trailer message.Header
	started atomic.Bool // something has been read
	ended   atomic.Bool // read to its end
	stopped atomic.Bool
	read    atomic.Int64
}

// Read returns a [message.ClientError] when the client fails. At the end it goes on
// to say so, though net/http closes the body when the response begins.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.ended.Load() {
		return 0, io.EOF
	}
	if b.stopped.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.started.Store(true)
	n, err := b.r.Body.Read(p)
	b.read.Add(int64(n))
	switch {
	case err == nil:
	case err == io.EOF:
		b.trailer = headerOf(b.r.Trailer, b.r.ProtoMajor)
		b.ended.Store(true)
	default:
		err = &message.ClientError{Op: "read", Err: err}
	}
	return n, err
}

// Close makes every later Read fail. What is left of the body is read or cut
// off by net/http when the handler returns.
func (b *requestBody) Close() error {
	b.stop()
	return nil
}

// unfinished reports whether an HTTP/1 client is still sending the body. One
// that waits to be told to (100 Continue), and was not, does not send it.
func (b *requestBody) unfinished() bool {
	if b.r == nil || b.r.ProtoMajor != 1 || b.ended.Load() {
		return false
	}
	return b.started.Load() || !httpguts.HeaderValuesContainsToken(b.r.Header["Expect"], "100-continue")
}

func (b *requestBody) stop() { b.stopped.Store(true) }

var _ io.ReadCloser = (*requestBody)(nil)
