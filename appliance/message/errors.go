// SPDX-License-Identifier: Apache-2.0

package message

import (
	"errors"
	"fmt"
)

// A ClientError says that the client's side of an exchange failed: it went
// away, or its request body broke off. Nobody is left to be answered.
type ClientError struct {
	Op  string // "read" of the request or "write" of the response
	Err error
}

func (e *ClientError) Error() string {
	if e.Op == "read" {
		return "reading the client's request: " + e.Err.Error()
	}
	return "writing the response to the client: " + e.Err.Error()
}

func (e *ClientError) Unwrap() error { return e.Err }

// A SourceError says that the body of a response failed before its end. The
// client has been shown that the response is not complete.
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return "reading the response's body: " + e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// ErrResting is what WriteTo of a tunnel returns, before its end, when nothing has
// come for a while. Whoever called it calls it again, from a goroutine with a
// small stack if there are to be many.
var ErrResting = errors.New("nothing has come for a while")

// ErrBodyTooLarge says that a request's body is longer than its listener takes.
var ErrBodyTooLarge = errors.New("the body is longer than the listener's max_body_bytes")

// ErrCanceledByTarget says that a target has canceled its exchange, as those of
// gRPC do at the deadline of a call.
var ErrCanceledByTarget = errors.New("the target canceled the exchange")

// A Phase says how far a request to a target came.
type Phase uint8

// The phases of a request to a target.
const (
	PhaseRequest  Phase = iota // the request cannot be expressed in the target's protocol
	PhaseConnect               // making the connection
	PhaseTLS                   // TLS handshake
	PhaseBody                  // reading the request's body from its source
	PhaseWrite                 // sending the request
	PhaseHead                  // waiting for the head of the response
	PhaseTimeout               // the head of the response did not come within ResponseTimeout
	PhaseCanceled              // the exchange's context ended first
	PhaseResponse              // reading the response's body
)

func (p Phase) String() string {
	return [...]string{
		"make the request", "connect", "TLS handshake", "read the request's body", "send the request",
		"lost before the response", "no response in time", "canceled", "read the response's body",
	}[p]
}

// A TransportError is a request to a target that failed.
type TransportError struct {
	Phase  Phase
	Target string // host:port
	Reused bool   // the connection had carried requests before
	Err    error

	MayRetry bool // what Retryable reports
}

func (e *TransportError) Error() string {
	return fmt.Sprintf("target %s: %s: %s", e.Target, e.Phase, e.Err)
}

func (e *TransportError) Unwrap() error { return e.Err }

// Timeout reports whether time ran out, whichever time it was.
func (e *TransportError) Timeout() bool {
	var t interface{ Timeout() bool }
	return e.Phase == PhaseTimeout || errors.As(e.Err, &t) && t.Timeout()
}

// Retryable reports whether the same request may be sent again, to this or
// another target: none of its body has been read, and either the target has
// not seen it, or the method is idempotent (RFC 9110, section 9.2.2) and the
// connection, one that had been used before, ended before the response began.
func (e *TransportError) Retryable() bool { return e.MayRetry }

// GaveUp returns the error of a request that was given up, for a cause, before a
// target could have seen it. Whoever had no more time for the target may send the
// request to another one; whoever wanted no more may not.
func GaveUp(cause error) *TransportError {
	var t interface{ Timeout() bool }
	if errors.As(cause, &t) && t.Timeout() {
		return &TransportError{Phase: PhaseConnect, Err: cause, MayRetry: true}
	}
	return &TransportError{Phase: PhaseCanceled, Err: cause}
}
