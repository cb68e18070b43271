// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"io"
	"net/http"

	"golang.org/x/net/http2"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// headers implements role: it takes the head of a response, an interim
// response, or trailers (RFC 9113, section 8.1).
func (p *pooled) headers(s *stream, b *hpack.Section, end bool, o *outgoing) error {
	x := s.owner.(*call)
	switch {
	case b.Over:
		return &streamError{code: http2.ErrCodeEnhanceYourCalm, reason: "the head or the trailers of the response are larger than allowed"}
	case b.Flags&(hpack.BadName|hpack.BadValue) != 0:
		return malformed(faulty(b))
	}
	if s.in.open.Load() {
		return x.trailers(b, end, o)
	}
	status, err := statusOf(b)
	if err != nil {
		return err
	}
	for i := 1; i < len(b.Fields); i++ {
		f := &b.Fields[i]
		if f.Kind.Pseudo() || f.Kind == hpack.ConnectionSpecific {
			return malformed("the response has the field " + f.Name)
		}
	}
	if status < 200 {
		return x.interim(status, b, end)
	}
	if !p.served.Load() {
		p.served.Store(true)
	}
	return x.head(status, b, end, o)
}

// statusOf returns the status of a response, whose only pseudo-header field it
// is (RFC 9113, section 8.3.2).
func statusOf(b *hpack.Section) (int, error) {
	if len(b.Fields) == 0 || b.Fields[0].Kind != hpack.Status {
		return 0, malformed("the response has no status")
	}
	v := b.Fields[0].Value
	if len(v) != 3 || v[0] < '1' || v[0] > '9' || !isDigits(v) || v == "101" {
		return 0, malformed("the response has a status that is none")
	}
	return int(v[0]-'0')*100 + int(v[1]-'0')*10 + int(v[2]-'0'), nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// trailers takes the fields after the body.
func (x *call) trailers(b *hpack.Section, end bool, o *outgoing) error {
	if !end || x.tunnel {
		return malformed("a second head of a response")
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		if f.Kind.Pseudo() || f.Kind == hpack.ConnectionSpecific {
			return malformed("the trailers have the field " + f.Name)
		}
	}
	return x.s.endIn(b.Fields, o)
}

// interim takes an interim response.
func (x *call) interim(status int, b *hpack.Section, end bool) error {
	if end {
		return malformed("an interim response ends the stream")
	}
	in := &x.s.in
	in.mu.Lock()
	defer in.mu.Unlock()
	if x.informed++; x.informed > maxInterim {
		return &streamError{code: http2.ErrCodeEnhanceYourCalm, reason: "too many interim responses"}
	}
	if x.response == nil || status == http.StatusContinue {
		return nil
	}
	one := interim{status: status}
	for i := 1; i < len(b.Fields); i++ {
		f := &b.Fields[i]
		one.header.Add(f.Name, f.Value)
	}
	x.interims = append(x.interims, one)
	x.s.c.reader.wakeLater(&x.s)
	return nil
}

// head takes the head of the final response.
func (x *call) head(status int, b *hpack.Section, end bool, o *outgoing) error {
	length, err := lengthOf(b)
	if err != nil {
		return err
	}
	tunnel := x.upgrade != "" && status < 300
	allowed := bodyAllowed(x.method, status)
	if end && (tunnel || allowed && length > 0) {
		return malformed("the response ends before its body")
	}
	in := &x.s.in
	in.mu.Lock()
	r, waits := x.response, in.err == nil
	if r == nil || !waits {
		in.mu.Unlock()
		return nil
	}
	r.Status = status
	for i := 1; i < len(b.Fields); i++ {
		f := &b.Fields[i]
		r.Header.Add(f.Name, f.Value)
	}
	r.ContentLength = length
	switch {
	case tunnel:
		x.tunnel = true
		x.switched(r)
	case !allowed:
		in.length = 0
		if status == http.StatusNoContent {
			r.ContentLength = 0
		}
	case end && length < 0:
		r.ContentLength = 0
	default:
		in.length = length
		if !end && (length < 0 || r.Header.Has("trailer")) {
			r.Trailer = &in.trailer
		}
	}
	in.open.Store(true)
	x.whole = end || !tunnel && !allowed
	x.answered = true
	if end {
		in.err = io.EOF
		in.closed.Store(true)
	}
	x.s.c.reader.wakeLater(&x.s)
	in.mu.Unlock()
	if end {
		x.s.closedIn(o)
	}
	return nil
}

// lengthOf returns what content-length says, -1 if nothing (RFC 9110, section
// 8.6).
func lengthOf(b *hpack.Section) (int64, error) {
	length, said := int64(-1), ""
	for i := range b.Fields {
		f := &b.Fields[i]
		if f.Kind != hpack.ContentLength || length >= 0 && f.Value == said {
			continue
		}
		if length >= 0 || len(f.Value) > 18 || !isDigits(f.Value) {
			return 0, malformed("the response's content-length is none")
		}
		said, length = f.Value, 0
		for _, c := range []byte(said) {
			length = length*10 + int64(c-'0')
		}
	}
	return length, nil
}

var _ message.RoundTripper = (*Client)(nil)
