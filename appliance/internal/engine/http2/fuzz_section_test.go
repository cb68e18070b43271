// SPDX-License-Identifier: Apache-2.0

package http2

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	engine "github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/hpack"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// FuzzHeaderBlock decodes any bytes as two field sections, one in two pieces.
// What is taken for a request is one, within the limits.
func FuzzHeaderBlock(f *testing.F) {
	section := func(pairs ...string) []byte {
		var b bytes.Buffer
		e := hpack.NewEncoder(&b)
		for i := 0; i < len(pairs); i += 2 {
			e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
		}
		return b.Bytes()
	}
	f.Add(section(":method", "GET", ":scheme", "http", ":path", "/a?b", ":authority", "a", "cookie", "a=b", "cookie", "c"), uint8(3))
	f.Add(section(":method", "CONNECT", ":protocol", "x", ":scheme", "http", ":path", "/", ":authority", "a", "host", "a"), uint8(9))
	f.Add(append(section(":method", "OPTIONS", ":scheme", "https", ":path", "*", "content-length", "5"), 0xbe, 0xbe, 0x3f, 0xe1, 0x1f), uint8(1))
	s := &server{session: &session.Conn{}}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		var d engine.Decoder
		d.Init(tableSize, maxString)
		for range 2 {
			d.Begin(1000, 10+maxPseudo)
			at := min(int(cut), len(data))
			if err := d.Write(data[:at]); err != nil {
				return
			}
			if err := d.Write(data[at:]); err != nil {
				return
			}
			if d.Close() != nil {
				return
			}
			if len(d.Section.Fields) > 10+maxPseudo || !d.Section.Over && d.Section.Size > 1000 {
				t.Errorf("%d fields of %d bytes", len(d.Section.Fields), d.Section.Size)
			}
			x := &exchange{server: s}
			x.in.length = -1
			if !d.Section.Over && faulty(&d.Section) == "" && x.parse(&d.Section) == nil {
				checkRequest(t, &x.request)
			}
			d.End()
		}
	})
}

func checkRequest(t *testing.T, r *message.Request) {
	t.Helper()
	if r.Method != "CONNECT" && (r.Path == "" || r.Path[0] != '/' && (r.Path != "*" || r.Method != "OPTIONS") || r.Scheme != "http") {
		t.Errorf("a request with path %q, scheme %q", r.Path, r.Scheme)
	}
	if strings.ContainsAny(r.Method+r.Path+r.Query+r.Host+r.Protocol, " \r\n\t\x00") {
		t.Errorf("a request with blanks: %+v", r)
	}
	cookies := 0
	for _, f := range r.Header.Fields() {
		if !validName(f.Name) || connectionSpecific(f.Name) || f.Name == "host" || !validValue(f.Value) {
			t.Errorf("the field %q", f)
		}
		if f.Name == "cookie" {
			cookies++
		}
	}
	if cookies > 1 {
		t.Error("several cookie fields")
	}
}

// A queue gives back what it took, in pieces of any size, and holds no memory
// when it is empty.
func TestQueue(t *testing.T) {
	var q queue
	var want, got bytes.Buffer
	p := make([]byte, 50000)
	for i := range p {
		p[i] = byte(i % 251)
	}
	for i := range 200 {
		n := i * 7919 % len(p)
		q.push(p[:n])
		want.Write(p[:n])
		m := q.read(p[:i*104729%len(p)])
		got.Write(p[:m])
		for j := range p {
			p[j] = byte((j + i) % 251)
		}
	}
	for q.size > 0 {
		m := min(len(q.head()), 1000)
		got.Write(q.head()[:m])
		q.drop(m)
	}
	if !bytes.Equal(want.Bytes(), got.Bytes()) || q.first != nil || q.last != nil {
		t.Errorf("%d bytes of %d, first %p", got.Len(), want.Len(), q.first)
	}
}

// The history forgets the oldest stream first, and knows who closed which.
func TestHistory(t *testing.T) {
	var h history
	for i := range uint32(remembered + 2) {
		h.add(2*i+1, i%2 == 0)
	}
	for id, want := range map[uint32][2]bool{1: {}, 3: {}, 5: {true, true}, 7: {true, false}, 2*remembered + 3: {true, false}, 2*remembered + 5: {}} {
		if known, reset := h.find(id); known != want[0] || reset != want[1] {
			t.Errorf("%d: known %t, reset %t", id, known, reset)
		}
	}
	if !h.full() {
		t.Error("not full")
	}
}
