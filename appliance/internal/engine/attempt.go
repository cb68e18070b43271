// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// An attempt is one request to the target.
type attempt struct {
	transport *Transport
	request   *message.Request
	interim   message.Interim
	body      *sendBody          // nil when there is none
	cancel    context.CancelFunc // of the request alone; nil without a body

	mu       sync.Mutex // net/http reports from its own goroutines
	finished bool
	began    bool // net/http took the request and wants a connection
	conn     net.Conn
	http2    bool
	reused   bool
	writeErr error
	answered bool // the first byte of the response has come
}

// do returns the response, or a [message.TransportError].
func (a *attempt) do(ctx context.Context) (*message.Response, error) {
	via := a.transport.main
	if a.request.Upgrade() != "" {
		via = a.transport.upgrade()
		if !a.transport.options.Protocol.http1() {
			return nil, a.transport.failure(message.PhaseRequest, fmt.Errorf("the target speaks %s: %w", a.transport.options.Protocol, ErrNoUpgrade))
		}
	}
	out, err := a.outgoing(ctx)
	if err != nil {
		return nil, a.transport.failure(message.PhaseRequest, err)
	}
	in, err := via.RoundTrip(out)
	a.finish()
	if err != nil {
		a.end()
		return nil, a.classify(ctx, err)
	}
	if in.StatusCode < 200 && in.StatusCode != http.StatusSwitchingProtocols {
		_ = in.Body.Close() // nothing of it is wanted
		a.end()
		return nil, a.transport.failure(message.PhaseHead, fmt.Errorf("the response has the status %03d, which is none", in.StatusCode))
	}
	return a.response(in), nil
}

// outgoing makes net/http's request.
func (a *attempt) outgoing(ctx context.Context) (*http.Request, error) {
	r := a.request
	switch { // net/http makes something else of these, or tries again and again
	case hasBlank(r.Path) || hasBlank(r.Query):
		return nil, errors.New("its path or query has blanks or control characters")
	case !httpguts.ValidHostHeader(r.Host):
		return nil, fmt.Errorf("its host %q has characters that no host has", r.Host)
	}
	out := &http.Request{
		Method: r.Method,
		URL:    a.url(),
		Host:   r.Host,
		Header: make(http.Header, r.Header.Len()+1),
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	addFields(out.Header, &r.Header)
	a.dropHopByHop(out.Header)
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = nil // or net/http sends its own
	}
	if r.Body != nil && r.ContentLength != 0 {
		out.ContentLength = r.ContentLength
		ctx, a.cancel = context.WithCancel(ctx)
		a.body = &sendBody{source: r.Body, from: r.Trailer, closed: a.bodyClosed}
		out.Body = a.body
		if r.Trailer != nil {
			out.Trailer = make(http.Header)
			for _, f := range r.Trailer.Fields() {
				out.Trailer[http.CanonicalHeaderKey(f.Name)] = nil
			}
			a.body.to = out.Trailer
		}
	}
	return out.WithContext(httptrace.WithClientTrace(ctx, a.trace())), nil
}

// hasBlank reports whether a part of a request line has blanks or control
// characters, with which it would be another line.
func hasBlank(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// url returns the URL by which net/http finds the connection and writes the
// request target exactly as it came.
func (a *attempt) url() *url.URL {
	u := &url.URL{Scheme: "http", Host: a.transport.target, RawQuery: a.request.Query, ForceQuery: a.request.HasQuery}
	if a.transport.options.Protocol.secure() {
		u.Scheme = "https"
	}
	if path := a.request.Path; !strings.HasPrefix(path, "//") {
		u.Opaque = path
	} else if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path // Opaque would be taken for an authority
	} else {
		u.Path = path
	}
	return u
}

// dropHopByHop removes fields that would contradict what net/http makes of
// the connection itself.
func (a *attempt) dropHopByHop(h http.Header) {
	delete(h, "Keep-Alive")
	delete(h, "Proxy-Connection")
	if a.request.Upgrade() == "" {
		delete(h, "Connection")
		delete(h, "Upgrade")
	}
	if te := h["Te"]; te != nil && a.transport.options.Protocol != HTTP {
		if a.request.Header.HasToken("te", "trailers") {
			h["Te"] = []string{"trailers"}
		} else {
			delete(h, "Te")
		}
	}
}

// trace returns the hooks through which net/http tells how it goes.
func (a *attempt) trace() *httptrace.ClientTrace {
	locked := func(f func()) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if !a.finished {
			f()
		}
	}
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { locked(func() { a.began = true }) },
		GotConn: func(info httptrace.GotConnInfo) {
			locked(func() {
				a.conn, a.reused, a.writeErr, a.answered = info.Conn, info.Reused, nil, false
				a.http2 = !a.transport.options.Protocol.http1()
				if secure, ok := info.Conn.(*tls.Conn); ok {
					a.http2 = secure.ConnectionState().NegotiatedProtocol == "h2"
				}
			})
		},
		WroteRequest:         func(info httptrace.WroteRequestInfo) { locked(func() { a.writeErr = info.Err }) },
		GotFirstResponseByte: func() { locked(func() { a.answered = true }) },
	}
	if a.interim != nil {
		trace.Got1xxResponse = func(status int, header textproto.MIMEHeader) error {
			if status != http.StatusContinue && status != http.StatusSwitchingProtocols {
				h := headerOf(http.Header(header), 1)
				locked(func() { _ = a.interim.Inform(status, &h) })
			}
			return nil
		}
	}
	return trace
}

func (a *attempt) finish() {
	a.mu.Lock()
	a.finished = true
	a.mu.Unlock()
}

// bodyClosed is called when net/http has given up sending the body. In HTTP/2
// it then waits for a Read of the source that may take for ever, unless the
// request's context ends; a response that has begun must go on, though.
func (a *attempt) bodyClosed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.http2 && !a.answered {
		a.cancel()
	}
}

// sending reports whether there is something left of the body to send.
func (a *attempt) sending() bool { return a.body != nil && !a.body.ended.Load() }

// end lets go of the request's body and context.
func (a *attempt) end() {
	if a.body != nil {
		a.body.stop()
		a.cancel()
	}
}

// classify says in which phase the attempt failed.
func (a *attempt) classify(ctx context.Context, err error) *message.TransportError {
	t := a.transport
	unread := a.body.unread()
	var failed *message.TransportError
	switch timeout := (interface{ Timeout() bool })(nil); {
	case ctx.Err() != nil:
		failed = t.failure(message.PhaseCanceled, context.Cause(ctx))
	case a.body.failure() != nil:
		failed = t.failure(message.PhaseBody, a.body.failure())
	case errors.As(err, &failed): // from dial
	case !a.began: // net/http refused a name or value
		failed = t.failure(message.PhaseRequest, err)
	case a.conn == nil:
		failed = t.failure(message.PhaseConnect, err)
	case errors.As(err, &timeout) && timeout.Timeout():
		failed = t.failure(message.PhaseTimeout, err)
	case a.writeErr != nil:
		failed = t.failure(message.PhaseWrite, err)
	default:
		failed = t.failure(message.PhaseHead, err)
	}
	if failed.Phase == message.PhaseWrite || failed.Phase == message.PhaseHead {
		failed.MayRetry = a.reused && !a.answered && idempotent(a.request.Method)
	}
	failed.MayRetry = failed.MayRetry && unread
	failed.Reused = a.reused
	return failed
}

// idempotent methods may be sent again (RFC 9110, section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}
