// SPDX-License-Identifier: Apache-2.0

package router

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// Each condition alone: what fulfils it and what does not.
func TestConditions(t *testing.T) {
	value := func(m api.ValueMatch) []api.ValueMatch { return []api.ValueMatch{m} }
	is := value(api.ValueMatch{Name: "K", Value: ptr("v w")})
	empty := value(api.ValueMatch{Name: "K", Value: ptr("")})
	like := value(api.ValueMatch{Name: "K", Regex: "^v.w$"})
	there := value(api.ValueMatch{Name: "K"})
	present := value(api.ValueMatch{Name: "K", Present: ptr(true)})
	absent := value(api.ValueMatch{Name: "K", Present: ptr(false)})
	type fields = []message.Field
	cookie := func(s string) message.Request { return header(fields{{Name: "cookie", Value: s}}) }
	query := func(s string) message.Request { return message.Request{Query: s} }
	for name, test := range map[string]struct {
		route   api.Route
		yes, no []message.Request
	}{
		"header value": {api.Route{Headers: is},
			[]message.Request{header(fields{{Name: "k", Value: "v w"}}), header(fields{{Name: "K", Value: "x"}, {Name: "k", Value: "v w"}})},
			[]message.Request{{}, header(fields{{Name: "K", Value: "V W"}}), header(fields{{Name: "K", Value: ""}})}},
		"header regex": {api.Route{Headers: like},
			[]message.Request{header(fields{{Name: "k", Value: "v-w"}})}, []message.Request{{}, header(fields{{Name: "k", Value: "xv-w"}})}},
		"header there": {api.Route{Headers: there},
			[]message.Request{header(fields{{Name: "k", Value: ""}})}, []message.Request{{}, header(fields{{Name: "kk", Value: "v"}})}},
		"header present": {api.Route{Headers: present}, []message.Request{header(fields{{Name: "k", Value: ""}})}, []message.Request{{}}},
		"header absent":  {api.Route{Headers: absent}, []message.Request{{}}, []message.Request{header(fields{{Name: "k", Value: ""}})}},
		"host as header": {api.Route{Headers: value(api.ValueMatch{Name: "Host", Regex: "^a:8"})},
			[]message.Request{{Host: "a:80"}}, []message.Request{{Host: "a"}, {}}},
		"query value": {api.Route{Query: is},
			[]message.Request{query("K=v+w"), query("a&K=x&&%4B=v%20w"), query("K=v w")},
			[]message.Request{query(""), query("k=v+w"), query("K=v%2Bw"), query("K=v+"), query("K=v+w+"), query("K=v%2")}},
		"query empty":   {api.Route{Query: empty}, []message.Request{query("K"), query("K=")}, []message.Request{query("K=x"), query("")}},
		"query regex":   {api.Route{Query: like}, []message.Request{query("K=v%20w"), query("K=v-w")}, []message.Request{query("K=v%2520w")}},
		"query absent":  {api.Route{Query: absent}, []message.Request{query("k")}, []message.Request{query("K"), query("%4b=1")}},
		"cookie value":  {api.Route{Cookies: is}, []message.Request{cookie("K=v w"), cookie(`a=1;K="v w"; b=2`)}, []message.Request{{}, cookie("k=v w"), cookie("K")}},
		"cookie there":  {api.Route{Cookies: there}, []message.Request{cookie("K=")}, []message.Request{cookie("KK=1; k=2")}},
		"cookie absent": {api.Route{Cookies: absent}, []message.Request{cookie("k=1"), {}}, []message.Request{cookie("a=1; K=2")}},
		"methods":       {api.Route{Methods: []string{"GET", "PUT"}}, []message.Request{{Method: "PUT"}, {Method: "HEAD"}}, []message.Request{{Method: "POST"}, {Method: "get"}}},
		"listeners":     {api.Route{Listeners: []string{"a", "b"}}, []message.Request{{Listener: "b"}}, []message.Request{{Listener: "c"}, {}}},
		"condition": {api.Route{Condition: `client.ip.inNetwork("192.0.2.0/24") && request.headers["k"] == "1, 2" && request.path == "/A"`},
			[]message.Request{header(fields{{Name: "K", Value: "1"}, {Name: "k", Value: "2"}})}, []message.Request{{}, header(fields{{Name: "k", Value: "1"}})}},
	} {
		r := build(t, map[string]api.Route{"r": test.route})
		for _, request := range test.yes {
			request.Path = "/%41"
			if matched(r, &request) != "r" {
				t.Errorf("%s: %+v does not match", name, request)
			}
		}
		for _, request := range test.no {
			request.Path = "/%41"
			if matched(r, &request) == "r" {
				t.Errorf("%s: %+v matches", name, request)
			}
		}
	}
}

func header(fields []message.Field) message.Request {
	return message.Request{Header: message.MakeHeader(fields)}
}

func TestClientNetworks(t *testing.T) {
	r := build(t, map[string]api.Route{"r": {ClientNetworks: []string{"10.1.2.3/8", "192.0.2.1", "2001:db8::/32", "::ffff:203.0.113.0/120"}}})
	for addr, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "::ffff:10.0.0.1": true, "192.0.2.1": true, "192.0.2.2": false,
		"2001:db8:1::1": true, "2001:db9::1": false, "203.0.113.9": true, "2001:db8::1%eth0": true,
	} {
		e, _ := r.Match(get("GET h/"), netip.MustParseAddr(addr))
		if got := e != nil; got != want {
			t.Errorf("%s: %t, want %t", addr, got, want)
		}
	}
	if e, _ := r.Match(get("GET h/"), netip.Addr{}); e != nil {
		t.Error("a client without an address is in a network")
	}
}

// A CEL condition that ends with an error is no match, and counted.
func TestConditionErrors(t *testing.T) {
	r := build(t, map[string]api.Route{"r": {Condition: `request.headers["tenant"] == "a"`}})
	request := get("GET h/")
	if got := matched(r, request); got != "" {
		t.Errorf("taken by %q", got)
	}
	if n := r.Entry("r").ConditionErrors(); n != 1 {
		t.Errorf("%d errors, want 1", n)
	}
	x := r.Explain(request, client)
	if len(x.Considered) != 1 || x.Considered[0].Failed != "condition" || !strings.Contains(x.Considered[0].Detail, "tenant") {
		t.Errorf("%+v", x)
	}
}

// A route that did not pass its checks is refused with all that is wrong.
func TestNewEntryRefuses(t *testing.T) {
	_, err := NewEntry(&api.Route{
		Hosts: hosts("ok", "a..b"), Paths: paths("users"), ClientNetworks: []string{"10.0.0.0/33"},
		Headers: []api.ValueMatch{{Name: "a", Regex: "("}}, Condition: "1 +",
	}, 0)
	if err == nil {
		t.Fatal("no error")
	}
	for _, path := range []string{"hosts[1]: ", "paths[0]: ", "client_networks[0]: ", "headers[0].regex: ", "condition: "} {
		if !strings.Contains(err.Error(), path) {
			t.Errorf("no error at %s in:\n%v", path, err)
		}
	}
}

func TestExplain(t *testing.T) {
	r := build(t, map[string]api.Route{
		"0": {Hosts: hosts("h"), Paths: paths("/users/*"), Methods: []string{"POST"}},
		"a": {Hosts: hosts("h"), Paths: paths("/users/{id}"), Headers: []api.ValueMatch{{Name: "x"}, {Name: "y"}}},
		"b": {Paths: paths("/users/{user}")},
		"c": {Paths: paths("/*")},
		"d": {Hosts: hosts("other")},
	})
	request := get("GET H:80/users/42")
	request.Header.Add("X", "1")
	x := r.Explain(request, client)
	if x.Route != "b" || x.Params.Get("user") != "42" || x.Host != "h" || x.Path != "/users/42" {
		t.Errorf("%+v", x)
	}
	want := []Considered{
		{Route: "a", Host: "h", Path: "/users/{}", Failed: "headers[1]"},
		{Route: "0", Host: "h", Path: "/users/*", Failed: "methods"},
		{Route: "b", Path: "/users/{}"},
		{Route: "c", Path: "/*"},
	}
	if len(x.Considered) != len(want) {
		t.Fatalf("%+v", x.Considered)
	}
	for i, c := range x.Considered {
		if c != want[i] {
			t.Errorf("%+v, want %+v", c, want[i])
		}
	}
}

// An explanation is bounded.
func TestExplainMany(t *testing.T) {
	routes := map[string]api.Route{}
	for i := range MaxConsidered + 7 {
		routes["r"+strings.Repeat("x", i)] = api.Route{Paths: []match.PathPattern{"/a"}}
	}
	x := build(t, routes).Explain(get("GET h/a"), client)
	if len(x.Considered) != MaxConsidered || x.More != 7 || x.Route != "r" {
		t.Errorf("%d considered, %d more, route %q", len(x.Considered), x.More, x.Route)
	}
}
