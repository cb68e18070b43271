// SPDX-License-Identifier: Apache-2.0

package ratelimit_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
	ratelimit "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/rate_limit"
)

func start(t testing.TB, env *plugintest.Env, settings string) plugin.RequestPhase {
	return plugintest.Start[plugin.RequestPhase](t, env, ratelimit.Spec, settings)
}

// passes sends a request and reports whether it may go on.
func passes(t testing.TB, limit plugin.RequestPhase, x *plugin.Exchange) bool {
	t.Helper()
	x.Response = nil
	if err := limit.OnRequest(x); err != nil {
		t.Fatal(err)
	}
	return x.Response == nil
}

func TestWindow(t *testing.T) {
	env := plugintest.NewEnv(t)
	limit := start(t, env, `{"count": 10, "window": "1s"}`)
	for _, step := range []struct {
		advance time.Duration
		passes  int
		why     string
	}{
		{0, 10, "a fresh window"},
		{999 * time.Millisecond, 0, "the window has not ended"},
		{time.Millisecond, 0, "the sliding window still covers the one before"},
		{500 * time.Millisecond, 5, "half of it has slid out"},
		{500 * time.Millisecond, 5, "all of it has, and five came since"},
		{2 * time.Second, 10, "nothing came for a whole window"},
		{time.Hour, 10, "nothing came for long"},
	} {
		env.Advance(step.advance)
		got := 0
		for range 20 {
			if passes(t, limit, plugintest.Exchange("GET", "/")) {
				got++
			}
		}
		if got != step.passes {
			t.Errorf("after %v more, %d passed; want %d: %s", step.advance, got, step.passes, step.why)
		}
	}
}

// S1-25: requests are counted by many things about them.
func TestKeys(t *testing.T) {
	from := func(ip string) *plugin.Exchange {
		x := plugintest.Exchange("GET", "/")
		x.Client = netip.MustParseAddr(ip)
		return x
	}
	tenant := func(ip, name string) *plugin.Exchange {
		x := from(ip)
		x.Request.Header.Add("X-Tenant", name)
		return x
	}
	as := func(ip, consumer string) *plugin.Exchange {
		x := from(ip)
		x.Consumer = &api.Consumer{Meta: api.Meta{ID: consumer}}
		return x
	}
	two := func(user, tenant string) *plugin.Exchange {
		x := from("192.0.2.1")
		x.Request.Header.Add("X-User", user)
		x.Request.Header.Add("X-Tenant", tenant)
		return x
	}
	const a, b = "192.0.2.1", "192.0.2.2"
	for _, test := range []struct {
		key           string
		first, second *plugin.Exchange
		together      bool
	}{
		{`"client_ip"`, from(a), from(a), true},
		{`"client_ip"`, from(a), from(b), false},
		{`"client_ip"`, from(a), from("::ffff:" + a), true},
		{`"client_ip"`, from("2001:db8::1"), from("2001:db8::ffff:2"), true},
		{`"client_ip"`, from("2001:db8::1"), from("2001:db8:0:1::1"), false},
		{`"route"`, from(a), from(b), true},
		{`"consumer"`, as(a, "x"), as(b, "x"), true},
		{`"consumer"`, as(a, "x"), as(a, "y"), false},
		{`"consumer"`, as(a, "x"), from(a), false},
		{`"consumer"`, from(a), from(b), false},
		{`"header:x-tenant"`, tenant(a, "x"), tenant(b, "x"), true},
		{`"header:x-tenant"`, tenant(a, "x"), tenant(a, "y"), false},
		{`"header:x-tenant"`, tenant(a, ""), from(a), false},
		{`"header:x-tenant"`, from(a), from(b), false},
		{`"client_ip", "header:x-tenant"`, tenant(a, "x"), tenant(b, "x"), false},
		{`"client_ip", "header:x-tenant"`, tenant(a, "x"), tenant(a, "x"), true},
		{`"header:x-user", "header:x-tenant"`, two("x", "y"), two("y", "x"), false},
		{`"header:x-user", "header:x-tenant"`, two("x", "x"), two("y", "y"), false},
	} {
		limit := start(t, plugintest.NewEnv(t), `{"count": 1, "key": [`+test.key+`]}`)
		if !passes(t, limit, test.first) {
			t.Fatalf("%s: the first request is refused", test.key)
		}
		if together := !passes(t, limit, test.second); together != test.together {
			t.Errorf("%s: %+v and %+v counted together: %v", test.key, test.first, test.second, together)
		}
	}
}

func TestRefusal(t *testing.T) {
	env := plugintest.NewEnv(t)
	for name, test := range map[string]struct {
		settings       string
		x              *plugin.Exchange
		status         int
		grpc, retry    string
		policy, remain string
	}{
		"HTTP":           {`{"count": 1, "window": "90s"}`, plugintest.Exchange("GET", "/"), 429, "", "180", `"gateway";q=1;w=90`, `"gateway";r=0;t=180`},
		"another status": {`{"count": 1, "status": 503}`, plugintest.Exchange("GET", "/"), 503, "", "2", `"gateway";q=1;w=1`, `"gateway";r=0;t=2`},
		"short window":   {`{"count": 1, "window": "100ms"}`, plugintest.Exchange("GET", "/"), 429, "", "1", `"gateway";q=1`, `"gateway";r=0;t=1`},
		"gRPC":           {`{"count": 1}`, plugintest.GRPC("/a.B/C"), 200, "8", "2", `"gateway";q=1;w=1`, `"gateway";r=0;t=2`},
		"no fields":      {`{"count": 1, "headers": false}`, plugintest.Exchange("GET", "/"), 429, "", "2", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			limit := start(t, env, test.settings)
			if !passes(t, limit, test.x) || passes(t, limit, test.x) {
				t.Fatal("not the second request is the one refused")
			}
			if report, ok := limit.(plugin.ResponsePhase); ok {
				if err := report.OnResponse(test.x); err != nil {
					t.Fatal(err)
				}
			}
			h := &test.x.Response.Header
			if test.x.Response.Status != test.status || h.Get("grpc-status") != test.grpc || test.x.Err == nil {
				t.Errorf("status %d, grpc-status %q, error %v", test.x.Response.Status, h.Get("grpc-status"), test.x.Err)
			}
			if got := h.Get("retry-after"); got != test.retry {
				t.Errorf("retry-after: %q; want %q", got, test.retry)
			}
			if p, r := h.Get("ratelimit-policy"), h.Get("ratelimit"); p != test.policy || r != test.remain {
				t.Errorf("ratelimit-policy: %s, ratelimit: %s; want %s, %s", p, r, test.policy, test.remain)
			}
		})
	}
}

func TestReport(t *testing.T) {
	env := plugintest.NewEnv(t)
	limit := plugintest.Start[plugin.ResponsePhase](t, env, ratelimit.Spec, `{"count": 10, "window": "10s"}`)
	env.Advance(4 * time.Second)
	x := plugintest.Exchange("GET", "/")
	if !passes(t, limit.(plugin.RequestPhase), x) {
		t.Fatal("refused")
	}
	plugintest.Respond(x, 200, "", `ratelimit: "origin";r=1`)
	if err := limit.OnResponse(x); err != nil {
		t.Fatal(err)
	}
	if got, want := x.Response.Header.Joined("ratelimit"), `"origin";r=1, "gateway";r=9;t=6`; got != want {
		t.Errorf("ratelimit: %s; want %s", got, want)
	}

	untouched := plugintest.Exchange("GET", "/") // another plugin answered before this one ran
	untouched.Answer(401, "no")
	if err := limit.OnResponse(untouched); err != nil || untouched.Response.Header.Has("ratelimit") {
		t.Error("a request that was not counted is told about the limit")
	}
}

// Exactly count requests pass however many come at once.
func TestConcurrent(t *testing.T) {
	const count, requests, workers = 1234, 10_000, 50
	limit := start(t, plugintest.NewEnv(t), fmt.Sprintf(`{"count": %d, "key": ["route"]}`, count))
	var passed atomic.Int64
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for range requests / workers {
				if passes(t, limit, plugintest.Exchange("GET", "/")) {
					passed.Add(1)
				}
			}
		})
	}
	done.Wait()
	if passed.Load() != count {
		t.Errorf("%d of %d passed; want %d", passed.Load(), requests, count)
	}
}

func TestBadSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{}`:                                   "count: is required",
		`{"count": 0}`:                         "count: must be between 1 and 10000000",
		`{"count": 1, "window": "1ms"}`:        "window: must be between 10ms and 24h",
		`{"count": 1, "window": 60}`:           "window: must be a duration",
		`{"count": 1, "key": []}`:              "key: must not be empty",
		`{"count": 1, "key": ["ip"]}`:          `key[0]: must be one of "client_ip"`,
		`{"count": 1, "key": ["header"]}`:      "key[0]: needs the name of a header field",
		`{"count": 1, "key": ["header:"]}`:     "key[0]: what follows",
		`{"count": 1, "key": ["header:a b"]}`:  "key[0]: what follows",
		`{"count": 1, "key": ["client_ip:x"]}`: "key[0]: must be one of",
		`{"count": 1, "status": 200}`:          "status: must be between 400 and 599",
	} {
		if _, err := ratelimit.Spec.Decode([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", settings, err, want)
		}
	}
}

func BenchmarkOneKey(b *testing.B) {
	for _, headers := range []string{"true", "false"} {
		b.Run("headers="+headers, func(b *testing.B) {
			env := plugintest.NewEnv(b)
			env.Now = time.Now
			limit := start(b, env, `{"count": 10000000, "window": "24h", "headers": `+headers+`}`)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				x := plugintest.Exchange("GET", "/", "accept: */*")
				for pb.Next() {
					passes(b, limit, x)
				}
			})
		})
	}
}

func BenchmarkManyKeys(b *testing.B) {
	env := plugintest.NewEnv(b)
	env.Now = time.Now
	limit := start(b, env, `{"count": 1000, "headers": false}`)
	var worker atomic.Uint32
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		x := plugintest.Exchange("GET", "/", "accept: */*")
		w := byte(worker.Add(1))
		for n := 0; pb.Next(); n++ {
			x.Client = netip.AddrFrom4([4]byte{10, w, byte(n >> 8 & 0xf), byte(n)})
			passes(b, limit, x)
		}
	})
}
