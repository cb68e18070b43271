// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"slices"
	"strings"
	"testing"
)

func TestReadForwarded(t *testing.T) {
	for text, want := range map[string][]hop{
		"":                               nil,
		", ,\t":                          nil,
		"for=a":                          {{node: "a"}},
		"For=a;;":                        {{node: "a"}},
		`for="_a"`:                       {{node: "_a"}},
		`for="[2001:db8:cafe::17]:4711"`: {{node: "[2001:db8:cafe::17]:4711"}},
		"for=192.0.2.60;proto=http;by=203.0.113.43;Host=a":            {{"192.0.2.60", "a", "http"}},
		"for=192.0.2.43, for=198.51.100.17;by=x;ext=1":                {{node: "192.0.2.43"}, {node: "198.51.100.17"}},
		`for=a ; host="x, for=\"b\";\\" ;proto=https,, proto="h\ttp"`: {{"a", `x, for="b";\`, "https"}, {proto: "http"}},
		";": {{}},
	} {
		if got, ok := readForwarded(text); !ok || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %t; want %q", text, got, ok, want)
		}
	}
	for _, wrong := range []string{
		"for", "for=", "=a", "for =a", "for= a", `for=""`, `for="`, `for="a`, `for="a\`, `for="a"b`, `for="a"for=b`, "for=a b", "for=a:1", "for=[::1]",
		"for=a;for=b", "host=a;HOST=a", "for=a;b", "for=a,b", "a b=c", "for=\"a\x00\"", "for=\"\x7f\"", "for=\"a\nb\"", `for="\` + "\r" + `"`, "for=ü",
	} {
		if got, ok := readForwarded(wrong); ok {
			t.Errorf("%q was taken for %q", wrong, got)
		}
	}
}

// Whatever the values are, what is written is read as the same hops again, as
// far as it can be told, and never as more of them.
func FuzzForwarded(f *testing.F) {
	f.Add("for=192.0.2.1;host=\"a\"", "192.0.2.9", "www.example.com:80", "https")
	f.Add("", "2001:db8::1%eth0", `a";for=1.1.1.1, for="\`, "h,t")
	f.Add(`for="`, "[::1]:80", "\x00", "")
	f.Fuzz(func(t *testing.T, before, node, host, proto string) {
		hops, ok := readForwarded(before)
		said := trail{hops: hops}
		if len(hops) > 0 {
			said.field = before
		}
		line := said.forwarded(hop{node, host, proto})
		got, readable := readForwarded(line)
		if !readable || len(got) != len(hops)+1 {
			t.Fatalf("%q (readable: %t) became %q: %d hops, want %d", before, ok, line, len(got), len(hops)+1)
		}
		last := got[len(got)-1]
		addr, isAddress := parseHop(node)
		if again, same := parseHop(last.node); isAddress != same || same && again != addr.WithZone("") {
			t.Errorf("the node %q became %q", node, last.node)
		}
		if last.host != "" && last.host != host || last.proto != "" && last.proto != proto {
			t.Errorf("%q, %q became %q, %q", host, proto, last.host, last.proto)
		}
		if quotable(host) && last.host != host {
			t.Errorf("the host %q became %q", host, last.host)
		}
		if strings.ContainsAny(line[len(said.field):], "\r\n\x00") {
			t.Errorf("%q is no value of a field", line)
		}
	})
}
