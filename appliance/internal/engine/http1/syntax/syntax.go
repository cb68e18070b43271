// SPDX-License-Identifier: Apache-2.0

// Package syntax is the syntax of HTTP/1.1 messages (RFC 9110, RFC 9112):
// parsing and writing of heads, and the chunked transfer coding. It reads
// nothing and keeps nothing: the callers hold the bytes.
//
// It is strict. What two parsers could read in two ways is refused, never
// mended, for a request that is read in two ways is how requests are smuggled.
//
// Where the RFCs leave a choice: lines end with CRLF and never with LF alone,
// also where section 2.2 of RFC 9112 would let a recipient take it; folded
// lines are refused; a Content-Length that is repeated is refused even if both
// say the same, and so is one beside Transfer-Encoding; the only transfer
// coding is chunked; a host is a name of letters, digits, "-", ".", "_" and
// "~", or an IP address, never percent-encoded, and has no empty port; a
// request target is ASCII; white space before a chunk extension is refused.
package syntax

// Limits of a message's head, and of the trailers of a body.
type Limits struct {
	Bytes  int // from the first byte to the empty line, which counts
	Fields int // Host counts
}

// An Error says that a message is malformed, or more than this gateway takes.
type Error struct {
	Status int    // to answer a request with: 400, 413, 414, 417, 431, 501 or 505; of responses: 502
	Reason string // which rule it breaks, for people; one line of ASCII
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
	ExpectContinue bool  // of requests with a body: the client waits for 100 Continue
}
