// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http1/syntax"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func malformed(reason string) error {
	return &streamError{code: http2.ErrCodeProtocol, reason: reason}
}

// headers implements role.
func (s *server) headers(st *stream, b *hpack.Section, end bool, o *outgoing) error {
	x := st.owner.(*exchange)
	if x.in.open.Load() {
		return x.takeTrailers(b, end, o)
	}
	x.in.open.Store(true)
	if b.Over {
		x.refuse(431, end, o)
		return nil
	}
	if b.Flags&(hpack.BadName|hpack.BadValue) != 0 {
		return malformed("malformed: " + faulty(b))
	}
	err := x.parse(b)
	if err != nil {
		return err
	}
	options := s.session.Host.Options()
	switch {
	case regular(b) > options.MaxHeaderFields:
		x.refuse(431, end, o)
		return nil
	case x.request.Method == "CONNECT":
		x.refuse(501, end, o)
		return nil
	case options.MaxBodyBytes > 0 && x.in.length > options.MaxBodyBytes:
		x.refuse(413, end, o)
		return nil
	}
	x.in.limit = options.MaxBodyBytes
	r := &x.request
	expect := r.Header.Get("expect")
	if expect != "" && !message.EqualName(expect, "100-continue") {
		x.refuse(417, end, o)
		return nil
	}
	r.Proto = message.HTTP2
	r.Remote, r.Local, r.TLS = s.session.Remote, s.session.Local, s.session.TLS
	x.patient = r.IsGRPC()
	if end {
		if err := x.endIn(nil, o); err != nil {
			return err
		}
	}
	if x.tunnelling() {
		x.in.limit = 0
	} else if !end {
		x.body.x = x
		if expect != "" {
			x.expects = true
			x.body.waits.Store(true)
		}
		r.Body, r.ContentLength, r.Trailer = &x.body, x.in.length, &x.in.trailer
	}
	s.begin(x)
	return nil
}

// regular returns how many fields of a section are no pseudo-header fields.
func regular(b *hpack.Section) int {
	pseudo := 0
	for pseudo < len(b.Fields) && b.Fields[pseudo].Kind.Pseudo() {
		pseudo++
	}
	return len(b.Fields) - pseudo
}

// tunnelling reports whether the request is an extended CONNECT (RFC 8441).
func (x *exchange) tunnelling() bool { return x.request.Protocol != "" }

// takeTrailers takes the fields after a body (RFC 9113, section 8.1).
func (x *exchange) takeTrailers(b *hpack.Section, end bool, o *outgoing) error {
	switch {
	case !end:
		return malformed("a second head")
	case b.Over:
		return &streamError{code: http2.ErrCodeEnhanceYourCalm, reason: "the trailers are larger than allowed"}
	case b.Flags&(hpack.BadName|hpack.BadValue) != 0:
		return malformed("malformed: " + faulty(b))
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		if f.Kind.Pseudo() || f.Kind == hpack.ConnectionSpecific {
			return malformed(f.Name + " in trailers")
		}
	}
	return x.endIn(b.Fields, o)
}

// parse makes a request of a field section (RFC 9113, section 8.3.1).
func (x *exchange) parse(b *hpack.Section) error {
	r := &x.request
	var seen uint8
	target, authority, hosts := "", "", 0
	fields := slices.Grow(r.Header.Fields(), len(b.Fields)+fieldsAdded)
	cookies := 0
	for i := range b.Fields {
		f := &b.Fields[i]
		if f.Kind.Pseudo() {
			var bit uint8
			switch f.Kind {
			case hpack.Method:
				bit, r.Method = 1, f.Value
			case hpack.Scheme:
				bit, r.Scheme = 2, f.Value
			case hpack.Path:
				bit, target = 4, f.Value
			case hpack.Authority:
				bit, authority = 8, f.Value
			case hpack.Protocol:
				bit, r.Protocol = 16, f.Value
			}
			if bit == 0 || seen&bit != 0 || len(fields) > 0 || hosts > 0 || cookies > 0 {
				return malformed("the pseudo-header field " + f.Name)
			}
			seen |= bit
			continue
		}
		value := f.Value
		switch f.Kind {
		case hpack.Regular:
		case hpack.ConnectionSpecific:
			return malformed("the field " + f.Name)
		case hpack.TE:
			if value != "trailers" {
				return malformed("the field " + f.Name)
			}
		case hpack.Host:
			if hosts++; hosts > 1 || seen&8 != 0 && value != authority {
				return malformed("host and :authority do not agree")
			}
			authority = value
			continue
		case hpack.Cookie:
			if cookies++; cookies > 1 {
				continue
			}
			value = crumbs(b.Fields[i:])
		case hpack.ContentLength:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || !digits(value) || x.in.length >= 0 {
				return malformed("content-length")
			}
			x.in.length = n
		}
		fields = append(fields, message.Field{Name: f.Name, Value: value})
	}
	r.Host = authority
	r.Header = message.MakeHeader(fields)
	return x.checkTarget(seen, target)
}

// fieldsAdded is for how many more fields a request's header has room.
const fieldsAdded = 8

// checkTarget checks the pseudo-header fields together, and splits the path.
func (x *exchange) checkTarget(seen uint8, target string) error {
	r := &x.request
	if !syntax.IsToken(r.Method) || !syntax.IsHost(r.Host) {
		return malformed(":method or :authority")
	}
	if r.Method == "CONNECT" {
		if seen == 1|8 {
			return nil // answered elsewhere
		}
		if seen != 1|2|4|8|16 || !syntax.IsToken(r.Protocol) {
			return malformed("the pseudo-header fields of CONNECT")
		}
		r.Method = "GET"
	} else if seen&^8 != 1|2|4 {
		return malformed("the pseudo-header fields of a request")
	}
	if r.Scheme != "http" && r.Scheme != "https" {
		return malformed(":scheme")
	}
	if r.Scheme = "http"; x.server.session.TLS != nil {
		r.Scheme = "https"
	}
	if !syntax.IsQuery(target) || target == "" || target[0] != '/' && (target != "*" || r.Method != "OPTIONS") {
		return malformed(":path")
	}
	r.Path, r.Query, r.HasQuery = strings.Cut(target, "?")
	return nil
}

// crumbs joins the cookies that a client sent in several fields (RFC 9113,
// section 8.2.3).
func crumbs(fields []hpack.Field) string {
	first, more := "", []string(nil)
	for _, f := range fields {
		switch {
		case f.Kind != hpack.Cookie:
		case first == "":
			first = f.Value
		default:
			more = append(more, f.Value)
		}
	}
	if more == nil {
		return first
	}
	return strings.Join(append([]string{first}, more...), "; ")
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
