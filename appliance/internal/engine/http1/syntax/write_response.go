// SPDX-License-Identifier: Apache-2.0

package syntax

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/message"

// AppendResponse appends the head of a final response, by the same rules, for a
// client that speaks proto. closing adds Connection: close, and so does
// [UntilClose]; HTTP/1.0 clients are told of keep-alive otherwise. An error is
// an [Error], and b is then as it was.
//
// With [NoBody] nothing is said about a length unless withLength is set: then
// it is ContentLength if that is not -1 (as for HEAD and 304). So a response
// that could have a body and has an empty one needs either [Length] or
// withLength, both with a ContentLength of 0; without, its client waits for the
// connection to end. 204 never has a length.
//
// It has no clock: a Date that the response lacks is for the caller to add
// (RFC 9110, section 6.6.1).
func AppendResponse(b []byte, r *message.Response, proto message.Proto, framing Framing, withLength, closing bool) ([]byte, error) {
	start := len(b)
	if r.Status < 200 || r.Status > maxStatus {
		return b, &Error{badGateway, "the status is not between 200 and 599"}
	}
	b = appendStatusLine(b, r.Status, proto)
	b, failed := appendFields(b, &r.Header, framing)
	if failed != nil {
		return b[:start], failed
	}
	switch framing {
	case NoBody:
		if withLength && r.ContentLength >= 0 && r.Status != 204 {
			b = appendLength(b, r.ContentLength)
		}
	case Length:
		if r.ContentLength < 0 {
			return b[:start], &Error{badGateway, "the length of the response's body is not known"}
		}
		b = appendLength(b, r.ContentLength)
	case Chunked:
		if proto == message.HTTP10 {
			return b[:start], &Error{badGateway, "HTTP/1.0 has no chunks"}
		}
		b = append(b, chunkedField...)
	case UntilClose:
		closing = true
	}
	switch {
	case closing:
		b = append(b, "Connection: close\r\n"...)
	case proto == message.HTTP10:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	return append(b, "\r\n"...), nil
}

// AppendInterim appends an interim response (1xx, RFC 9110, section 15.2), or
// 101 with its Connection and Upgrade fields. Only 101 needs a header, for its
// Upgrade field. An error is an [Error], and b is then as it was.
func AppendInterim(b []byte, status int, header *message.Header) ([]byte, error) {
	start := len(b)
	if status < 100 || status > 199 {
		return b, &Error{badGateway, "the status of an interim response is not between 100 and 199"}
	}
	b = appendStatusLine(b, status, message.HTTP11)
	if header != nil {
		var failed *Error
		if b, failed = appendFields(b, header, NoBody); failed != nil {
			return b[:start], failed
		}
	}
	if status == 101 {
		if header == nil || !header.Has("upgrade") {
			return b[:start], &Error{badGateway, "the response 101 does not say which protocol is switched to"}
		}
		b = append(b, "Connection: Upgrade\r\n"...)
		var ok bool
		if b, ok = appendField(b, "Upgrade", header.Get("upgrade")); !ok {
			return b[:start], unspeakable(badGateway, "Upgrade")
		}
	}
	return append(b, "\r\n"...), nil
}

// appendFields appends the fields of a response.
func appendFields(b []byte, h *message.Header, framing Framing) ([]byte, *Error) {
	fields := h.Fields()
	for i := range fields {
		name := fields[i].Name
		if is := recognize(name); hop(is) || is == fieldTrailer && framing != Chunked {
			continue
		}
		var ok bool
		if b, ok = appendField(b, name, fields[i].Value); !ok {
			return b, unspeakable(badGateway, name)
		}
	}
	return b, nil
}
