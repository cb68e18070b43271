// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"io"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// directMin is how large a caller's memory must be to be read into without a
// buffer, in bytes.
const directMin = 4 << 10

var errClosed = errors.New("the body has been closed")

// A shortBody is one that came with its head, all of it. Its connection is
// free already.
type shortBody struct{ room room }

func (b *shortBody) Read(p []byte) (int, error) {
	rest := b.room.bytes()
	n := copy(p, rest)
	b.room.r += n
	if n == len(rest) {
		b.room.free()
		return n, io.EOF
	}
	return n, nil
}

// Close gives the memory back.
func (b *shortBody) Close() error {
	b.room.free()
	return nil
}

// A body is one that is read from the connection. When it has been read to its
// end, the connection is free, unless the request has not been sent yet: then
// that ends with Close.
type body struct {
	conn     *conn // nil when the body no longer has it
	left     int64 // of a body with a length
	framing  syntax.Framing
	reusable bool // the connection, when the body is at its end
	ended    bool
	err      error // of every later Read
	trailer  message.Header
}

// Read implements io.Reader. Errors but io.EOF are [message.TransportError].
func (b *body) Read(p []byte) (n int, err error) {
	switch {
	case b.err != nil:
		return 0, b.err
	case len(p) == 0:
		return 0, nil
	case b.framing == syntax.Chunked:
		n, err = b.readChunked(p)
	default:
		n, err = b.readPlain(p)
	}
	switch {
	case errors.Is(err, io.EOF):
		b.finish()
		return n, b.err
	case err != nil:
		b.fail(err)
		return n, b.err
	}
	return n, nil
}

// readPlain reads a body as it is. It returns io.EOF with the last bytes of
// one that has a length.
func (b *body) readPlain(p []byte) (n int, err error) {
	c := b.conn
	length := b.framing == syntax.Length
	if length {
		p = p[:min(int64(len(p)), b.left)]
	}
	if len(c.room.bytes()) == 0 && (len(p) >= directMin || length && int64(len(p)) == b.left) {
		c.room.free()
		n, err = c.read(p, c.client.options.StallTimeout, sock.Now())
	} else {
		if len(c.room.bytes()) == 0 {
			err = c.more()
		}
		n = copy(p, c.room.bytes())
		c.room.r += n
	}
	if length {
		b.left -= int64(n)
		switch {
		case b.left == 0:
			err = io.EOF
		case errors.Is(err, io.EOF):
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// more waits for more bytes and keeps them.
func (c *conn) more() error {
	c.room.fit()
	space := c.room.space()
	n, err := c.read(space, c.client.options.StallTimeout, sock.Now())
	c.room.w += n
	c.room.full = n == len(space)
	return err
}

// readChunked returns what there is, and waits only if there is nothing.
func (b *body) readChunked(p []byte) (n int, err error) {
	c := b.conn
	for {
		for n < len(p) && len(c.content) > 0 {
			took := copy(p[n:], c.content)
			n, c.content = n+took, c.content[took:]
		}
		if len(c.content) > 0 {
			return n, nil
		}
		content, took, err := c.decoder.Decode(c.room.bytes())
		if err != nil {
			return n, err
		}
		c.content = content
		c.room.r += took
		switch {
		case took > 0:
		case c.decoder.Done():
			b.trailer, c.decoder.Trailer = c.decoder.Trailer, message.Header{}
			return n, io.EOF
		case n > 0:
			return n, nil
		default:
			if err := c.more(); errors.Is(err, io.EOF) {
				return 0, io.ErrUnexpectedEOF
			} else if err != nil {
				return 0, err
			}
		}
	}
}

// finish is the end of a body that is complete.
func (b *body) finish() {
	b.err, b.ended = io.EOF, true
	if !b.conn.pump.running() {
		b.release()
	}
}

// release lets go of the connection after the end of the body.
func (b *body) release() {
	c := b.conn
	b.conn = nil
	c.release(b.reusable && len(c.room.bytes()) == 0)
}

// fail closes the connection.
func (b *body) fail(err error) {
	c := b.conn
	b.conn = nil
	failed := c.fail(message.PhaseResponse, err, false)
	if failed.Phase != message.PhaseCanceled {
		failed.Phase = message.PhaseResponse
	}
	if errors.Is(failed.Err, io.EOF) { // whoever reads must not take this for the end of the body
		failed.Err = io.ErrUnexpectedEOF
	}
	b.err = failed
}

// Close ends the exchange. A connection that would bring more of the body is
// closed.
func (b *body) Close() error {
	switch {
	case b.conn == nil:
	case b.ended:
		b.release()
	case b.rest():
		b.err = errClosed
		b.release()
	default:
		c := b.conn
		b.conn = nil
		c.release(false)
	}
	if b.err == nil {
		b.err = errClosed
	}
	return nil
}

// rest drops what has been read already, and reports whether that was all.
func (b *body) rest() bool {
	c := b.conn
	switch b.framing {
	case syntax.Length:
		if b.left > int64(len(c.room.bytes())) {
			return false
		}
		c.room.r += int(b.left)
		return true
	case syntax.Chunked:
		for {
			_, n, err := c.decoder.Decode(c.room.bytes())
			c.room.r += n
			if err != nil || n == 0 {
				break
			}
		}
		c.decoder.Trailer = message.Header{}
		return c.decoder.Done()
	}
	return false
}
