// SPDX-License-Identifier: Apache-2.0

package target

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

const (
	chunk    = 256 << 10 // bytes of a body read or written at once
	headSize = 16 << 10
)

// serveHTTP answers ordinary GETs without looking at more than their first
// line. What is rarer goes through net/http's parser.
func (s *server) serveHTTP(c net.Conn) {
	answer := ordinary()
	buf, end := make([]byte, headSize), 0
	for {
		n, err := c.Read(buf[end:])
		if err != nil {
			return
		}
		end += n
		for {
			size := bytes.Index(buf[:end], []byte("\r\n\r\n")) + 4
			if size < 4 {
				break
			}
			if special(buf[:size]) {
				if !serveSpecial(c, buf[:end]) {
					return
				}
				end = 0
				break
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
			end = copy(buf, buf[size:end])
		}
		if end == len(buf) {
			return // a head that large is a mistake
		}
	}
}

func ordinary() []byte {
	head := fmt.Sprintf("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"+
		"Content-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", BodySize)
	return append([]byte(head), bytes.Repeat([]byte("x"), BodySize)...)
}

func special(head []byte) bool {
	target, isGet := bytes.CutPrefix(head, []byte("GET "))
	return !isGet || bytes.HasPrefix(target, []byte(DownPath)) || bytes.HasPrefix(target, []byte(WebSocketPath))
}

// serveSpecial answers one request, of which start has been read, and reports
// whether the connection can go on.
func serveSpecial(c net.Conn, start []byte) bool {
	in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(start), c), headSize)
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	switch {
	case strings.HasPrefix(r.URL.Path, DownPath):
		err = sendBody(c, strings.TrimPrefix(r.URL.Path, DownPath))
	case r.URL.Path == WebSocketPath:
		echo(c, in, r)
		return false
	default:
		err = swallow(c, r.Body)
	}
	return err == nil && in.Buffered() == 0
}

func sendBody(c net.Conn, size string) error {
	left, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", left); err != nil {
		return err
	}
	for buf := make([]byte, chunk); left > 0; {
		n, err := c.Write(buf[:min(left, chunk)])
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	return nil
}

func swallow(c net.Conn, body io.Reader) error {
	var size int64
	for buf := make([]byte, chunk); ; {
		n, err := body.Read(buf)
		size += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	figures := strconv.FormatInt(size, 10)
	_, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(figures), figures)
	return err
}
