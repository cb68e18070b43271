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
	Path     string // as the client sent it, percent-encoding included; "*" for OPTIONS *
	Query    string // after the "?", without it
	HasQuery bool   // there was a "?"
	Header   Header // without Host and pseudo-header fields

	Body          io.ReadCloser // nil when there is none
	ContentLength int64         // bytes of the body, -1 when unknown, 0 when there is none
	Trailer       *Header       // filled when Body has been read to its end; nil if none can come

	Remote   netip.AddrPort // the peer of the connection
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
	if len(is) < len(media) || !EqualName(is[:len(media)], media) {
		return false
	}
	rest := is[len(media):]
	return rest == "" || rest[0] == '+' || rest[0] == ';'
}

// Upgrade returns the protocol that an HTTP/1.1 request asks to switch to, in
// small letters, or "" (RFC 9110, section 7.8).
func (r *Request) Upgrade() string {
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

	// Tunnel is the connection to the target after 101 Switching Protocols.
	Tunnel io.ReadWriteCloser
}

// A Stream is the client's side of one request.
type Stream interface {
	// Inform sends an interim response (1xx).
	Inform(status int, header *Header) error

	// Respond sends the response's head, then its body as it comes, then its
	// trailers, and returns when all is written. It closes the body. It is
	// called once, or not at all if the client is to see a reset.
	Respond(response *Response) error

	// Upgrade answers 101 with the header and hands over the connection.
	Upgrade(header *Header) (net.Conn, error)

	// Reset ends the exchange without a proper end of its response, so that the
	// client cannot take what came for the whole.
	Reset()
}

// A Handler answers requests. It owns request and stream until it returns.
// ctx ends when the client goes away.
type Handler interface {
	Serve(ctx context.Context, request *Request, stream Stream)
}

// A RoundTripper sends a request to one target. inform, which may be nil, is
// called for interim responses. The caller closes the response's body.
type RoundTripper interface {
	RoundTrip(ctx context.Context, request *Request, inform func(status int, header *Header)) (*Response, error)
}
