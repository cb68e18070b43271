// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Targets are told of the client in the fields that the listener names, and
// nobody else's word gets in between (RFC 7239).
func TestForwardedFields(t *testing.T) {
	const proxy, stranger = "10.0.0.7", "192.0.2.9"
	none := []string(nil)
	for _, test := range []struct {
		name, mode, peer, host, client string
		fields                         []string
		want                           http.Header
	}{
		{"both, a stranger", "both", stranger, "", stranger, []string{"forwarded: for=1.1.1.1", "x-forwarded-for: 1.1.1.1"}, http.Header{
			"Forwarded": {"for=192.0.2.9;host=www.example.com;proto=https"}, "X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"www.example.com"}}},
		{"forwarded, a stranger", "forwarded", stranger, "", stranger, []string{"forwarded: for=1.1.1.1", "forwarded: by=x", "x-forwarded-for: 1.1.1.1", "x-forwarded-proto: gopher", "x-real-ip: 1.1.1.1"}, http.Header{
			"Forwarded": {"for=192.0.2.9;host=www.example.com;proto=https"}, "X-Forwarded-For": none, "X-Forwarded-Proto": none, "X-Forwarded-Host": none, "X-Real-Ip": none}},
		{"none, a stranger", "none", stranger, "", stranger, []string{"forwarded: for=1.1.1.1", "x-forwarded-for: 1.1.1.1", "x_forwarded_for: 1.1.1.1"}, http.Header{
			"Forwarded": none, "X-Forwarded-For": none, "X-Forwarded-Proto": none, "X-Forwarded-Host": none, "X_forwarded_for": none}},
		{"none, a trusted proxy", "none", proxy, "", "203.0.113.1", []string{"forwarded: for=203.0.113.1", "x-forwarded-proto: http"}, http.Header{
			"Forwarded": {"for=203.0.113.1"}, "X-Forwarded-For": none, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": none}},

		// The syntax of our own hop.
		{"IPv6", "forwarded", "2001:db8::9", "", "2001:db8::9", nil, http.Header{"Forwarded": {`for="[2001:db8::9]";host=www.example.com;proto=https`}}},
		{"IPv4 in IPv6", "forwarded", "::ffff:192.0.2.9", "", stranger, nil, http.Header{"Forwarded": {"for=192.0.2.9;host=www.example.com;proto=https"}}},
		{"a port", "forwarded", stranger, "www.example.com:8443", stranger, nil, http.Header{"Forwarded": {`for=192.0.2.9;host="www.example.com:8443";proto=https`}}},
		{"a hostile host", "forwarded", stranger, `a";for=1.1.1.1, for="\`, stranger, nil, http.Header{"Forwarded": {`for=192.0.2.9;host="a\";for=1.1.1.1, for=\"\\";proto=https`}}},
		{"a host that no quotes hold", "forwarded", stranger, "a\x01b", stranger, nil, http.Header{"Forwarded": {"for=192.0.2.9;proto=https"}}},

		// Forwarded of a trusted proxy.
		{"appended", "forwarded", proxy, "", "203.0.113.1", []string{`forwarded: for=203.0.113.1;proto=http`, `Forwarded: FOR="[fe80::2]:80" ; by=_x`}, http.Header{
			"Forwarded": {`for=203.0.113.1;proto=http, FOR="[fe80::2]:80" ; by=_x, for=10.0.0.7;host=www.example.com;proto=https`}, "X-Forwarded-For": none}},
		{"translated", "x_forwarded", proxy, "", "203.0.113.1", []string{`forwarded: for=_hidden;host=forged, for=203.0.113.1;proto=http;host="a.example:80", for="[fe80::2]:80";proto=https`}, http.Header{
			"Forwarded": none, "X-Forwarded-For": {"unknown, 203.0.113.1, fe80::2, 10.0.0.7"}, "X-Forwarded-Proto": {"http"}, "X-Forwarded-Host": {"a.example:80"}}},
		{"translated, what no field holds", "x_forwarded", proxy, "", "203.0.113.1", []string{`forwarded: for=203.0.113.1;proto="a, b";host="a, b"`}, http.Header{
			"X-Forwarded-For": {"203.0.113.1, 10.0.0.7"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"www.example.com"}}},
		{"in both", "both", proxy, "", "203.0.113.1", []string{"forwarded: for=203.0.113.1"}, http.Header{
			"Forwarded": {"for=203.0.113.1, for=10.0.0.7;host=www.example.com;proto=https"}, "X-Forwarded-For": {"203.0.113.1, 10.0.0.7"}}},
		{"all trusted", "forwarded", proxy, "", "10.0.0.1", []string{"forwarded: for=10.0.0.1, for=10.0.0.2"}, http.Header{}},
		{"a name that hides an address", "forwarded", proxy, "", "10.0.0.2", []string{"forwarded: for=203.0.113.1, for=unknown, for=10.0.0.2"}, http.Header{}},
		{"no node", "forwarded", proxy, "", proxy, []string{"forwarded: for=203.0.113.1, proto=http"}, http.Header{}},
		{"empty elements", "forwarded", proxy, "", "203.0.113.1", []string{"forwarded: , for=203.0.113.1;;proto=http; ,,"}, http.Header{}},

		// What breaks the syntax is not passed on: nobody knows where our hop would begin in it.
		{"a quote that is left open", "both", proxy, "", proxy, []string{`forwarded: for=1.1.1.1;x="`, "forwarded: for=203.0.113.1"}, http.Header{
			"Forwarded": {"for=10.0.0.7;host=www.example.com;proto=https"}, "X-Forwarded-For": {"10.0.0.7"}}},
		{"a quote that takes a comma in", "both", proxy, "", proxy, []string{`forwarded: for=1.1.1.1;x="`, `forwarded: for="[2001:db8::1]"`}, http.Header{
			"Forwarded": {"for=10.0.0.7;host=www.example.com;proto=https"}}},
		{"a parameter twice", "forwarded", proxy, "", proxy, []string{"forwarded: for=203.0.113.1;for=1.1.1.1"}, http.Header{"Forwarded": {"for=10.0.0.7;host=www.example.com;proto=https"}}},
		{"a port without quotes", "forwarded", proxy, "", proxy, []string{"forwarded: for=203.0.113.1:80"}, http.Header{"Forwarded": {"for=10.0.0.7;host=www.example.com;proto=https"}}},

		// X-Forwarded-For comes first: a proxy that writes it may pass a client's Forwarded on.
		{"forged beside it", "both", proxy, "", "203.0.113.1", []string{"forwarded: for=1.1.1.1", "x-forwarded-for: 203.0.113.1", "x-forwarded-proto: http", "x-forwarded-host: a.example"}, http.Header{
			"Forwarded": {"for=203.0.113.1;host=a.example;proto=http, for=10.0.0.7;host=www.example.com;proto=https"}, "X-Forwarded-For": {"203.0.113.1, 10.0.0.7"}}},
		{"the same beside it", "both", proxy, "", "203.0.113.1", []string{"forwarded: for=203.0.113.1;by=_edge", "x-forwarded-for: 203.0.113.1"}, http.Header{
			"Forwarded": {"for=203.0.113.1;by=_edge, for=10.0.0.7;host=www.example.com;proto=https"}, "X-Forwarded-For": {"203.0.113.1, 10.0.0.7"}}},
		{"from X-Forwarded-For", "forwarded", proxy, "", "203.0.113.1", []string{"x-forwarded-for: what, 203.0.113.1:4711, [2001:db8::1]:80, 10.0.0.1", "x-forwarded-proto: http", "x-forwarded-port: 80"}, http.Header{
			"Forwarded":       {`for=unknown, for="203.0.113.1:4711", for="[2001:db8::1]:80";proto=http, for=10.0.0.1, for=10.0.0.7;host=www.example.com;proto=https`},
			"X-Forwarded-For": none, "X-Forwarded-Proto": none, "X-Forwarded-Port": {"80"}}},
		{"an empty one", "both", proxy, "", proxy, []string{"x-forwarded-for:", "forwarded: for=1.1.1.1"}, http.Header{
			"Forwarded": {"for=unknown, for=10.0.0.7;host=www.example.com;proto=https"}, "X-Forwarded-For": {"10.0.0.7"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "from X-Forwarded-For" { // a stranger in the middle is the client
				test.client = "2001:db8::1"
			}
			b := start(t)
			client := ""
			b.apply("listener", "l", `{"address":"127.0.0.1:1","trusted_proxies":["10.0.0.0/8","fe80::/16"],"forwarded":"`+test.mode+`"}`, "upstream", "u", target(t, testkit.EchoHTTP),
				"route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", hook{request: func(x *plugin.Exchange) error {
					client, x.Request.Host = x.Client.String(), "www.example.com" // what the engine would refuse has been told already
					return nil
				}})+`}}`)
			r := get("/", test.fields...)
			r.Remote = netip.AddrPortFrom(netip.MustParseAddr(test.peer), 4711)
			if test.host != "" {
				r.Host = test.host
			}
			got := b.asTargetSees(r)
			if client != test.client {
				t.Errorf("the client is %s, want %s", client, test.client)
			}
			for name, want := range test.want {
				if !slices.Equal(got[name], want) {
					t.Errorf("%s: %q, want %q", name, got[name], want)
				}
			}
		})
	}
}

// With a listener's name, Via tells it of requests and of targets' responses,
// after those who were there before; without one, it is left alone (RFC 9110,
// section 7.6.3).
func TestVia(t *testing.T) {
	for _, test := range []struct {
		via, request, response string
		proto                  message.Proto
		before                 []string
	}{
		{`,"via":"gate"`, "1.1 gate", "1.1 backend, 1.1 gate", message.HTTP11, nil},
		{`,"via":"gate"`, "1.0 gate", "1.1 backend, 1.1 gate", message.HTTP10, nil},
		{`,"via":"gate"`, "1.0 fred, 1.1 p.example (x), 2 gate", "1.1 backend, 1.1 gate", message.HTTP2, []string{"via: 1.0 fred", "Via: 1.1 p.example (x)"}},
		{``, "1.0 fred", "1.1 backend", message.HTTP11, []string{"via: 1.0 fred"}},
		{``, "", "1.1 backend", message.HTTP2, nil},
	} {
		b := start(t)
		seen := ""
		b.apply("listener", "l", `{"address":"127.0.0.1:1"`+test.via+`}`, "upstream", "u", target(t, func(w http.ResponseWriter, r *http.Request) {
			seen = r.Header.Get("Via")
			w.Header().Set("Via", "1.1 backend")
		}), "route", "r", `{"upstream":"u"}`, "upstream", "none", `{}`, "route", "none", `{"upstream":"none","paths":["/none"]}`)
		r := get("/", test.before...)
		r.Proto = test.proto
		s := b.serve(context.Background(), r)
		if got := s.header.Joined("via"); seen != test.request || got != test.response {
			t.Errorf("%s %s: the target saw %q, want %q; the client %q, want %q", test.via, test.proto, seen, test.request, got, test.response)
		}
		if s := b.serve(context.Background(), get("/none")); s.status != 503 || s.header.Has("via") { // it came through nobody
			t.Errorf("the gateway's own answer: %d %q", s.status, s.header.Fields())
		}
	}
}

// By default, telling a target of its client allocates nothing, if the engine
// has the address as text and no field must be joined.
func TestForwardedAllocates(t *testing.T) {
	response := &message.Response{Status: 204}
	answer := roundTrip(func(x *plugin.Exchange) error { x.Response = response; return nil })
	p := startBench(t, hook{wrap: func(plugin.Transport) plugin.Transport { return answer }})
	fields := get("/", "accept: */*", "forwarded: for=1.1.1.1", "connection: keep-alive").Header.Fields()
	room := make([]message.Field, 0, 16)
	r, s := get("/"), &stream{}
	r.RemoteIP = "192.0.2.9"
	got := testing.AllocsPerRun(200, func() {
		r.Header = message.MakeHeader(append(room[:0], fields...))
		p.Serve(context.Background(), r, s)
	})
	if got >= 1 { // less than one: the pool of exchanges may be emptied in between
		t.Errorf("%g allocations a request", got)
	}
	if r.Header.Get("x-forwarded-for") != "192.0.2.9" || r.Header.Has("forwarded") {
		t.Errorf("the target saw %q", r.Header.Fields())
	}
}
