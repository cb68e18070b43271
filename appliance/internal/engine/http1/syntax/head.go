// SPDX-License-Identifier: Apache-2.0

package syntax

import "strconv"

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

	ends  [quickLines]int32 // where the first lines end, if end has told
	lines int               // how many of them are known
	next  int               // the line at p.at
}

// quickLines is how many lines of a head are looked for in one pass.
const quickLines = 32

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
	if p.next < p.lines {
		end = int(p.ends[p.next])
		p.next++
		p.at = end + 2
		return end, true
	}
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

// more reports whether there are lines before the empty one.
func (p *parser) more() bool { return p.at+2 < len(p.data) }

// field returns the next field line (RFC 9112, section 5).
func (p *parser) field() (name, value string, failed *Error) {
	data := p.data
	begin := p.at
	i := begin
	for i < len(data) && classes[data[i]]&inToken != 0 {
		i++
	}
	if i == begin || data[i] != ':' {
		return "", "", p.badName(begin, i)
	}
	if p.fields--; p.fields < 0 {
		return "", "", p.tooLarge("there are too many fields")
	}
	name = p.text[begin:i]
	i++
	for data[i] == ' ' || data[i] == '\t' { // the empty line ends it at the latest
		i++
	}
	end, ok := p.eol(i)
	if !ok {
		return "", "", p.badValue(name, end)
	}
	for end > i && (data[end-1] == ' ' || data[end-1] == '\t') {
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
