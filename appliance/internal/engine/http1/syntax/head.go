// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"bytes"
	"strconv"
)

// headEnd returns the length of the head that begins at data[start], counted
// from data[0], or 0 if data ends before it. What is refused without having
// seen the end is a line that ends with LF alone, and a head above the limit.
func (p *parser) headEnd(data []byte, start int, searched *int, limit int) (int, *Error) {
	window := data[:min(len(data), max(limit, 0))]
	i := max(start, min(*searched, len(window)))
	for i < len(window) {
		lf := bytes.IndexByte(window[i:], '\n')
		if lf < 0 {
			break
		}
		i += lf
		if i == 0 || window[i-1] != '\r' {
			*searched = 0
			return 0, p.fail("a line ends with LF alone")
		}
		if i >= 3 && window[i-2] == '\n' {
			*searched = 0
			return i + 1, nil
		}
		i++
	}
	if len(data) < limit {
		*searched = len(data)
		return 0, nil
	}
	*searched = 0
	if p.request && bytes.IndexByte(window[min(start, len(window)):], '\n') < 0 {
		return 0, &Error{414, "the request line is longer than " + strconv.Itoa(limit) + " bytes"}
	}
	return 0, p.tooLarge("the lines before the empty one are longer than " + strconv.Itoa(limit) + " bytes")
}

// The statuses of errors.
const (
	badRequest = 400
	badGateway = 502
)

// A parser goes through the lines of a head.
type parser struct {
	data    []byte // the head, up to and including its empty line
	text    string // the same
	at      int    // where the next line begins
	fields  int    // how many may still come
	status  int    // of errors: 400 or 502
	request bool   // it is a request's head
}

func (p *parser) fail(reason string) *Error { return &Error{p.status, reason} }

func (p *parser) tooLarge(reason string) *Error {
	if p.status == badRequest {
		return &Error{431, reason}
	}
	return p.fail(reason)
}

// eol returns the end of the line in which i is, and goes on to the next line.
// Up to there the line has no control characters but for tabs.
func (p *parser) eol(i int) (end int, ok bool) {
	for {
		i = control(p.data, i)
		if i+1 >= len(p.data) {
			return i, false
		}
		switch p.data[i] {
		case '\t':
			i++
		case '\r':
			p.at = i + 2
			return i, p.data[i+1] == '\n'
		default:
			return i, false
		}
	}
}

// line returns the first line, which has no control characters.
func (p *parser) line() (string, bool) {
	end := control(p.data, 0)
	if end+1 >= len(p.data) || p.data[end] != '\r' || p.data[end+1] != '\n' {
		return "", false
	}
	p.at = end + 2
	return p.text[:end], true
}

// more reports whether there are lines before the empty one.
func (p *parser) more() bool { return p.at+2 < len(p.data) }

// field returns the next field line (RFC 9112, section 5).
func (p *parser) field() (name, value string, failed *Error) {
	begin := p.at
	i := begin
	for classes[p.data[i]]&inToken != 0 { // the empty line ends it at the latest
		i++
	}
	if i == begin || p.data[i] != ':' {
		return "", "", p.badName(begin, i)
	}
	if p.fields--; p.fields < 0 {
		return "", "", p.tooLarge("there are too many fields")
	}
	name = p.text[begin:i]
	i++
	for p.data[i] == ' ' || p.data[i] == '\t' {
		i++
	}
	end, ok := p.eol(i)
	if !ok {
		return "", "", p.badValue(name, end)
	}
	for end > i && (p.data[end-1] == ' ' || p.data[end-1] == '\t') {
		end--
	}
	return name, p.text[i:end], nil
}

// badName says what is wrong with the line from begin whose name ends at i.
func (p *parser) badName(begin, i int) *Error {
	c := p.data[i]
	switch blank := c == ' ' || c == '\t'; {
	case i == begin && blank:
		return p.fail("a line begins with white space")
	case i == begin && c == ':':
		return p.fail("a field has no name")
	case blank:
		return p.fail("white space in or behind the field name " + shown(p.text[begin:i]))
	case c == '\r' && p.data[i+1] == '\n':
		return p.fail("a field line has no colon")
	case c == '\r':
		return p.fail("a bare CR")
	}
	return p.fail("the character " + strconv.QuoteToASCII(p.text[i:i+1]) + " in a field name")
}

func (p *parser) badValue(name string, i int) *Error {
	what := "a control character"
	switch p.data[i] {
	case '\r':
		what = "a bare CR"
	case '\n':
		what = "a bare LF"
	case 0:
		what = "NUL"
	}
	return p.fail(what + " in the value of " + shown(name))
}

// shown shortens a token for people.
func shown(token string) string {
	const most = 64
	if len(token) > most {
		return token[:most] + "..."
	}
	return token
}
