// SPDX-License-Identifier: Apache-2.0

// Package syntax is the syntax of HTTP/1.1 messages (RFC 9110, RFC 9112):
// parsing and writing of heads, and the chunked transfer coding. It reads
// nothing and keeps nothing: the callers hold the bytes.
//
// It is strict. What two parsers could read in two ways is refused, never
// mended, for a request that is read in two ways is how requests are smuggled.
package syntax

import (
	"errors"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Limits of a message's head, and of the trailers of a body.
type Limits struct {
	Bytes  int // from the first byte to the empty line
	Fields int
}

// An Error says that a message is malformed, or more than this gateway takes.
type Error struct {
	Status int    // to answer a request with: 400, 413, 417, 431, 501 or 505
	Reason string // which rule it breaks, for people
}

func (e *Error) Error() string { return e.Reason }

// Framing says how the end of a body is found (RFC 9112, section 6.3).
type Framing uint8

// The framings. UntilClose is one of responses only.
const (
	NoBody Framing = iota
	Length
	Chunked
	UntilClose
)

// A Head is what a message's head says of the connection and the body.
type Head struct {
	Framing        Framing
	Length         int64 // of the body, if Framing is Length: at least 1
	KeepAlive      bool  // the connection can carry another message after this one
	ExpectContinue bool  // of requests: the client waits for 100 Continue
}

var errUnfinished = errors.New("not built yet")

// ParseRequest parses the head of a request at the start of data into r: Proto,
// Method, Host, Path, Query, HasQuery, Header without Host, and ContentLength.
// All strings share one copy of the head, and the memory of r.Header is used
// again. n is the length of the head with its empty line; 0 says that data ends
// before it. searched is how much of data a call before has looked at already.
// An error is an [Error].
func ParseRequest(data []byte, searched *int, limits Limits, r *message.Request) (head Head, n int, err error) {
	return Head{}, 0, errUnfinished
}

// ParseResponse parses the head of a response to a request with the given
// method: Status, Header and ContentLength (-1 for [Chunked] and [UntilClose]).
// Interim responses are parsed as any other; their framing is NoBody.
func ParseResponse(data []byte, searched *int, limits Limits, method string, r *message.Response) (head Head, n int, err error) {
	return Head{}, 0, errUnfinished
}

// AppendRequest appends the head of a request. Host comes first. Of the
// header's own fields those about framing and connection (Content-Length,
// Transfer-Encoding, Keep-Alive, Proxy-Connection) are left out; Connection and Upgrade
// only appear if r.Upgrade() is not "". It fails if HTTP/1.1 cannot express the request:
// nothing that a plugin or an HTTP/2 client put there may become another line.
func AppendRequest(b []byte, r *message.Request, framing Framing) ([]byte, error) {
	return b, errUnfinished
}

// AppendResponse appends the head of a response, by the same rules, for a
// client that speaks proto. closing adds Connection: close; for HTTP/1.0 clients
// keep-alive is said otherwise. withLength says whether ContentLength is
// announced although no body follows (HEAD, 304). A name or value that cannot be
// expressed fails.
func AppendResponse(b []byte, r *message.Response, proto message.Proto, framing Framing, withLength, closing bool) ([]byte, error) {
	return b, errUnfinished
}

// AppendInterim appends an interim response (1xx), or 101 with its Connection
// and Upgrade fields.
func AppendInterim(b []byte, status int, header *message.Header) ([]byte, error) {
	return b, errUnfinished
}

// AppendChunk appends the line that begins a chunk of n bytes, n > 0. The
// chunk ends with "\r\n".
func AppendChunk(b []byte, n int) []byte { return b }

// AppendEnd appends the last chunk and the trailers, if not nil. Fields that
// may not be trailers (RFC 9110, section 6.5.1) are left out.
func AppendEnd(b []byte, trailer *message.Header) []byte { return b }

// A Decoder takes the chunked coding off a body (RFC 9112, section 7.1). Chunk
// extensions are skipped, within limits. The zero Decoder has limits of 0.
type Decoder struct {
	Limits  Limits         // of each chunk's line, and of the trailers
	Trailer message.Header // the trailers, when Done
}

// Decode takes n bytes of data, of which body, a part of data, is content. It
// takes as much as it can without a gap in body. n is 0 only if data is too
// short to go on: call again with more after it. An error is an [Error].
func (d *Decoder) Decode(data []byte) (body []byte, n int, err error) { return nil, 0, errUnfinished }

// Done reports whether the end of the body has been decoded.
func (d *Decoder) Done() bool { return false }

// Reset makes the decoder ready for another body with the same limits.
func (d *Decoder) Reset() {}
