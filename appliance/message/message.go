// SPDX-License-Identifier: Apache-2.0

// Package message holds the gateway's own HTTP messages: what an engine reads
// and writes, and what plugins see. They are closer to the wire than
// net/http's and cost less.
package message

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Proto is the version of HTTP that a message came in.
type Proto uint8

// The versions of HTTP.
const (
	HTTP10 Proto = iota
	HTTP11
	HTTP2
	HTTP3
)

func (p Proto) String() string {
	return [...]string{"HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"}[p]
}

// A Request is one request, from a client or to a target.
type Request struct {
	Proto    Proto
	Method   string
	Scheme   string // http or https
	Host     string // as the client sent it, port included
	Protocol string // of an extended CONNECT (RFC 8441), which is shown as a GET; "" otherwise
	Path     string // as the client sent it, percent-encoding included; "*" for OPTIONS *
	Query    string // after the "?", without it
	HasQuery bool   // there was a "?"
	Header   Header // without Host and pseudo-header fields

	Body          io.ReadCloser // nil when there is none
	ContentLength int64         // bytes of the body, -1 when unknown, 0 when there is none
	Trailer       *Header       // filled when Body has been read to its end; nil if none can come

	// Deadline is when the exchange must be over; the zero time is never.
	Deadline time.Time

	Remote   netip.AddrPort // the peer of the connection
	RemoteIP string         // the address of Remote as text, made once a connection; "" if it was not
	Local    netip.AddrPort
	Listener string               // id of the listener that took the connection
	TLS      *tls.ConnectionState // nil on plaintext connections
}

// Target returns path and query as a request line has them.
func (r *Request) Target() string {
	if r.HasQuery {
		return r.Path + "?" + r.Query
	}
	return r.Path
}

// IsGRPC reports whether the request is a gRPC call: HTTP/2 or later and a
// content type that begins with application/grpc, in letters of any case
// (gRPC-Web excluded).
func (r *Request) IsGRPC() bool {
	const media = "application/grpc"
	if r.Proto < HTTP2 {
		return false
	}
	is := r.Header.Get("content-type")
	if len(is) < len(media) || is[:len(media)] != media && !EqualName(is[:len(media)], media) {
		return false
	}
	rest := is[len(media):]
	return rest == "" || rest[0] == '+' || rest[0] == ';'
}

// Upgrade returns the protocol that a request asks to switch to, in small
// letters, or "": by the Upgrade field of HTTP/1.1 (RFC 9110, section 7.8) or
// the :protocol of an extended CONNECT (RFC 8441).
func (r *Request) Upgrade() string {
	if r.Protocol != "" {
		return lower(r.Protocol)
	}
	if r.Proto != HTTP11 || !r.Header.HasToken("connection", "upgrade") {
		return ""
	}
	return lower(r.Header.Get("upgrade"))
}

// lower makes the letters of ASCII small and leaves every other byte alone.
func lower(s string) string {
	isCapital := func(c rune) bool { return 'A' <= c && c <= 'Z' }
	if !strings.ContainsFunc(s, isCapital) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if isCapital(rune(c)) {
			b[i] = c | 0x20
		}
	}
	return string(b)
}

// A Response is the answer to a request.
type Response struct {
	Status        int
	Header        Header
	Body          io.ReadCloser // nil when there is none
	ContentLength int64         // bytes of the body, -1 when unknown
	Trailer       *Header       // filled when Body has been read to its end; nil if none can come

	// Tunnel is the connection to the target after 101 Switching Protocols. It
	// has a CloseWrite method if one direction can end before the other.
	Tunnel io.ReadWriteCloser

	// Close says that the client's connection is to end with this response, if it
	// carries one exchange at a time (HTTP/1).
	Close bool

	// Mender, if there is one, is asked when Body fails before its end.
	Mender Mender
}

// Reset empties the response for its next use and keeps its header's memory.
func (r *Response) Reset() {
	r.Header.Reset()
	*r = Response{Header: r.Header}
}

// A Mender ends a response in the place of its source.
type Mender interface {
	// Mend returns the trailers with which a response ends whose body failed
	// with err, or nil if the client is to see a reset.
	Mend(err error) *Header
}

// A Stream is the client's side of one request.
type Stream interface {
	Interim

	// Respond sends the response's head, then its body as it comes, then its
	// trailers, and returns when all is written: how many bytes of the body went
	// out, and a [ClientError] or a [SourceError] if something failed. It closes
	// the body. It is called once, or not at all if the client is to see a reset.
	Respond(response *Response) (sent int64, err error)

	// Upgrade answers 101 with the header and hands over the connection, which
	// has a CloseWrite method if one direction can end before the other.
	Upgrade(header *Header) (net.Conn, error)

	// Reset ends the exchange without a proper end of its response, so that the
	// client cannot take what came for the whole.
	Reset()

	// Received returns how many bytes of the request's body have been read.
	Received() int64
}

// Interim takes interim responses.
type Interim interface {
	// Inform takes an interim response (1xx, but for 101). The header is only
	// valid during the call.
	Inform(status int, header *Header) error
}

// A Handler answers requests. It owns request and stream until it returns.
// ctx ends when the client goes away.
type Handler interface {
	Serve(ctx context.Context, request *Request, stream Stream)
}

// A RoundTripper sends a request to one target.
type RoundTripper interface {
	// RoundTrip sends the request and fills the response, which is empty before
	// and after an error. interim, which may be nil, gets interim responses but
	// for 100 Continue, and none after RoundTrip returned. The caller closes the
	// response's body or tunnel. The request's body may still be read until
	// then, and is not afterwards. An error is a [TransportError].
	RoundTrip(ctx context.Context, request *Request, response *Response, interim Interim) error
}
