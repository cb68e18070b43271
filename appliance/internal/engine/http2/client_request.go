// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// How the body of a request gets to the target.
type bodyKind uint8

const (
	noBody      bodyKind = iota
	heldBody             // all of it is here, and goes with the head
	relayedBody          // it is the in of another stream
	pumpedBody           // a goroutine reads it
)

// maxHeld is how long a body may be to be held, in bytes.
const maxHeld = sock.SmallSize

// A sending is a request as it is sent, perhaps several times.
type sending struct {
	client  *Client
	request *message.Request
	fields  []message.Field
	size    int // of the head, as SETTINGS_MAX_HEADER_LIST_SIZE counts
	kind    bodyKind
	held    []byte
	mem     *sock.Small // what held lies in, or
	taken   *chunk      // of a body that is the in of another stream
	from    *stream
	trailer *message.Header // complete when the body has been read; nil: none
	after   int64           // only connections with higher numbers will do
	upgrade string          // what an extended CONNECT asks for
	key     string          // Sec-WebSocket-Key of an HTTP/1.1 client
}

// sendings keep memory for the fields of a head.
var sendings = sync.Pool{New: func() any { return new(sending) }}

// free gives memory back.
func (s *sending) free() {
	if s.mem != nil {
		sock.PutSmall(s.mem)
	}
	if s.taken != nil {
		chunkPool.Put(s.taken)
	}
	clear(s.fields)
	if cap(s.fields) > maxKept {
		s.fields = nil
	}
	*s = sending{fields: s.fields[:0]}
	sendings.Put(s)
}

// prepare makes the head, and reads a body that is small.
func (s *sending) prepare() *message.TransportError {
	if err := s.head(); err != nil {
		return &message.TransportError{Phase: message.PhaseRequest, Err: err}
	}
	r := s.request
	if r.Body == nil || r.ContentLength == 0 || s.upgrade != "" {
		return nil
	}
	s.trailer = r.Trailer
	if body, ok := r.Body.(relayable); ok {
		if s.from = body.inbound(); s.from != nil {
			whole, err := s.takeWhole()
			if err != nil {
				return &message.TransportError{Phase: message.PhaseBody, Err: err}
			}
			s.kind = relayedBody
			if whole {
				s.kind = heldBody
			}
			return nil
		}
	}
	if r.ContentLength < 0 || r.ContentLength > maxHeld {
		s.kind = pumpedBody
		return nil
	}
	if err := s.hold(); err != nil {
		return &message.TransportError{Phase: message.PhaseBody, Err: err}
	}
	s.kind = heldBody
	return nil
}

// takeWhole takes all of a body, if it has come and is not too large to be held.
func (s *sending) takeWhole() (bool, error) {
	in := &s.from.in
	in.mu.Lock()
	n := in.queue.size
	if !isEnd(in.err) || n > maxHeld {
		in.mu.Unlock()
		return false, nil
	}
	switch {
	case n == 0:
	case in.queue.first == in.queue.last:
		s.held, s.taken = in.queue.head(), in.queue.first
		in.queue = queue{}
	default:
		s.mem = sock.GetSmall()
		s.held = s.mem[:in.queue.read(s.mem[:])]
	}
	in.waiting = 0
	in.taken = true
	in.mu.Unlock()
	in.read.Add(int64(n))
	var o outgoing
	s.from.consumed(n, &o)
	o.flush(false)
	return true, s.lengthOf(int64(n))
}

// lengthOf checks how long a body is that was read to its end.
func (s *sending) lengthOf(n int64) error {
	switch want := s.request.ContentLength; {
	case want >= 0 && n > want:
		return errLongBody
	case want >= 0 && n < want:
		return io.ErrUnexpectedEOF
	}
	return nil
}

// hold reads the body to its end.
func (s *sending) hold() error {
	s.mem = sock.GetSmall()
	for err := error(nil); err == nil; {
		var n int
		if len(s.held) == len(s.mem) { // nothing more can be right
			var one [1]byte
			if n, err = s.request.Body.Read(one[:]); n > 0 {
				return errLongBody
			}
		} else {
			n, err = s.request.Body.Read(s.mem[len(s.held):])
			s.held = s.mem[:len(s.held)+n]
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return s.lengthOf(int64(len(s.held)))
}

var errLongBody = errors.New("the request's body is longer than its Content-Length")

// hasTrailer reports whether trailers are to be sent after a body that is held.
func (s *sending) hasTrailer() bool { return s.trailer != nil && s.trailer.Len() > 0 }

// restore puts the body that was read back into the request.
func (s *sending) restore() {
	if s.kind == heldBody {
		if s.from != nil {
			s.from.in.mu.Lock()
			s.from.in.taken = false // whoever reads it again closes it at a time of his own
			s.from.in.mu.Unlock()
		}
		s.request.Body = &restored{Reader: *bytes.NewReader(bytes.Clone(s.held)), of: s.request.Body}
	}
}

// A restored is a body that has been read and is read again.
type restored struct {
	bytes.Reader
	of io.Closer
}

// Close implements io.Closer.
func (r *restored) Close() error { return r.of.Close() }

// head makes the fields of the head (RFC 9113, section 8.3.1), or says why
// HTTP/2 cannot express the request.
func (s *sending) head() error {
	r := s.request
	host := r.Host
	if host == "" {
		host = s.client.options.Target
	}
	scheme := r.Scheme
	if scheme == "" {
		scheme = "http"
		if s.client.options.Secure {
			scheme = "https"
		}
	}
	method := r.Method
	if s.upgrade = r.Upgrade(); s.upgrade != "" {
		method = "CONNECT"
	}
	switch path := r.Path; {
	case method == "CONNECT" && s.upgrade == "":
		return errors.New("CONNECT is not passed on")
	case !isToken(method):
		return fmt.Errorf("its method %q is none", r.Method)
	case !isAuthority(host):
		return fmt.Errorf("its host %q has characters that no host has", host)
	case scheme != "http" && scheme != "https":
		return fmt.Errorf("its scheme %q is none", scheme)
	case path == "*" && r.Method == "OPTIONS" && !r.HasQuery:
	case path == "" || path[0] != '/' || !isPrintable(path) || !isPrintable(r.Query):
		return errors.New("its path or query has blanks or control characters, or is none")
	}
	s.add(":method", method)
	if s.upgrade != "" {
		if !isToken(s.upgrade) {
			return fmt.Errorf("its protocol %q is none", s.upgrade)
		}
		s.add(":protocol", s.upgrade)
	}
	s.add(":scheme", scheme)
	s.add(":authority", host)
	s.add(":path", r.Target())
	if err := s.addHeader(&r.Header); err != nil {
		return err
	}
	if s.upgrade == "" && (r.ContentLength > 0 || r.ContentLength == 0 && needsLength(method)) {
		s.add("content-length", strconv.FormatInt(r.ContentLength, 10))
	}
	return nil
}

// needsLength reports whether a request without a body says so (RFC 9110,
// section 8.6).
func needsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

func (s *sending) add(name, value string) {
	s.fields = append(s.fields, message.Field{Name: name, Value: value})
	s.size += len(name) + len(value) + 32
}

// addHeader adds the fields of a header but for those about a connection,
// which Connection may name (RFC 9110, section 7.6.1; RFC 9113, section 8.2.2).
func (s *sending) addHeader(h *message.Header) error {
	nominated := h.Has("connection")
	for _, f := range h.Fields() {
		name := smallName(f.Name)
		switch name {
		case "host", "content-length":
			continue // said otherwise
		case "te":
			if f.Value != "trailers" && !h.HasToken("te", "trailers") {
				continue
			}
			f.Value = "trailers"
		case "sec-websocket-key":
			if s.upgrade != "" {
				s.key = f.Value
				continue
			}
		}
		if connectionSpecific(name) || nominated && name != "te" && h.HasToken("connection", name) {
			continue
		}
		value := f.Value
		if value != "" && (blank(value[0]) || blank(value[len(value)-1])) {
			value = strings.Trim(value, " \t")
		}
		if !validName(name) || !validValue(value) {
			return fmt.Errorf("its field %q has characters that no field has", f.Name)
		}
		s.add(name, value)
	}
	return nil
}

// isToken holds RFC 9110, section 5.6.2, of which methods are.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !tokens[c] && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}

// authorities holds the bytes of hosts and ports.
var authorities = func() (is [256]bool) {
	for _, c := range []byte("!$%&'*+-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ(),:;=[]") {
		is[c] = true
	}
	return is
}()

// isAuthority reports whether a host, and a port perhaps, has only bytes that
// those have (RFC 3986, section 3.2): no user, path, query or fragment.
func isAuthority(s string) bool {
	for i := range len(s) {
		if !authorities[s[i]] {
			return false
		}
	}
	return s != ""
}

// isPrintable reports whether a string has no blanks and control characters,
// with which it would be another one for somebody who speaks HTTP/1.1.
func isPrintable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f {
			return false
		}
	}
	return true
}
