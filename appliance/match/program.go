// SPDX-License-Identifier: Apache-2.0

package match

import (
	"iter"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"cel.dev/cel-go/cel"
)

// MaxCost bounds one evaluation, in CEL's units of cost: about one for each
// step and for each ten characters that are read. Usual conditions cost less
// than 100; one that reaches the limit has taken a few milliseconds.
const MaxCost = 20_000

// A Request is what a condition can see.
type Request struct {
	Method string
	Host   string // as CleanHost returns it
	Path   string // as CleanPath returns it
	Scheme string
	Query  string                    // after the "?", as it came
	Fields iter.Seq2[string, string] // header fields in order, names in any case
	Client netip.Addr
}

// A Program is a compiled Condition. It may be used by many goroutines.
type Program struct {
	program cel.Program
	errors  atomic.Uint64
}

// Errors counts the evaluations that ended with an error.
func (p *Program) Errors() uint64 { return p.errors.Load() }

// Matches reports whether the condition is true. An error, such as a missing
// key or too much work, counts as no match and is returned for whoever wants
// to explain it.
func (p *Program) Matches(r *Request) (bool, error) {
	value, _, err := p.program.Eval(&activation{request: r})
	if err != nil {
		p.errors.Add(1)
		return false, err
	}
	is, _ := value.Value().(bool)
	return is, nil
}

// An activation hands a request's values to one evaluation and builds maps
// when they are asked for.
type activation struct {
	request                 *Request
	headers, query, cookies map[string]string
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	r := a.request
	switch name {
	case "request.method":
		return r.Method, true
	case "request.host":
		return r.Host, true
	case "request.path":
		return r.Path, true
	case "request.scheme":
		return r.Scheme, true
	case "request.headers":
		return once(&a.headers, r.headers), true
	case "request.query":
		return once(&a.query, r.query), true
	case "request.cookies":
		return once(&a.cookies, r.cookies), true
	case "client.ip":
		return r.Client.Unmap().String(), true
	}
	return nil, false
}

func once(m *map[string]string, build func() map[string]string) map[string]string {
	if *m == nil {
		*m = build()
	}
	return *m
}

func (r *Request) headers() map[string]string {
	m := make(map[string]string)
	var lists map[string]*strings.Builder // of those that come more than once
	for name, value := range r.Fields {
		name = strings.ToLower(name)
		first, again := m[name]
		if !again {
			m[name] = value
			continue
		}
		list := lists[name]
		if list == nil {
			if lists == nil {
				lists = make(map[string]*strings.Builder)
			}
			list = new(strings.Builder)
			list.WriteString(first)
			lists[name] = list
		}
		list.WriteString(", ")
		list.WriteString(value)
	}
	for name, list := range lists {
		m[name] = list.String()
	}
	return m
}

func (r *Request) query() map[string]string {
	m := make(map[string]string)
	for name, value := range QueryPairs(r.Query) {
		name, value = unescape(name), unescape(value)
		if _, ok := m[name]; !ok {
			m[name] = value
		}
	}
	return m
}

func (r *Request) cookies() map[string]string {
	m := make(map[string]string)
	for field, line := range r.Fields {
		if !strings.EqualFold(field, "cookie") {
			continue
		}
		for name, value := range CookiePairs(line) {
			if _, ok := m[name]; !ok {
				m[name] = value
			}
		}
	}
	return m
}

// unescape decodes a name or value of a query; one that is not properly
// encoded stays as it is.
func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}
