// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// known are the fields that mean something to this package.
type known uint8

const (
	other known = iota
	fieldHost
	fieldExpect
	fieldConnection
	fieldContentLength
	fieldTransferEncoding

	// Only writers care for these.
	fieldCookie
	fieldUpgrade
	fieldTrailer
	fieldKeepAlive
	fieldProxyConnection
)

// recognize tells which field a name is. It is asked for every field, so it
// looks at the length first.
func recognize(name string) known {
	var is known
	var spelled string
	switch len(name) {
	case 4:
		is, spelled = fieldHost, "host"
	case 6:
		if name[0]|0x20 == 'e' {
			is, spelled = fieldExpect, "expect"
		} else {
			is, spelled = fieldCookie, "cookie"
		}
	case 7:
		if name[0]|0x20 == 'u' {
			is, spelled = fieldUpgrade, "upgrade"
		} else {
			is, spelled = fieldTrailer, "trailer"
		}
	case 10:
		if name[0]|0x20 == 'c' {
			is, spelled = fieldConnection, "connection"
		} else {
			is, spelled = fieldKeepAlive, "keep-alive"
		}
	case 14:
		is, spelled = fieldContentLength, "content-length"
	case 16:
		is, spelled = fieldProxyConnection, "proxy-connection"
	case 17:
		is, spelled = fieldTransferEncoding, "transfer-encoding"
	default:
		return other
	}
	if name[0]|0x20 != spelled[0] || !message.EqualName(name, spelled) {
		return other
	}
	return is
}

// facts are what the fields of a message say about its framing and its
// connection.
type facts struct {
	length         int64 // -1 without Content-Length
	chunked        bool
	close          bool
	keepAlive      bool
	expectContinue bool
	hosts          int
	host           string
}

// note takes in one field.
func (f *facts) note(p *parser, proto message.Proto, name, value string) *Error {
	switch recognize(name) {
	case fieldHost:
		if f.hosts++; p.request {
			f.host = value
		}
	case fieldConnection:
		f.connection(value)
	case fieldContentLength:
		return f.contentLength(p, value)
	case fieldTransferEncoding:
		return f.transferEncoding(p, proto, value)
	case fieldExpect:
		return f.expect(p, proto, value)
	}
	return nil
}

// connection looks for the options that matter here (RFC 9112, section 9.3).
func (f *facts) connection(list string) {
	for more := true; more; {
		var option string
		option, list, more = strings.Cut(list, ",")
		switch option = trim(option); {
		case message.EqualName(option, "close"):
			f.close = true
		case message.EqualName(option, "keep-alive"):
			f.keepAlive = true
		}
	}
}

// persists reports whether the connection outlasts the message.
func (f *facts) persists(proto message.Proto) bool {
	return !f.close && (proto == message.HTTP11 || f.keepAlive)
}

// contentLength takes in a Content-Length (RFC 9110, section 8.6).
func (f *facts) contentLength(p *parser, value string) *Error {
	if f.length >= 0 {
		return p.fail("two fields Content-Length")
	}
	if value == "" || !all(value, inDigits) {
		return p.fail("Content-Length is not a number")
	}
	n, ok := decimal(value)
	if !ok {
		return p.fail("Content-Length is too large a number")
	}
	f.length = n
	return f.contradiction(p)
}

// decimal returns the number that digits mean, if 63 bits can hold it.
func decimal(digits string) (n int64, ok bool) {
	const most = 1<<63 - 1
	for i := range len(digits) {
		d := int64(digits[i] - '0')
		if n > (most-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// transferEncoding takes in a Transfer-Encoding (RFC 9112, section 6.1), of
// which only chunked is understood.
func (f *facts) transferEncoding(p *parser, proto message.Proto, value string) *Error {
	if proto == message.HTTP10 {
		return p.fail("Transfer-Encoding in HTTP/1.0")
	}
	if f.chunked {
		return p.fail("two fields Transfer-Encoding")
	}
	if !message.EqualName(value, "chunked") {
		return p.badCoding(value)
	}
	f.chunked = true
	return f.contradiction(p)
}

// badCoding tells codings that are not understood from those that are nonsense.
func (p *parser) badCoding(list string) *Error {
	for more := true; more; {
		var coding string
		coding, list, more = strings.Cut(list, ",")
		coding = trim(coding)
		if !IsToken(coding) {
			return p.fail("Transfer-Encoding is not a list of codings")
		}
		if more && message.EqualName(coding, "chunked") {
			return p.fail("chunked is not the last Transfer-Encoding")
		}
	}
	if p.request {
		return &Error{501, "a Transfer-Encoding other than chunked"}
	}
	return p.fail("a Transfer-Encoding other than chunked")
}

// contradiction is a message that says in two ways how long it is (RFC 9112,
// section 6.3).
func (f *facts) contradiction(p *parser) *Error {
	if f.chunked && f.length >= 0 {
		return p.fail("both Content-Length and Transfer-Encoding")
	}
	return nil
}

// expect takes in an Expect of a request (RFC 9110, section 10.1.1).
func (f *facts) expect(p *parser, proto message.Proto, value string) *Error {
	if !p.request || proto == message.HTTP10 {
		return nil
	}
	if !message.EqualName(value, "100-continue") {
		return &Error{417, "Expect is something other than 100-continue"}
	}
	f.expectContinue = true
	return nil
}

// trim takes off optional white space (RFC 9110, section 5.6.3).
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// usual is how many fields a header has room for when it is first used.
const usual = 16

// memoryOf empties a header and returns its memory.
func memoryOf(h *message.Header) []message.Field {
	h.Reset()
	if fields := h.Fields(); cap(fields) > 0 {
		return fields[:0]
	}
	return make([]message.Field, 0, usual)
}
