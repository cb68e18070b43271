// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

// done returns an exchange at its end.
func done(env *plugintest.Env) *plugin.Exchange {
	x := plugintest.Exchange("GET", "/orders?key=1", "user-agent: curl/8", "referer: https://example.com/\"")
	x.Start = env.Time().Add(-12345 * time.Microsecond)
	x.Consumer = &api.Consumer{Meta: api.Meta{ID: "billing"}}
	x.Target, x.Received, x.Sent = "10.0.0.1:8080", 3, 17
	plugintest.Respond(x, 200, "")
	return x
}

var formatters = map[string]formatter{"json": appendJSON, "clf": appendCommon, "combined": appendCombined}

// S1-51, S1-52: lines in JSON, CLF and the combined form of it.
func TestFormats(t *testing.T) {
	env := plugintest.NewEnv(t)
	grpc := done(env)
	grpc.Request.Proto = message.HTTP2
	trailer := plugintest.Header("grpc-status: 14")
	grpc.Response.Trailer = &trailer
	bare := &plugin.Exchange{Request: &message.Request{Method: "GET", Path: "/", Proto: message.HTTP10}, Start: env.Time(), Err: errors.New("client went away")}
	for name, test := range map[string]struct {
		format string
		query  bool
		x      *plugin.Exchange
		want   string
	}{
		"json": {"json", false, done(env), `{"time":"2026-01-02T03:04:04.987Z","client":"192.0.2.1","consumer":"billing","method":"GET","host":"www.example.com",` +
			`"path":"/orders","proto":"HTTP/1.1","status":200,"bytes_received":3,"bytes_sent":17,"duration_ms":12.345,"target":"10.0.0.1:8080",` +
			`"route":"route","service":"service","user_agent":"curl/8","referer":"https://example.com/\""}`},
		"json with query": {"json", true, done(env), `{"time":"2026-01-02T03:04:04.987Z","client":"192.0.2.1","consumer":"billing","method":"GET","host":"www.example.com",` +
			`"path":"/orders","query":"key=1","proto":"HTTP/1.1","status":200,"bytes_received":3,"bytes_sent":17,"duration_ms":12.345,"target":"10.0.0.1:8080",` +
			`"route":"route","service":"service","user_agent":"curl/8","referer":"https://example.com/\""}`},
		"json, gRPC": {"json", false, grpc, `{"time":"2026-01-02T03:04:04.987Z","client":"192.0.2.1","consumer":"billing","method":"GET","host":"www.example.com",` +
			`"path":"/orders","proto":"HTTP/2.0","status":200,"grpc_status":14,"bytes_received":3,"bytes_sent":17,"duration_ms":12.345,"target":"10.0.0.1:8080",` +
			`"route":"route","service":"service","user_agent":"curl/8","referer":"https://example.com/\""}`},
		"json, broken off": {"json", false, bare, `{"time":"2026-01-02T03:04:05.000Z","method":"GET","path":"/","proto":"HTTP/1.0",` +
			`"bytes_received":0,"bytes_sent":0,"duration_ms":0,"error":"client went away"}`},
		"clf":             {"clf", false, done(env), `192.0.2.1 - billing [02/Jan/2026:03:04:04 +0000] "GET /orders HTTP/1.1" 200 17`},
		"clf with query":  {"clf", true, done(env), `192.0.2.1 - billing [02/Jan/2026:03:04:04 +0000] "GET /orders?key=1 HTTP/1.1" 200 17`},
		"clf, broken off": {"clf", false, bare, `- - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.0" - -`},
		"combined":        {"combined", false, done(env), `192.0.2.1 - billing [02/Jan/2026:03:04:04 +0000] "GET /orders HTTP/1.1" 200 17 "https://example.com/\"" "curl/8"`},
		"combined, bare":  {"combined", false, bare, `- - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.0" - - "-" "-"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(formatters[test.format](nil, test.x, env.Time(), test.query)); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// hostile is set everywhere a client has a say.
func hostile(env *plugintest.Env, s string) *plugin.Exchange {
	x := done(env)
	x.Request.Method, x.Request.Host, x.Request.Path, x.Request.Query = s, s, s, s
	x.Request.Header.Set("user-agent", s)
	x.Request.Header.Set("referer", s)
	x.Response.Header.Set("grpc-status", s)
	x.Err = errors.New(s)
	return x
}

// FuzzInjection holds that whatever a client sends stays inside its value: one
// line, parsed back to what was sent.
func FuzzInjection(f *testing.F) {
	for _, s := range []string{"plain", "a\nb", `" 200 0 "`, `\`, "\x1b[2J", "\xff\xfe", "é\u0085\u2028", "\x7f", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		env := plugintest.NewEnv(t)
		x := hostile(env, s)
		line := appendJSON(nil, x, env.Time(), true)
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		for _, name := range []string{"method", "host", "path", "query", "user_agent", "referer", "error"} {
			if v, _ := got[name].(string); v != string([]rune(s)) {
				t.Errorf("%s: %q became %q", name, s, v)
			}
		}
		for _, line := range []string{string(line), string(appendCombined(nil, x, env.Time(), true))} {
			for _, r := range line {
				if r < ' ' || r >= 0x7f && r < 0xa0 {
					t.Errorf("%q has the control character %q", line, r)
				}
			}
		}
		clf := string(appendCombined(nil, x, env.Time(), true))
		if n := strings.Count(strings.ReplaceAll(strings.ReplaceAll(clf, `\\`, ""), `\"`, ""), `"`); n != 6 {
			t.Errorf("%q has %d quotes that are not escaped; want 6", clf, n)
		}
	})
}

func TestBadSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"format": "xml"}`:      `format: must be one of "json", "clf", "combined"`,
		`{"path": "access.log"}`: "path: must be an absolute path",
		`{"path": ""}`:           "path: must",
		`{"query": "yes"}`:       "query: must be true or false",
	} {
		if _, err := Spec.Decode([]byte(settings)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", settings, err, want)
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	env := plugintest.NewEnv(b)
	x := done(env)
	x.Client = netip.MustParseAddr("2001:db8::1")
	for name, format := range formatters {
		b.Run(name, func(b *testing.B) {
			var line []byte
			b.ReportAllocs()
			for b.Loop() {
				line = format(line[:0], x, x.Start, false)
			}
		})
	}
}

func TestAppendTime(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(1999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)} {
		at = at.UTC()
		if got, want := string(appendTime(nil, at)), at.Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
