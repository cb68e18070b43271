// SPDX-License-Identifier: Apache-2.0

package router

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A combination is one host and one path of a route. The reference tries all
// of them and takes the first of those that match by the rules of the package
// comment. It shares with the router only the checks of single conditions.
type combination struct {
	entry *Entry[int]
	host  string // canonical pattern, "" for any
	path  string // canonical pattern, "" for any
}

func combinations(entries map[string]*Entry[int]) []combination {
	var out []combination
	for _, e := range entries {
		hosts, paths := []string{""}, []string{""}
		if len(e.Route.Hosts) > 0 {
			hosts = nil
		}
		for _, h := range e.Route.Hosts {
			hosts = append(hosts, h.Canonical())
		}
		if len(e.Route.Paths)+len(e.Route.GRPC) > 0 {
			paths = nil
		}
		for _, p := range e.Route.Paths {
			paths = append(paths, p.Canonical())
		}
		for _, g := range e.Route.GRPC {
			paths = append(paths, "/"+g.Service+"/"+cmp.Or(g.Method, "*"))
		}
		for _, h := range hosts {
			for _, p := range paths {
				out = append(out, combination{e, h, p})
			}
		}
	}
	return out
}

func compareCombinations(a, b combination) int {
	return cmp.Or(
		slices.Compare(hostRank(a.host), hostRank(b.host)),
		comparePaths(a.path, b.path),
		-cmp.Compare(min(1, len(a.entry.Route.Listeners)), min(1, len(b.entry.Route.Listeners))),
		-cmp.Compare(countConditions(a.entry.Route), countConditions(b.entry.Route)),
		-cmp.Compare(b2i(slices.Contains(a.entry.Route.Methods, "HEAD")), b2i(slices.Contains(b.entry.Route.Methods, "HEAD"))),
		cmp.Compare(a.entry.Route.ID, b.entry.Route.ID))
}

// hostRank is smaller for a more specific pattern.
func hostRank(host string) []int {
	switch {
	case host == "":
		return []int{2}
	case strings.HasPrefix(host, "*."):
		return []int{1, -len(host)}
	}
	return []int{0}
}

func comparePaths(a, b string) int {
	class := func(p string) int {
		switch {
		case p == "":
			return 3
		case p[0] == '~':
			return 1
		case strings.HasSuffix(p, "/*"):
			return 2
		}
		return 0
	}
	if c := cmp.Compare(class(a), class(b)); c != 0 || class(a) == 3 {
		return c
	}
	if class(a) == 1 {
		return cmp.Or(-cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	kind := func(segment string) int {
		switch segment {
		case "{}":
			return 1
		case "*":
			return 2
		}
		return 0
	}
	for i := range min(len(x), len(y)) {
		if c := cmp.Compare(kind(x[i]), kind(y[i])); c != 0 {
			return c
		}
	}
	return 0 // two that match the same path are now equal, or cannot both match
}

func countConditions(r *api.Route) int {
	n := len(r.Headers) + len(r.Query) + len(r.Cookies)
	return n + b2i(len(r.Methods) > 0) + b2i(len(r.ClientNetworks) > 0) + b2i(len(r.GRPC) > 0) + b2i(r.Condition != "")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hostMatches and pathMatches are written over again, by other means.
func hostMatches(pattern, host string) bool {
	if pattern == "" {
		return true
	}
	expression := regexp.QuoteMeta(pattern)
	expression = strings.Replace(expression, `\*`, `[^.].*`, 1)
	return compiled("^" + expression + "$").MatchString(host)
}

var expressions sync.Map // from text to *regexp.Regexp: compiling is what the reference would spend its time on

func compiled(text string) *regexp.Regexp {
	if re, ok := expressions.Load(text); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(text)
	expressions.Store(text, re)
	return re
}

func pathMatches(pattern, path string) bool {
	if pattern == "" || path == "*" {
		return pattern == ""
	}
	if rest, ok := strings.CutPrefix(pattern, "~^"); ok {
		return compiled("^(?:" + rest + ")").MatchString(path)
	}
	expression := regexp.QuoteMeta(pattern)
	expression = strings.ReplaceAll(expression, `\{\}`, `[^/]+`)
	expression = strings.ReplaceAll(expression, `%2A`, `\*`)
	if rest, ok := strings.CutSuffix(expression, `/\*`); ok {
		expression = rest + `(/.*)?`
	}
	return compiled("^" + expression + "$").MatchString(path)
}

func reference(all []combination, request *message.Request, client netip.Addr) string {
	path, err := match.CleanPath(request.Path)
	if err != nil {
		return ""
	}
	q := ask(request, client, path)
	all = slices.DeleteFunc(slices.Clone(all), func(c combination) bool {
		return !hostMatches(c.host, q.host) || !pathMatches(c.path, path) || c.entry.conditions.check(&q).field != ""
	})
	if len(all) == 0 {
		return ""
	}
	return slices.MinFunc(all, compareCombinations).entry.Route.ID
}

// A world makes routes and requests from few words, so that they meet often.
type world struct{ *rand.Rand }

func pick[E any](w world, from ...E) E { return from[w.IntN(len(from))] }

func (w world) host() string {
	return pick(w, "a.example.com", "b.example.com", "x.a.example.com", "example.com", "other.test", "10.0.0.1", "")
}

func (w world) pattern() match.PathPattern {
	if w.IntN(6) == 0 {
		return match.PathPattern(pick(w, "~^/a", "~^/b", "~^/[ab]", "~^/a/.*c$", "~^.*b", "~^/(a|b)/c", "~^/%"))
	}
	var b strings.Builder
	for i := range w.IntN(4) {
		b.WriteByte('/')
		b.WriteString(pick(w, "a", "b", "c", "%C3%BC", fmt.Sprintf("{p%d}", i)))
	}
	return match.PathPattern(b.String() + pick(w, "/*", "/a", "/", "/{q}", "/*"))
}

func (w world) path() string {
	var b strings.Builder
	for range w.IntN(5) {
		b.WriteString(pick(w, "/a", "/b", "/c", "/d", "/%61", "//b", "/ü", "/"))
	}
	return cmp.Or(b.String(), pick(w, "/", "*", "/a"))
}

func (w world) route(id string) *api.Route {
	r := &api.Route{Meta: api.Meta{ID: id}, Upstream: "u"}
	for range w.IntN(3) {
		r.Hosts = append(r.Hosts, match.HostPattern(pick(w, "*.example.com", "*.a.example.com", "*.com", "A.example.com.", "b.example.com", "10.0.0.1")))
	}
	for range w.IntN(4) {
		r.Paths = append(r.Paths, w.pattern())
	}
	if len(r.Paths) == 0 && w.IntN(4) == 0 {
		r.GRPC = []api.GRPCMatch{{Service: pick(w, "a", "b"), Method: pick(w, "", "a", "c")}}
	}
	if w.IntN(3) == 0 {
		r.Listeners = pick(w, []string{"one"}, []string{"two", "one"})
	}
	if w.IntN(3) == 0 {
		r.Methods = pick(w, []string{"GET"}, []string{"HEAD"}, []string{"POST", "GET"})
	}
	if w.IntN(3) == 0 {
		value, absent := "1", false
		m := pick(w, api.ValueMatch{Name: "x", Value: &value}, api.ValueMatch{Name: "x", Regex: "^[12]$"},
			api.ValueMatch{Name: "x"}, api.ValueMatch{Name: "x", Present: &absent})
		*pick(w, &r.Headers, &r.Query, &r.Cookies) = []api.ValueMatch{m}
	}
	if w.IntN(5) == 0 {
		r.ClientNetworks = pick(w, []string{"10.0.0.0/8"}, []string{"::1", "127.0.0.1"})
	}
	return r
}

func (w world) request() (*message.Request, netip.Addr) {
	r := &message.Request{
		Proto:    pick(w, message.HTTP11, message.HTTP2),
		Method:   pick(w, "GET", "HEAD", "POST"),
		Host:     w.host() + pick(w, "", ":8080", "."),
		Path:     w.path(),
		Query:    pick(w, "", "x=1", "y=2&%78=%32", "x"),
		Listener: pick(w, "one", "two", "three"),
	}
	if w.IntN(2) == 0 {
		r.Header.Add("content-type", "application/grpc")
	}
	if w.IntN(2) == 0 {
		r.Header.Add("X", pick(w, "1", "2", "3"))
	}
	if w.IntN(2) == 0 {
		r.Header.Add("Cookie", pick(w, "x=1", `y=2; x="2"`, "z=1"))
	}
	return r, netip.MustParseAddr(pick(w, "10.1.2.3", "127.0.0.1", "::1", "::ffff:10.1.2.3"))
}
