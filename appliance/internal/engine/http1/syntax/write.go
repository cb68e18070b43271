// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// appendField appends a field line, or fails if name or value cannot be one.
func appendField(b []byte, name, value string) ([]byte, bool) {
	start := len(b)
	end := start + len(name) + len(": ") + len(value) + len("\r\n")
	if end > cap(b) {
		b = slices.Grow(b, end-start)
	}
	line := b[start:end]
	for i := range len(name) {
		c := name[i]
		if classes[c]&inToken == 0 {
			return b, false
		}
		line[i] = c
	}
	n := len(name)
	if n == 0 {
		return b, false
	}
	line[n], line[n+1] = ':', ' '
	n += 2
	n += copy(line[n:], value)
	for i := control(line[:n], n-len(value)); i < n; i = control(line[:n], i+1) {
		if line[i] != '\t' {
			return b, false
		}
	}
	line[n], line[n+1] = '\r', '\n'
	return b[:end], true
}

// unspeakable is the error for a field that HTTP/1.1 cannot express.
func unspeakable(status int, name string) *Error {
	if !IsToken(name) {
		return &Error{status, "a field's name is " + strconv.QuoteToASCII(shown(name)) + ", which is no token"}
	}
	return &Error{status, "the value of the field " + shown(name) + " has control characters"}
}

// hop reports whether a field of the header is left out by all writers: they
// make those about framing and connection themselves, and no message has a
// second Host.
func hop(is known) bool {
	switch is {
	case fieldHost, fieldContentLength, fieldTransferEncoding, fieldConnection, fieldUpgrade, fieldKeepAlive, fieldProxyConnection:
		return true
	}
	return false
}

// appendLength appends a Content-Length.
func appendLength(b []byte, n int64) []byte {
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, n, 10)
	return append(b, "\r\n"...)
}

const chunkedField = "Transfer-Encoding: chunked\r\n"

// The statuses that a status line is made for.
const (
	minStatus = 100
	maxStatus = 599
)

// statusLines has the status line of every status.
var statusLines = makeStatusLines()

func makeStatusLines() (lines [maxStatus + 1]string) {
	for status := minStatus; status <= maxStatus; status++ {
		lines[status] = "HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\n"
	}
	return lines
}

// appendStatusLine appends the line of a status that there is.
func appendStatusLine(b []byte, status int, proto message.Proto) []byte {
	line := statusLines[status]
	if proto == message.HTTP10 {
		b = append(b, "HTTP/1.0"...)
		line = line[len("HTTP/1.1"):]
	}
	return append(b, line...)
}
