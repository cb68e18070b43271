// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// header makes a header of "name: value" lines.
func header(lines ...string) message.Header {
	var fields []message.Field
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		fields = append(fields, message.Field{Name: name, Value: value})
	}
	return message.MakeHeader(fields)
}

func lines(h *message.Header) []string {
	var out []string
	for _, f := range h.Fields() {
		out = append(out, f.Name+": "+f.Value)
	}
	return out
}

func TestHeaderChanges(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*message.Header)
		want   []string
	}{
		"set, one of several": {func(h *message.Header) { h.Set("x", "9") }, []string{"a: 0", "X: 9", "b: 3"}},
		"set, the last":       {func(h *message.Header) { h.Set("B", "9") }, []string{"a: 0", "X: 1", "x: 2", "b: 9", "x: 4"}},
		"set, a new one":      {func(h *message.Header) { h.Set("c", "9") }, []string{"a: 0", "X: 1", "x: 2", "b: 3", "x: 4", "c: 9"}},
		"add":                 {func(h *message.Header) { h.Add("A", "9") }, []string{"a: 0", "X: 1", "x: 2", "b: 3", "x: 4", "A: 9"}},
		"del":                 {func(h *message.Header) { h.Del("X") }, []string{"a: 0", "b: 3"}},
		"del, all":            {func(h *message.Header) { h.Del("x"); h.Del("a"); h.Del("b") }, nil},
		"del, none":           {func(h *message.Header) { h.Del("c") }, []string{"a: 0", "X: 1", "x: 2", "b: 3", "x: 4"}},
		"reset and add":       {func(h *message.Header) { h.Reset(); h.Add("c", "9") }, []string{"c: 9"}},
	} {
		h := header("a: 0", "X: 1", "x: 2", "b: 3", "x: 4")
		clone := h.Clone()
		before := lines(&clone)
		test.change(&h)
		if got := lines(&h); !slices.Equal(got, test.want) || h.Len() != len(test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		if got := lines(&clone); !slices.Equal(got, before) {
			t.Errorf("%s: the clone became %q", name, got)
		}
	}
}

func TestHeaderReads(t *testing.T) {
	h := header("a: 0", "X: 1", "x: ", "Connection: close, Upgrade", "connection: ,x-a")
	if h.Get("x") != "1" || h.Get("c") != "" || !h.Has("A") || h.Has("c") {
		t.Errorf("x %q, c %q, has A %t, has c %t", h.Get("x"), h.Get("c"), h.Has("A"), h.Has("c"))
	}
	if got := slices.Collect(h.Values("x")); !slices.Equal(got, []string{"1", ""}) {
		t.Errorf("values %q", got)
	}
	for range h.Values("x") {
		break // stops the iteration
	}
	for name, want := range map[string]string{"x": "1, ", "a": "0", "c": "", "connection": "close, Upgrade, ,x-a"} {
		if got := h.Joined(name); got != want {
			t.Errorf("%s joined is %q, want %q", name, got, want)
		}
	}
	for token, want := range map[string]bool{"upgrade": true, "CLOSE": true, "X-A": true, "clos": false, "close,": false} {
		if got := h.HasToken("CONNECTION", token); got != want {
			t.Errorf("token %q: %t", token, got)
		}
	}
}

// A field that comes very many times costs no more than reading it.
func TestJoinedMany(t *testing.T) {
	const many = 1 << 19
	h := header(slices.Repeat([]string{"x: 1"}, many)...)
	began := time.Now()
	if got := h.Joined("x"); len(got) != 3*many-2 {
		t.Errorf("joined to %d bytes", len(got))
	}
	if took := time.Since(began); took > 5*time.Second { // it would be minutes
		t.Errorf("took %s", took)
	}
}

func TestEqualName(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"", "", true}, {"X-Id", "x-iD", true}, {"x", "xy", false}, {"x-a", "x_a", false},
		{"@", "`", false}, {"[", "{", false}, {"^", "~", false}, {"\xc3", "\xe3", false}, // differ by what makes letters small
	} {
		if got := message.EqualName(test.a, test.b); got != test.want {
			t.Errorf("%q and %q: %t", test.a, test.b, got)
		}
	}
}

func TestRequest(t *testing.T) {
	for _, test := range []struct {
		proto   message.Proto
		fields  []string
		grpc    bool
		upgrade string
	}{
		{message.HTTP2, []string{"content-type: application/grpc"}, true, ""},
		{message.HTTP2, []string{"content-type: application/grpc+proto"}, true, ""},
		{message.HTTP2, []string{"content-type: application/grpc;x"}, true, ""},
		{message.HTTP2, []string{"content-type: application/grpc-web"}, false, ""},
		{message.HTTP11, []string{"content-type: application/grpc"}, false, ""},
		{message.HTTP11, []string{"Connection: keep-alive, Upgrade", "Upgrade: WebSocket"}, false, "websocket"},
		{message.HTTP11, []string{"Upgrade: websocket"}, false, ""},
		{message.HTTP10, []string{"Connection: Upgrade", "Upgrade: websocket"}, false, ""},
		{message.HTTP2, []string{"connection: upgrade", "upgrade: websocket"}, false, ""},
	} {
		r := message.Request{Proto: test.proto, Path: "/a", Query: "", HasQuery: true, Header: header(test.fields...)}
		if r.IsGRPC() != test.grpc || r.Upgrade() != test.upgrade {
			t.Errorf("%s %q: gRPC %t, upgrade %q", test.proto, test.fields, r.IsGRPC(), r.Upgrade())
		}
		if r.Target() != "/a?" {
			t.Errorf("target %q", r.Target())
		}
	}
}
