// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"bytes"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const (
	// maxChunkLine limits the line that begins a chunk, in bytes.
	maxChunkLine = 4 << 10

	// maxExtensions limits the bytes of all chunk extensions of a body beyond
	// one for every extensionShare bytes of content: nobody is to send a body of
	// nothing but extensions.
	maxExtensions  = 16 << 10
	extensionShare = 16
)

// step is where a decoder is.
type step uint8

const (
	inSize    step = iota // before the line that begins a chunk
	inContent             // in a chunk
	afterContent
	inTrailers
	done
)

// A Decoder takes the chunked coding off a body (RFC 9112, section 7.1). Chunk
// extensions are skipped, within limits. The zero Decoder has limits of 0.
type Decoder struct {
	Limits Limits // of each chunk's line, and of the trailers

	// Trailer has the trailers, when Done. Fields that may not be trailers (RFC
	// 9110, section 6.5.1) are not there.
	Trailer message.Header

	step       step
	left       int64 // of the chunk
	extensions int64
	searched   int
}

// Decode takes n bytes of data, of which body, a part of data, is content. It
// takes as much as it can without a gap in body. n is 0 only if data is too
// short to go on, or the body is at its end: call again with more after it. An
// error is an [Error], of 400 or 431, and final.
func (d *Decoder) Decode(data []byte) (body []byte, n int, err error) {
	for {
		rest := data[n:]
		took := 0
		var failed *Error
		switch d.step {
		case inSize:
			took, failed = d.size(rest)
		case inContent:
			if len(body) > 0 {
				return body, n, nil
			}
			took = int(min(d.left, int64(len(rest))))
			body = rest[:took]
			if d.left -= int64(took); d.left == 0 {
				d.step = afterContent
			}
		case afterContent:
			if len(rest) >= 1 && rest[0] != '\r' || len(rest) >= 2 && rest[1] != '\n' {
				failed = &Error{badRequest, "a chunk does not end with CRLF where its size says"}
			} else if len(rest) >= 2 {
				took, d.step = 2, inSize
			}
		case inTrailers:
			took, failed = d.trailers(rest)
		}
		if failed != nil {
			return nil, 0, failed
		}
		if took == 0 {
			return body, n, nil
		}
		n += took
	}
}

// Left returns how many bytes of the chunk that has begun are still to come.
func (d *Decoder) Left() int64 { return d.left }

// Done reports whether the end of the body has been decoded.
func (d *Decoder) Done() bool { return d.step == done }

// Reset makes the decoder ready for another body with the same limits.
func (d *Decoder) Reset() {
	d.Trailer.Reset()
	*d = Decoder{Limits: d.Limits, Trailer: d.Trailer}
}

// size takes the line that begins a chunk.
func (d *Decoder) size(data []byte) (n int, failed *Error) {
	limit := min(d.Limits.Bytes, maxChunkLine)
	window := data[:min(len(data), max(limit, 0))]
	end := bytes.IndexByte(window, '\n')
	if end < 0 {
		if len(data) >= limit {
			return 0, &Error{badRequest, "the line of a chunk is longer than " + strconv.Itoa(limit) + " bytes"}
		}
		return 0, nil
	}
	if end == 0 || window[end-1] != '\r' {
		return 0, &Error{badRequest, "the line of a chunk ends with LF alone"}
	}
	line := window[:end-1]
	size, digits, ok := hexadecimal(line)
	if !ok {
		return 0, &Error{badRequest, "a chunk's size is not a hexadecimal number of 63 bits"}
	}
	if extension := line[digits:]; len(extension) > 0 {
		if !isExtension(extension) {
			return 0, &Error{badRequest, "what follows a chunk's size is no chunk extension"}
		}
		d.extensions = max(0, d.extensions+int64(len(extension))-size/extensionShare)
		if d.extensions > maxExtensions {
			return 0, &Error{badRequest, "the chunk extensions are too long for the content"}
		}
	}
	d.left, d.step = size, inContent
	if size == 0 {
		d.step = inTrailers
	}
	return end + 1, nil
}

// hexadecimal returns the number with which a line begins, and how many
// digits it has.
func hexadecimal(line []byte) (size int64, digits int, ok bool) {
	const most = 16
	var x uint64
	for digits < len(line) {
		c := line[digits]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return int64(x), digits, digits > 0 && x < 1<<63
		}
		if digits++; digits > most {
			return 0, digits, false
		}
		x = x<<4 | uint64(c)
	}
	return int64(x), digits, digits > 0 && x < 1<<63
}

// trailers takes the trailer section (RFC 9112, section 7.1.2).
func (d *Decoder) trailers(data []byte) (n int, failed *Error) {
	if len(data) >= 2 && data[0] == '\r' && data[1] == '\n' {
		d.step = done
		return 2, nil
	}
	p := parser{fields: d.Limits.Fields, status: badRequest}
	if len(data) > 0 && data[0] == '\r' {
		if len(data) > 1 {
			return 0, p.fail("a bare CR")
		}
		return 0, nil
	}
	n, failed = p.end(data, 0, &d.searched, d.Limits.Bytes)
	if failed != nil {
		return 0, failed
	}
	if n == 0 {
		if len(data) > 0 && classes[data[0]]&inToken == 0 {
			return 0, p.fail("a trailer does not begin with a name")
		}
		return 0, nil
	}
	p.data = data[:n]
	p.text = string(p.data)
	fields := memoryOf(&d.Trailer)
	for p.more() {
		name, value, failed := p.field()
		if failed != nil {
			return 0, failed
		}
		if mayTrail(name) {
			fields = append(fields, message.Field{Name: name, Value: value})
		}
	}
	d.Trailer = message.MakeHeader(fields)
	d.step = done
	return n, nil
}
