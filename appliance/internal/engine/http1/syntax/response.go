// SPDX-License-Identifier: Apache-2.0

package syntax

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/message"

// ParseResponse parses the head of a response to a request with the given
// method: Status, Header and ContentLength. n and searched are as with
// [ParseRequest]. Interim responses are parsed as any other; their framing is
// NoBody.
//
// ContentLength is -1 for [Chunked] and [UntilClose]; for a response to HEAD
// and for 304, which have no body, it is what they say it would be, or -1; and
// 0 for 1xx and 204. A 204 that announces a body is taken without, and its
// connection for no more; such a 1xx is refused. Statuses above 599 are
// refused. KeepAlive is false for 101.
func ParseResponse(data []byte, searched *int, limits Limits, method string, r *message.Response) (head Head, n int, err error) {
	p := parser{fields: limits.Fields, status: badGateway}
	n, failed := p.end(data, 0, searched, limits.Bytes)
	if failed != nil {
		return Head{}, 0, failed
	}
	if n == 0 {
		if !begins(data) {
			return Head{}, 0, p.fail("this is not HTTP/1.1")
		}
		return Head{}, 0, nil
	}
	p.data = data[:n]
	p.text = string(p.data)
	proto, failed := p.statusLine(r)
	if failed != nil {
		return Head{}, 0, failed
	}
	facts := facts{length: -1}
	fields := memoryOf(&r.Header)
	for p.more() {
		name, value, failed := p.field()
		if failed == nil {
			failed = facts.note(&p, proto, name, value)
		}
		if failed != nil {
			return Head{}, 0, failed
		}
		fields = append(fields, message.Field{Name: name, Value: value})
	}
	r.Header = message.MakeHeader(fields)
	head.KeepAlive = facts.persists(proto)
	announced := facts.chunked || facts.length > 0
	switch {
	case r.Status < 200:
		if announced {
			return Head{}, 0, p.fail("an interim response with a body")
		}
		head.KeepAlive = head.KeepAlive && r.Status != 101
		r.ContentLength = 0
	case r.Status == 204:
		head.KeepAlive = head.KeepAlive && !announced
		r.ContentLength = 0
	case r.Status == 304 || method == "HEAD":
		r.ContentLength = facts.length
	case facts.chunked:
		head.Framing, r.ContentLength = Chunked, -1
	case facts.length > 0:
		head.Framing, head.Length, r.ContentLength = Length, facts.length, facts.length
	case facts.length == 0:
		r.ContentLength = 0
	default:
		head.Framing, head.KeepAlive, r.ContentLength = UntilClose, false, -1
	}
	return head, n, nil
}

// begins reports whether data may be the beginning of a response.
func begins(data []byte) bool {
	const name = "HTTP/1."
	n := min(len(data), len(name))
	return string(data[:n]) == name[:n]
}

// statusLine takes apart the status line (RFC 9112, section 4). The reason may
// be missing, and the space before it too.
func (p *parser) statusLine(r *message.Response) (proto message.Proto, failed *Error) {
	const example = "HTTP/1.1 200"
	end, ok := p.eol(0)
	if !ok {
		return 0, p.fail("a control character in the status line")
	}
	line := p.text[:end]
	if len(line) < len(example) || line[8] != ' ' {
		return 0, p.fail("the response does not begin with a status line")
	}
	switch line[:8] {
	case "HTTP/1.1":
		proto = message.HTTP11
	case "HTTP/1.0":
		proto = message.HTTP10
	default:
		return 0, p.fail("the response does not begin with HTTP/1.1 or HTTP/1.0")
	}
	if !all(line[9:12], inDigits) || len(line) > len(example) && line[12] != ' ' {
		return 0, p.fail("the status is not a number of three digits")
	}
	n, _ := decimal(line[9:12])
	if n < 100 || n > 599 {
		return 0, p.fail("the status is not between 100 and 599")
	}
	r.Status = int(n)
	return proto, nil
}
