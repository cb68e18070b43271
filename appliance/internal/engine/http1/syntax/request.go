// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

const (
	maxEmptyLines = 4  // before a request line
	maxMethod     = 64 // bytes
)

// ParseRequest parses the head of a request at the start of data into r: Proto,
// Method, Host, Path, Query, HasQuery, Header without Host, and ContentLength.
// All strings share one copy of the head, and the memory of r.Header is used
// again. n is the length of the head with its empty line, and with the few
// empty lines before it that RFC 9112, section 2.2, lets a client send; 0 says
// that data ends before it. searched is how much of data a call before has
// looked at already, 0 at first; it is 0 again when the head is complete. An
// error is an [Error]; r has then parts of what was sent.
//
// The host of a target in absolute form takes the place of the Host field's
// (RFC 9112, section 3.2.2); its scheme is checked and not kept. Path is "*"
// for OPTIONS of an absolute form without path and query (section 3.2.4).
func ParseRequest(data []byte, searched *int, limits Limits, r *message.Request) (head Head, n int, err error) {
	p := parser{fields: limits.Fields, status: badRequest, request: true}
	start, failed := p.emptyLines(data)
	if failed != nil {
		return Head{}, 0, failed
	}
	if n, failed = p.end(data, start, searched, limits.Bytes); failed != nil {
		return Head{}, 0, failed
	}
	if n == 0 {
		if start < len(data) && data[start] != '\r' && classes[data[start]]&inToken == 0 {
			return Head{}, 0, p.fail("this is not HTTP/1.1")
		}
		return Head{}, 0, nil
	}
	p.data = data[start:n]
	p.text = string(p.data)
	if failed = p.requestLine(r); failed != nil {
		return Head{}, 0, failed
	}
	facts := facts{length: -1}
	fields := memoryOf(&r.Header)
	for p.more() {
		name, value, failed := p.field()
		if failed == nil {
			failed = facts.note(&p, r.Proto, name, value)
		}
		if failed != nil {
			return Head{}, 0, failed
		}
		if len(name) != 4 || recognize(name) != fieldHost {
			fields = append(fields, message.Field{Name: name, Value: value})
		}
	}
	r.Header = message.MakeHeader(fields)
	if failed = facts.hostOf(&p, r); failed != nil {
		return Head{}, 0, failed
	}
	head.KeepAlive = facts.persists(r.Proto)
	switch {
	case facts.chunked:
		head.Framing, r.ContentLength = Chunked, -1
	case facts.length > 0:
		head.Framing, head.Length, r.ContentLength = Length, facts.length, facts.length
	default:
		r.ContentLength = 0
	}
	head.ExpectContinue = facts.expectContinue && head.Framing != NoBody
	return head, n, nil
}

// emptyLines returns how many bytes of empty lines there are before a request.
func (p *parser) emptyLines(data []byte) (n int, failed *Error) {
	for n < len(data) && data[n] == '\r' {
		if n+1 == len(data) {
			return n, nil
		}
		if data[n+1] != '\n' {
			return 0, p.fail("a bare CR")
		}
		if n += 2; n > 2*maxEmptyLines {
			return 0, p.fail("too many empty lines before a request")
		}
	}
	return n, nil
}

// requestLine takes apart the request line (RFC 9112, section 3).
func (p *parser) requestLine(r *message.Request) *Error {
	end, ok := p.eol(0)
	if !ok {
		return p.fail("a control character in the request line")
	}
	line := p.text[:end]
	i := strings.IndexByte(line, ' ')
	if i <= 0 || !all(line[:i], inToken) {
		return p.fail("the request line does not begin with a method")
	}
	method, rest := line[:i], line[i+1:]
	i = strings.IndexByte(rest, ' ')
	if i <= 0 {
		return p.fail("the request line is not a method, a target and a version with single spaces between them")
	}
	target, version := rest[:i], rest[i+1:]
	switch {
	case version == "HTTP/1.1":
		r.Proto = message.HTTP11
	case version == "HTTP/1.0":
		r.Proto = message.HTTP10
	case isVersion(version):
		return &Error{505, "a version of HTTP other than 1.1 and 1.0"}
	default:
		return p.fail("the request line does not end with a version of HTTP")
	}
	switch {
	case len(method) > maxMethod:
		return &Error{501, "a method of more than 64 bytes"}
	case method == "CONNECT":
		return &Error{501, "CONNECT is not supported"}
	}
	r.Method = method
	return p.target(r, target)
}

// isVersion reports whether s is an HTTP-version (RFC 9112, section 2.3).
func isVersion(s string) bool {
	return len(s) == 8 && s[:5] == "HTTP/" && classes[s[5]]&inDigits != 0 && s[6] == '.' && classes[s[7]]&inDigits != 0
}

// hostOf checks Host and makes it the request's (RFC 9112, section 3.2), if the
// target has none.
func (f *facts) hostOf(p *parser, r *message.Request) *Error {
	switch {
	case f.hosts > 1:
		return p.fail("more than one Host")
	case f.hosts == 0 && r.Proto == message.HTTP11:
		return p.fail("no Host")
	case f.hosts == 1 && !IsHost(f.host):
		return p.fail("Host is not a host with at most a port")
	}
	if r.Host == "" {
		r.Host = f.host
	}
	return nil
}
