// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
)

// A reader reads responses with a Content-Length, one after the other.
type reader struct {
	conn       net.Conn
	buf        []byte
	begin, end int // of what is read and not yet used
}

func newReader(c net.Conn, size int) *reader { return &reader{conn: c, buf: make([]byte, size)} }

// response reads one response with its body and returns its status and the
// size of the body. progress, if there is one, is told of every piece of it.
func (r *reader) response(progress func(n int)) (status int, size int64, err error) {
	head, err := r.head()
	if err != nil {
		return 0, 0, err
	}
	if status, size, err = parseHead(head); err != nil {
		return 0, 0, err
	}
	return status, size, r.discard(size, progress)
}

// head returns the next head, valid until more is read.
func (r *reader) head() ([]byte, error) {
	for searched := r.begin; ; {
		if i := bytes.Index(r.buf[searched:r.end], []byte("\r\n\r\n")); i >= 0 {
			head := r.buf[r.begin : searched+i+4]
			r.begin = searched + i + 4
			return head, nil
		}
		searched = max(r.begin, r.end-3)
		if r.begin > 0 {
			copy(r.buf, r.buf[r.begin:r.end])
			r.begin, r.end, searched = 0, r.end-r.begin, searched-r.begin
		}
		if r.end == len(r.buf) {
			return nil, errors.New("the head of a response is too large")
		}
		n, err := r.conn.Read(r.buf[r.end:])
		if err != nil {
			return nil, fmt.Errorf("read a response: %w", err)
		}
		r.end += n
	}
}

func (r *reader) discard(size int64, progress func(n int)) error {
	for left := size; ; {
		n := int(min(left, int64(r.end-r.begin)))
		r.begin += n
		if progress != nil {
			progress(n)
		}
		if left -= int64(n); left == 0 {
			return nil
		}
		r.begin, r.end = 0, 0
		n, err := r.conn.Read(r.buf)
		if err != nil {
			return fmt.Errorf("read a body, %d of %d bytes of which were to come: %w", left, size, err)
		}
		r.end = n
	}
}

// parseHead reads the status and the length of the body.
func parseHead(head []byte) (status int, size int64, err error) {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, 0, fmt.Errorf("no HTTP/1.1 response: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, fmt.Errorf("no HTTP/1.1 response: %q", line)
	}
	if status == 101 {
		return status, 0, nil
	}
	for len(rest) > 2 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		const name = "content-length:"
		if len(line) > len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			size, err = strconv.ParseInt(string(bytes.TrimSpace(line[len(name):])), 10, 64)
			return status, size, err
		}
	}
	return 0, 0, fmt.Errorf("the response has no Content-Length: %q", head)
}

// text returns the next n bytes, at most as many as the buffer holds.
func (r *reader) text(n int) (string, error) {
	if n > len(r.buf) {
		return "", fmt.Errorf("a body of %d bytes where a few were to come", n)
	}
	copy(r.buf, r.buf[r.begin:r.end])
	r.begin, r.end = 0, r.end-r.begin
	for r.end < n {
		more, err := r.conn.Read(r.buf[r.end:])
		if err != nil {
			return "", fmt.Errorf("read a body: %w", err)
		}
		r.end += more
	}
	r.begin = n
	return string(r.buf[:n]), nil
}
