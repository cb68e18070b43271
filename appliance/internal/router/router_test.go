// SPDX-License-Identifier: Apache-2.0

package router

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

func ptr[T any](v T) *T { return &v }

// build makes a router of routes whose ids are the keys.
func build(t testing.TB, routes map[string]api.Route) *Router[int] {
	t.Helper()
	var set []*Entry[int]
	for id, r := range routes {
		r.ID = id
		set = append(set, entry(t, &r))
	}
	return New[int]().With(set, nil)
}

// get is a request line such as "GET host/path?query".
func get(line string) *message.Request {
	method, target, _ := strings.Cut(line, " ")
	target, query, _ := strings.Cut(target, "?")
	i := strings.IndexByte(target, '/')
	return &message.Request{Proto: message.HTTP11, Method: method, Scheme: "http", Host: target[:i], Path: target[i:], Query: query}
}

var client = netip.MustParseAddr("192.0.2.7")

func matched(r *Router[int], request *message.Request) string {
	e, _ := r.Match(request, client)
	if e == nil {
		return ""
	}
	return e.Route.ID
}

func paths(ps ...match.PathPattern) []match.PathPattern { return ps }
func hosts(hs ...match.HostPattern) []match.HostPattern { return hs }

// A host of very many labels costs no more than reading it: it is one request
// of a few bytes for each of them, and all requests come past here.
func TestHostOfManyLabels(t *testing.T) {
	r := build(t, map[string]api.Route{"below": {Hosts: hosts("*.example.com")}})
	began := time.Now()
	if got := matched(r, get("GET "+strings.Repeat("a.", 1<<19)+"example.com/")); got != "below" {
		t.Errorf("matched %q", got)
	}
	if took := time.Since(began); took > 5*time.Second { // it would be half a minute
		t.Errorf("took %s", took)
	}
}

// S0-07: a catch-all to a gRPC upstream and /test to an HTTP one coexist.
func TestCatchAllBesideOnePath(t *testing.T) {
	r := build(t, map[string]api.Route{
		"all-grpc":  {Paths: paths("/*")},
		"test-http": {Paths: paths("/test")},
	})
	for line, want := range map[string]string{
		"GET gateway/test":                         "test-http",
		"GET gateway/test?x=1":                     "test-http",
		"GET gateway/test/":                        "all-grpc",
		"GET gateway/testing":                      "all-grpc",
		"POST gateway/helloworld.Greeter/SayHello": "all-grpc",
		"GET gateway/":                             "all-grpc",
	} {
		if got := matched(r, get(line)); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// S0-04..06: HTTP and gRPC have routes of their own on one port, even where
// their paths are the same.
func TestHTTPAndGRPCOnOnePort(t *testing.T) {
	r := build(t, map[string]api.Route{
		"hello":   {GRPC: []api.GRPCMatch{{Service: "helloworld.Greeter", Method: "SayHello"}}},
		"greeter": {GRPC: []api.GRPCMatch{{Service: "helloworld.Greeter"}}},
		"web":     {Paths: paths("/*")},
		"page":    {Paths: paths("/helloworld.Greeter/SayHello")},
	})
	for _, test := range []struct {
		proto             message.Proto
		contentType, path string
		want              string
	}{
		{message.HTTP2, "application/grpc", "/helloworld.Greeter/SayHello", "hello"},
		{message.HTTP3, "application/grpc+proto", "/helloworld.Greeter/SayHello", "hello"},
		{message.HTTP2, "application/grpc", "/helloworld.Greeter/Other", "greeter"},
		{message.HTTP2, "application/grpc", "/other.Service/Method", "web"},
		{message.HTTP2, "application/json", "/helloworld.Greeter/SayHello", "page"},
		{message.HTTP11, "application/grpc", "/helloworld.Greeter/SayHello", "page"},
		{message.HTTP2, "application/grpc-web", "/helloworld.Greeter/Other", "web"},
	} {
		request := get("POST gateway" + test.path)
		request.Proto = test.proto
		request.Header.Add("Content-Type", test.contentType)
		if got := matched(r, request); got != test.want {
			t.Errorf("%v: %s, want %s", test, got, test.want)
		}
	}
}

// The order of the package comment, rule by rule: the routes of each case
// all match the request, and take it in the order given.
func TestSpecificity(t *testing.T) {
	present := []api.ValueMatch{{Name: "x"}}
	for name, routes := range map[string][]api.Route{
		"host": {
			{Hosts: hosts("a.b.example.com")}, {Hosts: hosts("*.b.example.com")},
			{Hosts: hosts("*.example.com")}, {Hosts: hosts("*.com")}, {},
		},
		"path": {
			{Paths: paths("/users/42")}, {Paths: paths("/users/{id}")}, {Paths: paths("/{kind}/42")}, {Paths: paths("/{kind}/{id}")},
			{Paths: paths("~^/users/[0-9]+$")}, {Paths: paths("~^/users/[0-9]")}, {Paths: paths("~^/users")}, {Paths: paths("~^/.")},
			{Paths: paths("/users/42/*")}, {Paths: paths("/users/{id}/*")}, {Paths: paths("/users/*")},
			{Paths: paths("/{kind}/42/*")}, {Paths: paths("/{kind}/*")}, {Paths: paths("/*")}, {},
		},
		"host before path": {
			{Hosts: hosts("a.b.example.com"), Paths: paths("/*")}, {Hosts: hosts("*.example.com"), Paths: paths("/users/42")},
			{Paths: paths("/users/42")},
		},
		"path before conditions": {
			{Paths: paths("/users/42")}, {Paths: paths("/users/*"), Methods: []string{"GET"}, Headers: present},
		},
		"listener": {
			{Listeners: []string{"main"}}, {Methods: []string{"GET"}, Headers: present},
		},
		"conditions": {
			{Methods: []string{"GET"}, Headers: present, Query: present, Cookies: present, ClientNetworks: []string{"192.0.2.0/24"}, Condition: "true"},
			{Headers: append(present, present...), Query: present, Cookies: present, Condition: "true"},
			{Methods: []string{"GET"}, Query: present, ClientNetworks: []string{"192.0.2.0/24", "10.0.0.0/8"}, Condition: `request.method == "GET"`},
			{Cookies: present, Headers: present, Condition: "true"},
			{Methods: []string{"GET", "POST"}, Condition: "true"},
			{Methods: []string{"GET"}}, {},
		},
		"id": {{}, {}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			request := get("GET a.b.example.com/users/42?x=1")
			request.Listener = "main"
			request.Header.Add("X", "1")
			request.Header.Add("Cookie", "x=1")
			ids, all := []string{}, map[string]api.Route{}
			for i, r := range routes {
				id := string(rune('z' - i)) // against the order of ids, so that the rule decides
				if name == "id" {
					id = string(rune('a' + i))
				}
				ids, all[id] = append(ids, id), r
			}
			r := build(t, all)
			for _, want := range ids {
				if got := matched(r, request); got != want {
					t.Fatalf("%s takes the request, want %s\n%+v", got, want, r.Explain(request, client))
				}
				r = r.With(nil, []string{want})
			}
		})
	}
}

// When a more specific route's other conditions fail, less specific ones are
// tried: other routes on the path, other paths, other hosts.
func TestBacktracking(t *testing.T) {
	post := []string{"POST"}
	r := build(t, map[string]api.Route{
		"1": {Hosts: hosts("a.example.com"), Paths: paths("/a/b/c"), Methods: post},
		"2": {Hosts: hosts("a.example.com"), Paths: paths("/a/{x}/c"), Headers: []api.ValueMatch{{Name: "x", Value: ptr("2")}}},
		"3": {Hosts: hosts("a.example.com"), Paths: paths("/a/*"), Headers: []api.ValueMatch{{Name: "x", Value: ptr("3")}}},
		"4": {Hosts: hosts("*.example.com"), Paths: paths("/{y}/b/c"), Headers: []api.ValueMatch{{Name: "x", Value: ptr("4")}}},
		"5": {Paths: paths("/a/b/*")},
	})
	for _, want := range []string{"2", "3", "4", "5"} {
		request := get("GET a.example.com/a/b/c")
		request.Header.Add("X", want)
		if got := matched(r, request); got != want {
			t.Errorf("x: %s is taken by %s", want, got)
		}
	}
	if got := matched(r, get("POST a.example.com/a/b/c")); got != "1" {
		t.Errorf("POST is taken by %s", got)
	}
	if got := matched(r, get("GET a.example.com/b")); got != "" {
		t.Errorf("/b is taken by %s", got)
	}
}

// More prefixes on the way to the end of a path than there is room for on the
// stack are tried all the same, the longest first.
func TestManyPrefixes(t *testing.T) {
	const depth = 40
	routes, ids, path := map[string]api.Route{}, []string{}, ""
	for i := range depth {
		id := string(rune('a' + i))
		routes[id] = api.Route{Paths: paths(match.PathPattern(path + "/*")), Headers: []api.ValueMatch{{Name: "x", Value: &id}}}
		ids, path = append(ids, id), path+"/s"
	}
	r := build(t, routes)
	for _, id := range ids {
		request := get("GET h" + path + "/t")
		request.Header.Add("X", id)
		if got := matched(r, request); got != id {
			t.Errorf("%s: taken by %q", id, got)
		}
	}
	request := get("GET h" + path)
	for _, id := range ids {
		request.Header.Add("X", id)
	}
	if got := matched(r, request); got != ids[depth-1] {
		t.Errorf("taken by %q, which is not the longest", got)
	}
}

// A new value does not change what a route matches, nor the old router.
func TestWithValue(t *testing.T) {
	old := entry(t, &api.Route{Meta: api.Meta{ID: "r"}, Hosts: hosts("h"), Paths: paths("/a/{id}", "/b"), Methods: []string{"GET"}})
	before := New[int]().With([]*Entry[int]{old}, nil)
	after := before.With([]*Entry[int]{old.WithValue(7)}, nil)
	for _, line := range []string{"GET h/a/1", "GET h/b"} {
		if e, _ := before.Match(get(line), client); e != old {
			t.Errorf("%s: the old router gives %+v", line, e)
		}
		if e, _ := after.Match(get(line), client); e == nil || e.Value != 7 || e != after.Entry("r") {
			t.Errorf("%s: the new router gives %+v", line, e)
		}
	}
	if got := matched(after, get("POST h/b")); got != "" {
		t.Errorf("POST is taken by %q", got)
	}
	if empty := after.With(nil, []string{"r", "unknown"}); empty.Len() != 0 || empty.exact.root != nil {
		t.Errorf("%+v", empty)
	}
}

func TestParams(t *testing.T) {
	r := build(t, map[string]api.Route{
		"user":    {Paths: paths("/users/{id}")},
		"order":   {Paths: paths("/users/{user}/orders/{order}/*")},
		"version": {Paths: paths("~^/v(?P<major>[0-9]+)(\\.(?P<minor>[0-9]+))?/")},
	})
	for line, want := range map[string]match.Params{
		"GET h/users/42":             {{Name: "id", Value: "42"}},
		"GET h/users/a%20b%41":       {{Name: "id", Value: "a%20bA"}},
		"GET h/users/42/orders/7":    {{Name: "user", Value: "42"}, {Name: "order", Value: "7"}},
		"GET h/users/42/orders/7/x/": {{Name: "user", Value: "42"}, {Name: "order", Value: "7"}},
		"GET h/v2/x":                 {{Name: "major", Value: "2"}, {Name: "minor", Value: ""}},
		"GET h/v2.11/x":              {{Name: "major", Value: "2"}, {Name: "minor", Value: "11"}},
	} {
		e, got := r.Match(get(line), client)
		if e == nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}

// Paths that gateway and upstream might read differently match nothing, not
// even a catch-all.
func TestRefusedPaths(t *testing.T) {
	r := build(t, map[string]api.Route{"all": {Paths: paths("/*")}, "any": {}, "admin": {Paths: paths("/admin/*")}})
	for _, path := range []string{"/public/../admin", "/public/%2e%2e/admin", "/public/..%2fadmin", "/admin%2Fx", "/..;/admin", "/%5Cadmin", "/a%", "/a%00"} {
		request := get("GET h" + path)
		if got := matched(r, request); got != "" {
			t.Errorf("%s is taken by %s", path, got)
		}
		if x := r.Explain(request, client); x.Refused == "" {
			t.Errorf("%s is not explained", path)
		}
	}
	for _, path := range []string{"/admin/x", "/admin", "//admin", "/%61dmin/x", "///admin//x"} {
		if got := matched(r, get("GET h"+path)); got != "admin" {
			t.Errorf("%s is taken by %q", path, got)
		}
	}
}

func TestHead(t *testing.T) {
	r := build(t, map[string]api.Route{
		"a": {Paths: paths("/a"), Methods: []string{"GET"}},
		"b": {Paths: paths("/a"), Methods: []string{"HEAD"}},
		"c": {Paths: paths("/c"), Methods: []string{"GET"}},
	})
	for line, want := range map[string]string{"HEAD h/a": "b", "GET h/a": "a", "HEAD h/c": "c", "POST h/c": ""} {
		if got := matched(r, get(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// OPTIONS * is for routes without paths.
func TestOptionsOfTheServer(t *testing.T) {
	r := build(t, map[string]api.Route{"prefix": {Paths: paths("/*")}, "regexp": {Paths: paths("~^.*")}, "any": {}})
	if got := matched(r, &message.Request{Method: "OPTIONS", Host: "h", Path: "*"}); got != "any" {
		t.Errorf("OPTIONS * is taken by %q", got)
	}
}

// A match without parameters and CEL costs no allocation.
func TestNoAllocation(t *testing.T) {
	r := build(t, map[string]api.Route{
		"a": {Hosts: hosts("*.example.com"), Paths: paths("/a/{b}/x"), Methods: []string{"POST"}},
		"b": {
			Hosts: hosts("*.example.com"), Paths: paths("/a/*"), Methods: []string{"GET"}, ClientNetworks: []string{"192.0.2.0/24"},
			Headers: []api.ValueMatch{{Name: "x", Value: ptr("1")}, {Name: "y", Present: ptr(false)}, {Name: "X", Regex: "^[0-9]$"}},
			Query:   []api.ValueMatch{{Name: "q q", Value: ptr("a b")}}, Cookies: []api.ValueMatch{{Name: "c", Value: ptr("1")}},
		},
	})
	request := get("GET www.example.com:8080/a/b/x?z&q%20q=a+b")
	request.Header.Add("X", "1")
	request.Header.Add("Cookie", "b=2; c=1")
	if got := matched(r, request); got != "b" {
		t.Fatalf("taken by %q", got)
	}
	if n := testing.AllocsPerRun(100, func() { r.Match(request, client) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Requests are matched while routes change: each sees one router or the other.
func TestMatchWhileChanging(t *testing.T) {
	r := build(t, map[string]api.Route{"stays": {Paths: paths("/stays/{id}")}})
	for _, e := range sample(t, 0, 200) {
		r = r.With([]*Entry[int]{e}, nil)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if got := matched(r, get("GET api.example.com/stays/1")); got != "stays" {
					t.Errorf("taken by %q", got)
					return
				}
				if got := matched(r, get("GET api.example.com/v1/service-7/x")); got != "route-7" {
					t.Errorf("taken by %q", got)
					return
				}
			}
		})
	}
	next := r
	for i := range 300 {
		e := entry(t, &api.Route{Meta: api.Meta{ID: "changes"}, Hosts: hosts("api.example.com"), Paths: paths("/stays/{other}", "/v1/service-7/x")})
		next = next.With([]*Entry[int]{e}, []string{"route-7"})
		if i%3 == 0 {
			next = next.With(nil, []string{"changes"})
		}
	}
	stop()
	readers.Wait()
	if got := matched(next, get("GET api.example.com/v1/service-7/x")); got != "changes" {
		t.Errorf("the last router gives %q", got)
	}
}
