// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// asTargetSees returns the header of a request as it arrives.
func (b *bench) asTargetSees(r *message.Request) http.Header {
	b.t.Helper()
	s := b.serve(context.Background(), r)
	var echo testkit.Echo
	if err := json.Unmarshal([]byte(s.body), &echo); err != nil {
		b.t.Fatalf("status %d: %v", s.status, err)
	}
	return echo.Header
}

// A client cannot call itself a consumer on any route, not even by way of a
// trusted proxy; a plugin can.
func TestConsumerHeader(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, testkit.EchoHTTP), "listener", "l", `{"address":":1","trusted_proxies":["192.0.2.0/24"]}`,
		"route", "plain", `{"upstream":"u","paths":["/plain"]}`,
		"route", "known", `{"upstream":"u","paths":["/known"],"plugins":{"a":`+b.hook("a", hook{request: func(x *plugin.Exchange) error {
			x.Request.Header.Set("x-consumer-id", "known")
			return nil
		}})+`}}`)
	for _, name := range []string{"x-consumer-id", "X-Consumer-Id", "x_consumer_id", "X-CONSUMER_ID", "x_consumer-id"} {
		for path, want := range map[string]string{"/plain": "", "/known": "known"} {
			got := b.asTargetSees(get(path, "accept: */*", name+": admin", "x-consumer-ids: kept", name+": root"))
			if got.Get("X-Consumer-Id") != want || strings.Contains(fmt.Sprint(got), "admin") || strings.Contains(fmt.Sprint(got), "root") || got.Get("X-Consumer-Ids") != "kept" {
				t.Errorf("%s, %s: %v", path, name, got)
			}
		}
	}
}

// What concerns one connection ends at the gateway (RFC 9110, section 7.6.1),
// and no client can name away what a plugin has set.
func TestHopByHop(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, testkit.EchoHTTP), "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", hook{request: func(x *plugin.Exchange) error {
		x.Request.Header.Set("x-consumer", "c")
		return nil
	}})+`}}`)
	for name, test := range map[string]struct {
		fields []string
		gone   []string
		kept   []string
	}{
		"fixed": {[]string{"keep-alive: 5", "proxy-connection: x", "proxy-authorization: y", "te: gzip", "accept: */*"},
			[]string{"Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Te"}, []string{"Accept"}},
		"named":           {[]string{"accept: */*", "connection: keep-alive, X-Hop", "x-hop: 1", "x-hop: 2", "x-stays: 3"}, []string{"X-Hop", "Connection"}, []string{"Accept", "X-Stays"}},
		"named first":     {[]string{"a-hop: 1", "connection: a-hop", "b: 2"}, []string{"A-Hop"}, []string{"B"}},
		"named twice":     {[]string{"connection: x-one", "connection: x-two", "x-one: 1", "x-two: 2"}, []string{"X-One", "X-Two"}, nil},
		"a plugin's":      {[]string{"connection: x-consumer, x-forwarded-for, x-forwarded-proto, x-forwarded-host", "x-consumer: spoofed"}, nil, []string{"X-Consumer", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}},
		"itself":          {[]string{"connection: connection, , close"}, []string{"Connection"}, nil},
		"no tunnel of h2": {[]string{"connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAoAAAAAIAAAAA"}, []string{"Upgrade", "Http2-Settings", "Connection"}, nil},
		"trailers":        {[]string{"te: trailers, deflate"}, nil, []string{"Te"}},
		"asked to switch": {[]string{"connection: upgrade", "upgrade: websocket"}, nil, []string{"Upgrade", "Connection"}},
	} {
		got := b.asTargetSees(get("/", test.fields...))
		for _, name := range test.gone {
			if got[name] != nil {
				t.Errorf("%s: %s is still there: %q", test.fields, name, got[name])
			}
		}
		for _, field := range test.kept {
			if got[field] == nil {
				t.Errorf("%s: %s is gone", name, field)
			}
		}
		if got.Get("X-Consumer") != "c" || got.Get("X-Forwarded-For") != "192.0.2.9" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := b.asTargetSees(get("/", "te: trailers, deflate")); got.Get("Te") != "trailers" {
		t.Errorf("TE: %q", got["Te"])
	}
}

// Naming very many fields costs no more than reading them.
func TestManyConnectionOptions(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, testkit.EchoHTTP), "route", "r", `{"upstream":"u"}`)
	r := get("/")
	names := make([]string, 100_000)
	for i := range names {
		names[i] = "x" + strings.Repeat("y", i%50) + "z"
		r.Header.Add("f"+names[i], "v")
	}
	r.Header.Add("connection", "f"+strings.Join(names, ",f"))
	began := time.Now()
	b.asTargetSees(r)
	if took := time.Since(began); took > 20*time.Second { // it would be minutes
		t.Errorf("took %s", took)
	}
}

// What the target says of its connection ends at the gateway, too.
func TestResponseHopByHop(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", upstreamAt(rawTarget(t, "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-Stays: 2\r\nKeep-Alive: 3\r\nContent-Length: 2\r\n\r\nok"), ""), "route", "r", `{"upstream":"u"}`)
	s := b.serve(context.Background(), get("/"))
	if s.header.Has("x-hop") || s.header.Has("keep-alive") || s.header.Has("connection") || !s.header.Has("x-stays") || s.body != "ok" {
		t.Errorf("%d %v %q", s.status, s.header.Fields(), s.body)
	}
}

// A target cannot turn a connection into a tunnel that the client did not ask
// for.
func TestUnaskedSwitch(t *testing.T) {
	for _, fields := range [][]string{nil, {"connection: upgrade", "upgrade: other"}} {
		b := start(t)
		b.apply("upstream", "u", upstreamAt(rawTarget(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), ""), "route", "r", `{"upstream":"u"}`)
		if s := b.serve(context.Background(), get("/", fields...)); s.status != 502 {
			t.Errorf("%v: status %d", fields, s.status)
		}
	}
}

// What a request says of earlier hops is believed of trusted proxies only,
// and so is the client's address.
func TestForwarded(t *testing.T) {
	said := []string{
		"x-forwarded-for: 203.0.113.1, 10.0.0.5", "x-forwarded-for: 10.0.0.6", "x-forwarded-proto: gopher", "x-forwarded-host: spoofed.example",
		"x-forwarded-port: 1", "forwarded: for=203.0.113.1", "x-real-ip: 203.0.113.1",
	}
	// A target that makes variables of fields, as CGI does, takes these for the
	// real ones.
	lookalikes := []string{"x_forwarded_for: 203.0.113.1", "X-Forwarded_Proto: gopher", "x_forwarded-port: 1", "X_Real_IP: 203.0.113.1", "x-forwardedness: kept"}
	noLookalikes := http.Header{"X_forwarded_for": nil, "X-Forwarded_proto": nil, "X_forwarded-Port": nil, "X_real_ip": nil, "X-Forwarded-Proto": {"https"}, "X-Forwardedness": {"kept"}}
	for _, test := range []struct {
		name, peer, client string
		fields             []string
		want               http.Header
	}{
		{"a stranger", "192.0.2.9", "192.0.2.9", said, http.Header{
			"X-Forwarded-For": {"192.0.2.9"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"www.example.com"},
			"X-Forwarded-Port": nil, "Forwarded": nil, "X-Real-Ip": nil}},
		{"a trusted proxy", "10.0.0.7", "203.0.113.1", said, http.Header{
			"X-Forwarded-For": {"203.0.113.1, 10.0.0.5, 10.0.0.6, 10.0.0.7"}, "X-Forwarded-Proto": {"gopher"}, "X-Forwarded-Host": {"spoofed.example"},
			"X-Forwarded-Port": {"1"}, "Forwarded": nil, "X-Real-Ip": {"203.0.113.1"}}},
		{"a trusted proxy that says nothing", "10.0.0.7", "10.0.0.7", nil, http.Header{
			"X-Forwarded-For": {"10.0.0.7"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"www.example.com"}}},
		{"a stranger who spells with underscores", "192.0.2.9", "192.0.2.9", lookalikes, noLookalikes},
		{"a trusted proxy that passes underscores on", "10.0.0.7", "10.0.0.7", lookalikes, noLookalikes},
		{"ports", "10.0.0.7", "203.0.113.1", []string{"x-forwarded-for: 203.0.113.1:4711, [fe80::2]:80, [fe80::3]"}, http.Header{"X-Forwarded-For": {"203.0.113.1:4711, [fe80::2]:80, [fe80::3], 10.0.0.7"}}},
		{"nothing between commas", "10.0.0.7", "10.0.0.7", []string{"x-forwarded-for: 203.0.113.1, ,"}, http.Header{}},
		{"a spoof in front of a trusted proxy", "10.0.0.7", "198.51.100.2", []string{"x-forwarded-for: 10.0.0.1, 198.51.100.2"}, http.Header{"X-Forwarded-For": {"10.0.0.1, 198.51.100.2, 10.0.0.7"}}},
		{"nonsense", "10.0.0.7", "10.0.0.5", []string{"x-forwarded-for: 1.2.3.4, nonsense, 10.0.0.5"}, http.Header{}},
		{"all trusted", "10.0.0.7", "10.0.0.1", []string{"x-forwarded-for: 10.0.0.1,10.0.0.2"}, http.Header{}},
		{"IPv4 in IPv6", "::ffff:10.0.0.7", "203.0.113.1", []string{"x-forwarded-for: ::ffff:203.0.113.1"}, http.Header{"X-Forwarded-For": {"::ffff:203.0.113.1, 10.0.0.7"}}},
		{"a zone", "fe80::1%eth0", "203.0.113.1", []string{"x-forwarded-for: 203.0.113.1"}, http.Header{"X-Forwarded-For": {"203.0.113.1, fe80::1"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t)
			client := ""
			b.apply("listener", "l", `{"address":"127.0.0.1:1","trusted_proxies":["10.0.0.0/8","fe80::/16"]}`, "upstream", "u", target(t, testkit.EchoHTTP),
				"route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", hook{request: func(x *plugin.Exchange) error { client = x.Client.String(); return nil }})+`}}`)
			r := get("/", test.fields...)
			r.Remote = netip.AddrPortFrom(netip.MustParseAddr(test.peer), 4711)
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

// Interim responses pass, without what concerns the target's connection.
func TestInform(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(103)
		_, _ = io.WriteString(w, "ok")
	}), "route", "r", `{"upstream":"u"}`)
	if s := b.serve(context.Background(), get("/")); !slices.Equal(s.informed, []int{103}) || s.body != "ok" {
		t.Errorf("%v, then %d %q", s.informed, s.status, s.body)
	}
}
