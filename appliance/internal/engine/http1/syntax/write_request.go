// SPDX-License-Identifier: Apache-2.0

package syntax

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// AppendRequest appends the head of a request. Host comes first, empty if the
// request has none (RFC 9112, section 3.2). Of the header's own fields those
// about framing and connection (Host, Content-Length, Transfer-Encoding,
// Keep-Alive, Proxy-Connection) are left out, and Trailer if the framing is not
// [Chunked], and Expect if there is no body or the client speaks HTTP/1.0 (RFC
// 9110, section 10.1.1). Connection and Upgrade only appear if r.Upgrade() is
// not "". What Connection names stays: removing it is the proxy's business. The
// cookies of an HTTP/2 request are joined to one field (RFC 9113, section
// 8.2.3). With [NoBody], methods that usually have a body say that it is empty
// (RFC 9110, section 8.6).
//
// It fails with an [Error] if HTTP/1.1 cannot express the request: nothing that
// a plugin or an HTTP/2 client put there may become another line. b is then as
// it was.
func AppendRequest(b []byte, r *message.Request, framing Framing) ([]byte, error) {
	start := len(b)
	if failed := expressible(r); failed != nil {
		return b, failed
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b = append(b, r.Path...)
	if r.HasQuery {
		b = append(b, '?')
		b = append(b, r.Query...)
	}
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, r.Host...)
	b = append(b, "\r\n"...)

	upgrades, cookies := r.Protocol != "", false
	fields := r.Header.Fields()
	for i := range fields {
		name, value := fields[i].Name, fields[i].Value
		if is := recognize(name); is != other {
			switch {
			case is == fieldUpgrade:
				upgrades = true
				continue
			case hop(is), is == fieldTrailer && framing != Chunked:
				continue
			case is == fieldExpect && (framing == NoBody || r.Proto == message.HTTP10):
				continue
			case is == fieldCookie && r.Proto >= message.HTTP2:
				if cookies {
					continue
				}
				cookies = true
				value = joinedCookies(&r.Header, value)
			}
		}
		var ok bool
		if b, ok = appendField(b, name, value); !ok {
			return b[:start], unspeakable(badRequest, name)
		}
	}
	if upgrades {
		if protocol := r.Upgrade(); protocol != "" {
			b = append(b, "Connection: Upgrade\r\n"...)
			var ok bool
			if b, ok = appendField(b, "Upgrade", protocol); !ok {
				return b[:start], unspeakable(badRequest, "Upgrade")
			}
		}
	}
	switch {
	case framing == Chunked:
		b = append(b, chunkedField...)
	case framing == Length && r.ContentLength >= 0:
		b = appendLength(b, r.ContentLength)
	case framing != NoBody:
		return b[:start], &Error{badRequest, "the length of the request's body is not known and it is not sent in chunks"}
	case usuallyHasBody(r.Method):
		b = appendLength(b, 0)
	}
	return append(b, "\r\n"...), nil
}

// expressible checks what goes into the request line, and the host.
func expressible(r *message.Request) *Error {
	asterisk := r.Path == "*" && r.Method == "OPTIONS" && !r.HasQuery
	switch {
	case !IsToken(r.Method) || len(r.Method) > maxMethod:
		return &Error{badRequest, "the method is not a token of up to 64 characters"}
	case r.Method == "CONNECT":
		return &Error{badRequest, "CONNECT is not supported"}
	case !asterisk && !IsPath(r.Path):
		return &Error{badRequest, `the path does not begin with "/", or has a "#", a "?" or bytes that are no visible ASCII`}
	case r.HasQuery && !IsQuery(r.Query):
		return &Error{badRequest, `the query has a "#" or bytes that are no visible ASCII`}
	case r.Host != "" && !IsHost(r.Host):
		return &Error{badRequest, "the host is not a host with at most a port"}
	}
	return nil
}

func usuallyHasBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// joinedCookies returns all cookies in one line, of which first is the first.
func joinedCookies(h *message.Header, first string) string {
	n := 0
	for range h.Values("cookie") {
		n++
	}
	if n == 1 {
		return first
	}
	lines := make([]string, 0, n)
	for value := range h.Values("cookie") {
		lines = append(lines, value)
	}
	return strings.Join(lines, "; ")
}
