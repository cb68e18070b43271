// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const bufferSize = 64 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Inform implements [message.Stream]. A client of HTTP/1.0 gets nothing.
func (x *exchange) Inform(status int, header *message.Header) error {
	if x.stage != unanswered {
		return ErrResponded
	}
	if status < 100 || status > 199 || status == http.StatusSwitchingProtocols {
		return fmt.Errorf("%d is not the status of an interim response", status)
	}
	if x.request.Proto == message.HTTP10 {
		return nil
	}
	h := x.w.Header()
	if header != nil {
		addFields(h, header)
	}
	x.w.WriteHeader(status)
	clear(h)
	return nil
}

// Respond implements [message.Stream]. When the client fails the error is a
// [message.ClientError]; when the response's body does, a [message.SourceError]: the client
// then sees a reset instead of an end.
func (x *exchange) Respond(response *message.Response) (int64, error) {
	if response.Body != nil {
		defer response.Body.Close()
	}
	if x.stage != unanswered {
		return 0, ErrResponded
	}
	x.stage = responded
	x.writeHead(response)
	if response.Body == nil || !bodyAllowed(x.r.Method, response.Status) {
		if bodyAllowed(x.r.Method, response.Status) && response.ContentLength > 0 {
			return 0, x.fail(&message.SourceError{Err: io.ErrUnexpectedEOF})
		}
		x.writeTrailer(response)
		return 0, nil
	}
	sent, err := x.copyBody(response)
	var source *message.SourceError
	if errors.As(err, &source) && response.Mender != nil {
		if trailer := response.Mender.Mend(source.Err); trailer != nil {
			response.Trailer, err = trailer, nil
		}
	}
	if err != nil {
		return sent, x.fail(err)
	}
	x.writeTrailer(response)
	return sent, nil
}

func (x *exchange) fail(err error) error {
	x.stage = broken
	return err
}

// bodyAllowed reports whether a response has a body (RFC 9110, section 6.4.1).
func bodyAllowed(method string, status int) bool {
	return method != http.MethodHead && status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

func (x *exchange) writeHead(response *message.Response) {
	h := x.w.Header()
	addFields(h, &response.Header)
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // or net/http guesses one
	}
	switch {
	case response.Status == http.StatusNoContent || response.Status == http.StatusNotModified:
	case response.Body == nil && x.r.Method != http.MethodHead:
		// net/http says Content-Length: 0 itself.
	case response.ContentLength >= 0:
		h["Content-Length"] = []string{strconv.FormatInt(response.ContentLength, 10)}
	}
	if response.Trailer != nil && response.Body != nil {
		for _, f := range response.Trailer.Fields() {
			h["Trailer"] = append(h["Trailer"], f.Name)
		}
	}
	if x.last && (x.r.ProtoMajor == 2 || x.request.Body == nil || x.body.ended.Load()) {
		// Not while an HTTP/1.1 client may still be sending: it would see a reset.
		h["Connection"] = []string{"close"} // in HTTP/2, net/http sends GOAWAY for it
	}
	if x.body.unfinished() {
		// Without it net/http swallows the body before it sends a response.
		_ = http.NewResponseController(x.w).EnableFullDuplex() // HTTP/1 can
		if response.Body == nil && bodyAllowed(x.r.Method, response.Status) {
			h["Content-Length"] = []string{"0"} // finish flushes
		}
	}
	x.w.WriteHeader(response.Status)
}

// How much of a request is read after its response, in bytes, and for how
// long, so that the connection can be used again.
const (
	maxDrain  = 256 << 10
	drainTime = 5 * time.Second
)

// finish reads what an HTTP/1 client still sends after its response, if it
// does so in time. Left to net/http, that can cost the client its next
// request, and has no limit of time.
func (x *exchange) finish(idleTimeout time.Duration) {
	if x.stage != responded || !x.body.unfinished() {
		return
	}
	limit := drainTime
	if idleTimeout > 0 {
		limit = min(limit, idleTimeout)
	}
	_ = http.NewResponseController(x.w).Flush()
	_ = x.peer.conn.SetReadDeadline(time.Now().Add(limit)) // a closed connection needs none
	if _, err := io.CopyN(io.Discard, x.r.Body, maxDrain); !errors.Is(err, io.EOF) {
		x.generation.doom(x.peer.conn)
	}
}

// copyBody writes the body as it comes: whatever a read returned is sent
// before the next one, so that nothing waits in a buffer for more.
func (x *exchange) copyBody(response *message.Response) (sent int64, err error) {
	flush := x.w.(interface{ FlushError() error }).FlushError
	left := response.ContentLength
	if left < 0 || left > bufferSize {
		if err := flush(); err != nil {
			return sent, x.clientError(err)
		}
	}
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	for {
		n, err := response.Body.Read(buffer[:])
		if left >= 0 {
			if int64(n) > left {
				return sent, &message.SourceError{Err: fmt.Errorf("it is longer than its Content-Length of %d", response.ContentLength)}
			}
			left -= int64(n)
		}
		if n > 0 {
			if _, err := x.w.Write(buffer[:n]); err != nil {
				return sent, x.clientError(err)
			}
			sent += int64(n)
		}
		switch {
		case err == io.EOF:
			if left > 0 {
				return sent, &message.SourceError{Err: io.ErrUnexpectedEOF}
			}
			return sent, nil
		case err != nil && x.r.Context().Err() != nil:
			return sent, x.clientError(context.Cause(x.r.Context()))
		case err != nil:
			return sent, &message.SourceError{Err: err}
		}
		if n > 0 && left != 0 {
			if err := flush(); err != nil {
				return sent, x.clientError(err)
			}
		}
	}
}

func (x *exchange) clientError(err error) error { return &message.ClientError{Op: "write", Err: err} }

// writeTrailer hands the trailers to net/http, which sends them when the
// handler returns.
func (x *exchange) writeTrailer(response *message.Response) {
	if response.Trailer == nil || response.Trailer.Len() == 0 {
		return
	}
	h := x.w.Header()
	declared := make(map[string]bool)
	for _, name := range h["Trailer"] {
		declared[http.CanonicalHeaderKey(name)] = true
	}
	clear(h)
	for _, f := range response.Trailer.Fields() {
		name := http.CanonicalHeaderKey(f.Name)
		if !declared[name] {
			name = http.TrailerPrefix + name
		}
		h[name] = append(h[name], f.Value)
	}
}
