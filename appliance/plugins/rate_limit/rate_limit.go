// SPDX-License-Identifier: Apache-2.0

// Package ratelimit is the plugin rate_limit, which refuses requests beyond a
// rate.
package ratelimit

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

//go:embed README.md
var readme string

// Spec declares rate_limit, which refuses requests beyond a rate.
var Spec = plugin.Define("rate_limit", readme, func() Config {
	return Config{Window: schema.Duration(time.Second), Key: []Key{"client_ip"}, Status: 429, Headers: true}
})

// A Config says how many requests of what may pass.
type Config struct {
	Count   int             `json:"count" check:"min=1,max=10000000" doc:"Requests allowed in one window."`
	Window  schema.Duration `json:"window" check:"min=10ms,max=24h" doc:"Length of a window."`
	Key     []Key           `json:"key" check:"min=1,max=4,unique" doc:"What is counted separately: client_ip, consumer, route, or header:<name> for the value of a header field. Several are counted in combination."`
	Status  int             `json:"status" check:"min=400,max=599" doc:"Status of the answer to a request beyond the rate."`
	Headers bool            `json:"headers" doc:"Whether responses tell the limit and what is left of it in RateLimit fields."`
}

// Validate has no rules across fields to hold.
func (c *Config) Validate() error { return nil }

// New builds the runtime.
func (c *Config) New(env *plugin.Env) (any, error) {
	r := &runtime{
		limit:   c.Count,
		window:  c.Window.Std(),
		now:     env.Now,
		start:   env.Now(),
		status:  c.Status,
		message: fmt.Sprintf("too many requests: %d are allowed in %s", c.Count, c.Window),
		key:     newHasher(c.Key),
	}
	r.counters = newCounters(2 * r.window)
	if !c.Headers {
		return r, nil
	}
	return &reporter{runtime: r, policy: policy(c.Count, r.window)}, nil
}

var errExceeded = errors.New("rate_limit: the rate is exceeded")

type runtime struct {
	limit    int
	window   time.Duration
	now      func() time.Time
	start    time.Time // windows are counted from here
	status   int
	message  string
	key      *hasher
	counters *counters
}

var _ plugin.RequestPhase = (*runtime)(nil)

// OnRequest counts the request or refuses it.
func (r *runtime) OnRequest(x *plugin.Exchange) error {
	r.admit(x)
	return nil
}

func (r *runtime) admit(x *plugin.Exchange) verdict {
	at := max(0, r.now().Sub(r.start))
	v := r.counters.of(r.key.sum(x), at).take(at, r.limit, r.window)
	if !v.passes {
		x.Answer(r.status, r.message)
		x.Response.Header.Add("retry-after", seconds(v.reset))
		x.Err = errExceeded
	}
	return v
}

// A reporter is a runtime that also tells clients about the limit, in the
// fields of draft-ietf-httpapi-ratelimit-headers-10.
type reporter struct {
	*runtime
	policy string // RateLimit-Policy
}

var (
	_ plugin.RequestPhase  = (*reporter)(nil)
	_ plugin.ResponsePhase = (*reporter)(nil)
)

var verdictKey = plugin.NewKey[verdict]("rate_limit")

// OnRequest counts the request or refuses it, and keeps the outcome.
func (r *reporter) OnRequest(x *plugin.Exchange) error {
	verdictKey.Set(x, r.admit(x))
	return nil
}

// OnResponse adds the fields. They are lists: those of an upstream stay.
func (r *reporter) OnResponse(x *plugin.Exchange) error {
	v, ok := verdictKey.Get(x)
	if !ok {
		return nil // another plugin answered first
	}
	x.Response.Header.Add("ratelimit-policy", r.policy)
	x.Response.Header.Add("ratelimit", `"gateway";r=`+strconv.Itoa(v.remaining)+";t="+seconds(v.reset))
	return nil
}

// policy leaves the window out when it is not whole seconds, which is all
// that the field can tell.
func policy(count int, window time.Duration) string {
	p := `"gateway";q=` + strconv.Itoa(count)
	if window%time.Second == 0 {
		p += ";w=" + strconv.Itoa(int(window/time.Second))
	}
	return p
}

// seconds rounds up, so that who waits that long has waited long enough.
func seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
