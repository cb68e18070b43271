// SPDX-License-Identifier: Apache-2.0

package keyauth

import (
	"net/url"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A place is where a request may carry a credential.
type place interface {
	find(*message.Request) string // "" if there is none
	remove(*message.Request)
}

// header is the name of a field whose whole value is the secret.
type header string

func (h header) find(r *message.Request) string {
	for value := range r.Header.Values(string(h)) {
		if value != "" {
			return value
		}
	}
	return ""
}

func (h header) remove(r *message.Request) { r.Header.Del(string(h)) }

// bearer is the authorization field with the scheme Bearer (RFC 6750,
// section 2.1). With another scheme the field is not ours.
type bearer struct{}

func (bearer) find(r *message.Request) string {
	for value := range r.Header.Values("authorization") {
		scheme, secret, _ := strings.Cut(value, " ")
		if secret = strings.Trim(secret, " \t"); secret != "" && message.EqualName(scheme, "bearer") {
			return secret
		}
	}
	return ""
}

func (bearer) remove(r *message.Request) { r.Header.Del("authorization") }

// query is the name of a parameter of the query.
type query string

func (q query) find(r *message.Request) string {
	for pair := range strings.SplitSeq(r.Query, "&") {
		if value, ok := q.value(pair); ok && value != "" {
			return value
		}
	}
	return ""
}

// remove leaves the other parameters as the client spelled them.
func (q query) remove(r *message.Request) {
	var kept []string
	for pair := range strings.SplitSeq(r.Query, "&") {
		if _, ok := q.value(pair); !ok {
			kept = append(kept, pair)
		}
	}
	r.Query = strings.Join(kept, "&")
	r.HasQuery = len(kept) > 0
}

// value returns the decoded value of a pair such as "a=b" and whether the
// parameter is the one looked for. A value that cannot be decoded stays as it
// is: it is no secret that anybody has.
func (q query) value(pair string) (string, bool) {
	name, value, _ := strings.Cut(pair, "=")
	if unescape(name) != string(q) {
		return "", false
	}
	return unescape(value), true
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// cookie is the name of a cookie (RFC 6265, section 4.2).
type cookie string

func (c cookie) find(r *message.Request) string {
	for line := range r.Header.Values("cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			if value, ok := c.value(pair); ok && value != "" {
				return value
			}
		}
	}
	return ""
}

// remove puts what is left into one field, as HTTP/1.1 wants it.
func (c cookie) remove(r *message.Request) {
	var kept []string
	for line := range r.Header.Values("cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			if _, ok := c.value(pair); !ok && strings.Trim(pair, " \t") != "" {
				kept = append(kept, strings.Trim(pair, " \t"))
			}
		}
	}
	if len(kept) == 0 {
		r.Header.Del("cookie")
		return
	}
	r.Header.Set("cookie", strings.Join(kept, "; "))
}

func (c cookie) value(pair string) (string, bool) {
	name, value, _ := strings.Cut(strings.Trim(pair, " \t"), "=")
	return value, name == string(c)
}
