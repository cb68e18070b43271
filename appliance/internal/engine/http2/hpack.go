// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// tableSize is the size of the dynamic tables, in both directions, in bytes.
const tableSize = 4096

// field adds a field to the section that beginHead began. The name is in small
// letters. The caller holds mu, and has checked name and value.
func (c *conn) field(name, value string) {
	c.room(len(name) + len(value) + hpack.Overhead)
	c.out = c.enc.AppendField(c.out, name, value, indexOf(name, value))
}

// indexOf says whether a field may enter the dynamic table: not if it is a
// secret (RFC 7541, section 7.1.3), by the names under which secrets go, or not
// likely to come again.
func indexOf(name, value string) hpack.Index {
	switch name {
	case "authorization", "cookie", "set-cookie", "proxy-authorization",
		"x-api-key", "api-key", "apikey", "x-goog-api-key", "x-auth-token", "x-access-token", "private-token",
		"x-amz-security-token", "x-vault-token", "x-csrf-token", "x-xsrf-token":
		return hpack.Never
	case "date", "content-length", "etag", "last-modified", "expires", "age", "x-request-id", "traceparent", "tracestate",
		"grpc-timeout", "grpc-message", "if-none-match", "if-modified-since", "content-range", "range", "location", "referer",
		"x-forwarded-for", "grpc-status-details-bin":
		if len(value) <= maxIndexed {
			return hpack.NameIndexed
		}
		return hpack.Unindexed
	}
	if len(value) > maxIndexed {
		return hpack.Unindexed
	}
	return hpack.Indexed
}

// maxIndexed is how long a value may be to enter the dynamic table.
const maxIndexed = 256

// header adds the fields of a header: names in small letters, without what is
// about a connection (RFC 9113, section 8.2.2), and without what no field
// section can express. skip leaves out another name; "" none.
func (c *conn) header(h *message.Header, skip string) {
	for _, f := range h.Fields() {
		name := lowerName(f.Name)
		if name == skip || !sendable(name, f.Value) {
			continue
		}
		c.field(name, f.Value)
	}
}

// trailers adds the fields of a trailer section.
func (c *conn) trailers(h *message.Header) {
	for _, f := range h.Fields() {
		if name := lowerName(f.Name); sendableTrailer(name, f.Value) {
			c.field(name, f.Value)
		}
	}
}

// hasTrailers reports whether trailers would add anything.
func (c *conn) hasTrailers(h *message.Header) bool {
	for _, f := range h.Fields() {
		if sendableTrailer(lowerName(f.Name), f.Value) {
			return true
		}
	}
	return false
}

func sendable(name, value string) bool {
	return !connectionSpecific(name) && validName(name) && validValue(value) && (name != "te" || value == "trailers")
}

func sendableTrailer(name, value string) bool {
	switch name {
	case "content-length", "host", "trailer", "te", "content-encoding", "content-type", "content-range":
		return false // RFC 9110, section 6.5.1
	}
	return sendable(name, value)
}

// connectionSpecific reports whether HTTP/2 has no such field (RFC 9113,
// section 8.2.2).
func connectionSpecific(name string) bool {
	switch name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings":
		return true
	}
	return false
}

// lowerName makes the letters of a name small.
func lowerName(name string) string {
	for i := range len(name) {
		if c := name[i]; 'A' <= c && c <= 'Z' {
			return strings.ToLower(name)
		}
	}
	return name
}

// tokens holds the bytes that names of fields consist of, in HTTP/2
// (RFC 9110, section 5.6.2; RFC 9113, section 8.2).
var tokens = func() (is [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
		is[c] = true
	}
	return is
}()

// validName reports whether a name is a token in small letters.
func validName(name string) bool {
	for i := range len(name) {
		if !tokens[name[i]] {
			return false
		}
	}
	return name != ""
}

// validValue reports whether a value has no control characters but tabs, and
// no blanks around it (RFC 9113, section 8.2.1; RFC 9110, section 5.5).
func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return value == "" || !blank(value[0]) && !blank(value[len(value)-1])
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// maxString is how long one name or value may be for the decoder, in bytes: it
// keeps it until it is complete. What is longer ends the connection.
const maxString = 256 << 10

// maxPseudo is how many pseudo-header fields a section has at most.
const maxPseudo = 5
