// SPDX-License-Identifier: Apache-2.0

package keyauth_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
	keyauth "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/key_auth"
)

const secret = "billing-0123456789"

var everywhere = `{"bearer": true, "query": ["api_key"], "cookies": ["key"]}`

func start(t testing.TB, settings string) plugin.RequestPhase {
	return plugintest.Start[plugin.RequestPhase](t, plugintest.NewEnv(t), keyauth.Spec, settings)
}

func exchange(target string, fields ...string) *plugin.Exchange {
	x := plugintest.Exchange("GET", target, fields...)
	x.Directory = plugintest.Directory{}.Key("billing", secret)
	return x
}

func TestIdentify(t *testing.T) {
	for name, test := range map[string]struct {
		settings, target, field string
		consumer                string // "" if the request is refused
	}{
		"header":                   {`{}`, "/", "X-Api-Key: " + secret, "billing"},
		"another header":           {`{"headers": ["apikey"]}`, "/", "apikey: " + secret, "billing"},
		"header not asked for":     {`{"headers": ["apikey"]}`, "/", "x-api-key: " + secret, ""},
		"bearer":                   {everywhere, "/", "Authorization: bearer  " + secret, "billing"},
		"bearer not asked for":     {`{}`, "/", "authorization: Bearer " + secret, ""},
		"another scheme":           {everywhere, "/", "authorization: Basic " + secret, ""},
		"query":                    {everywhere, "/?a=b&api_key=" + secret, "", "billing"},
		"query, escaped":           {everywhere, "/?api%5Fkey=billing%2D0123456789", "", "billing"},
		"query not asked for":      {`{}`, "/?api_key=" + secret, "", ""},
		"query, wrong escape":      {everywhere, "/?api_key=%zz", "", ""},
		"cookie":                   {everywhere, "/", "cookie: a=b; key=" + secret, "billing"},
		"missing":                  {everywhere, "/?a", "cookie: a=b", ""},
		"empty":                    {everywhere, "/?api_key=", "x-api-key:", ""},
		"wrong":                    {everywhere, "/", "x-api-key: " + secret[1:], ""},
		"wrong before right":       {everywhere, "/?api_key=" + secret, "x-api-key: nonsense", ""},
		"wrong although optional":  {`{"optional": true}`, "/", "x-api-key: nonsense", ""},
		"bearer and no other":      {`{"headers": [], "bearer": true}`, "/", "authorization: Bearer " + secret, "billing"},
		"header given up for them": {`{"headers": [], "bearer": true}`, "/", "x-api-key: " + secret, ""},
	} {
		t.Run(name, func(t *testing.T) {
			x := exchange(test.target, test.field)
			if err := start(t, test.settings).OnRequest(x); err != nil {
				t.Fatal(err)
			}
			if test.consumer == "" {
				if x.Response == nil || x.Response.Status != 401 || x.Consumer != nil || x.Err == nil {
					t.Fatalf("response %+v, consumer %v, error %v; want 401", x.Response, x.Consumer, x.Err)
				}
				if got := x.Response.Header.Get("www-authenticate"); !strings.HasPrefix(got, "Key realm=") {
					t.Errorf("www-authenticate: %q", got)
				}
				return
			}
			if x.Response != nil || x.Consumer == nil || x.Consumer.ID != test.consumer {
				t.Fatalf("response %+v, consumer %v; want %s", x.Response, x.Consumer, test.consumer)
			}
			if got := x.Request.Header.Get("x-consumer-id"); got != test.consumer {
				t.Errorf("x-consumer-id: %q", got)
			}
		})
	}
}

func TestHideCredentials(t *testing.T) {
	const target, kept = "/?a=%20b&api_key=" + secret + "&c", "a=%20b&c"
	fields := []string{
		"x-api-key:", "x-api-key: " + secret, "authorization: Bearer " + secret,
		"cookie: a=b; key=" + secret, "cookie: c=d;; key=x",
	}
	hidden := exchange(target, fields...)
	if err := start(t, everywhere).OnRequest(hidden); err != nil || hidden.Consumer == nil {
		t.Fatal(hidden.Err, err)
	}
	if r := hidden.Request; r.Query != kept || !r.HasQuery || r.Header.Get("cookie") != "a=b; c=d" || r.Header.Len() != 2 {
		t.Errorf("query %q, header %v", r.Query, r.Header.Fields())
	}

	shown := exchange(target, fields...)
	if err := start(t, strings.Replace(everywhere, "{", `{"hide_credentials": false, `, 1)).OnRequest(shown); err != nil {
		t.Fatal(err)
	}
	if r := shown.Request; r.Target() != target || r.Header.Len() != len(fields)+1 {
		t.Errorf("target %q, header %v", r.Target(), r.Header.Fields())
	}

	alone := exchange("/?api_key="+secret, "cookie: key=x")
	if err := start(t, everywhere).OnRequest(alone); err != nil {
		t.Fatal(err)
	}
	if r := alone.Request; r.Target() != "/" || r.Header.Has("cookie") {
		t.Errorf("target %q, header %v", r.Target(), r.Header.Fields())
	}
}

func TestOptional(t *testing.T) {
	x := exchange("/", "x-consumer-id: admin")
	if err := start(t, `{"optional": true}`).OnRequest(x); err != nil {
		t.Fatal(err)
	}
	if x.Response != nil || x.Consumer != nil {
		t.Errorf("response %v, consumer %v", x.Response, x.Consumer)
	}
	if x.Request.Header.Has("x-consumer-id") {
		t.Error("a client can call itself a consumer")
	}
}

// Upstreams that turn names of fields into those of variables, as CGI does,
// take an underscore for a hyphen: no spelling may reach them.
func TestConsumerInOtherSpellings(t *testing.T) {
	for _, settings := range []string{`{}`, `{"optional": true}`} {
		for _, spelling := range []string{"X_Consumer_Id", "x_consumer-id", "x-consumer_id"} {
			for _, credential := range []string{"", secret} {
				x := exchange("/", spelling+": admin", "x-api-key: "+credential)
				if err := start(t, settings).OnRequest(x); err != nil {
					t.Fatal(err)
				}
				if x.Request.Header.Has(spelling) {
					t.Errorf("%s, credential %q: a client can call itself a consumer by %s", settings, credential, spelling)
				}
			}
			x := exchange("/", "x-consumer-id: known", spelling+": admin")
			x.Consumer = &api.Consumer{Meta: api.Meta{ID: "known"}}
			if err := start(t, `{"optional": true}`).OnRequest(x); err != nil {
				t.Fatal(err)
			}
			if x.Request.Header.Has(spelling) || x.Request.Header.Get("x-consumer-id") != "known" {
				t.Errorf("beside a consumer that is known: %v", x.Request.Header.Fields())
			}
		}
	}
}

// What another plugin found out about the consumer stays.
func TestKnownConsumer(t *testing.T) {
	x := exchange("/", "x-consumer-id: known")
	x.Consumer = &api.Consumer{Meta: api.Meta{ID: "known"}}
	if err := start(t, `{"optional": true}`).OnRequest(x); err != nil {
		t.Fatal(err)
	}
	if x.Consumer.ID != "known" || x.Request.Header.Get("x-consumer-id") != "known" {
		t.Errorf("consumer %v, header %v", x.Consumer, x.Request.Header.Fields())
	}
}

func TestGRPC(t *testing.T) {
	x := plugintest.GRPC("/helloworld.Greeter/SayHello")
	if err := start(t, `{}`).OnRequest(x); err != nil {
		t.Fatal(err)
	}
	if x.Response.Status != 200 || x.Response.Header.Get("grpc-status") != "16" {
		t.Errorf("status %d, grpc-status %q; want UNAUTHENTICATED", x.Response.Status, x.Response.Header.Get("grpc-status"))
	}
}

func TestBadSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"headers": []}`:        "headers: must not be empty unless",
		`{"headers": ["a b"]}`:   "headers[0]: must be a header name",
		`{"query": [""]}`:        "query[0]: must not be empty",
		`{"cookies": ["a;b"]}`:   "cookies[0]: must be",
		`{"header": "x"}`:        `did you mean "headers"?`,
		`{"headers": ["a","a"]}`: "headers[1]: is the same as element 0",
	} {
		if _, err := keyauth.Spec.Decode([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", settings, err, want)
		}
	}
}

// FuzzRemove holds that no spelling of a query or cookie keeps a credential
// that was found, and that nothing else is lost.
func FuzzRemove(f *testing.F) {
	f.Add("a=b&api_key=x&c", "a=b; key=y")
	f.Add("api%5fkey=x&&", ";;key=;=")
	env := plugintest.NewEnv(f)
	auth := plugintest.Start[plugin.RequestPhase](f, env, keyauth.Spec, everywhere)
	f.Fuzz(func(t *testing.T, query, cookie string) {
		x := exchange("/?"+query, "cookie: "+cookie)
		if err := auth.OnRequest(x); err != nil {
			t.Fatal(err)
		}
		if len(x.Request.Query) > len(query) {
			t.Errorf("query %q became %q", query, x.Request.Query)
		}
		again := exchange(x.Request.Target(), "cookie: "+x.Request.Header.Get("cookie"))
		if err := auth.OnRequest(again); err != nil {
			t.Fatal(err)
		}
		if again.Response == nil || again.Err.Error() != "key_auth: the request has no credential" {
			t.Errorf("query %q, cookie %q still hold a credential", x.Request.Query, x.Request.Header.Get("cookie"))
		}
	})
}

func BenchmarkIdentify(b *testing.B) {
	auth := start(b, `{"hide_credentials": false}`)
	x := exchange("/", "host: a", "accept: */*", "user-agent: b", "x-api-key: "+secret)
	b.ReportAllocs()
	for b.Loop() {
		if err := auth.OnRequest(x); err != nil || x.Response != nil {
			b.Fatal(err, x.Err)
		}
	}
}
