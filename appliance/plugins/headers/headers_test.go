// SPDX-License-Identifier: Apache-2.0

package headers_test

import (
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins/headers"
)

func lines(h *message.Header) string {
	var all []string
	for _, f := range h.Fields() {
		all = append(all, f.Name+": "+f.Value)
	}
	return strings.Join(all, "\n")
}

// S1-26, S1-27: fields are removed, then set, then added.
func TestChanges(t *testing.T) {
	before := []string{"Accept: a", "X-One: 1", "x-one: 2", "x-two: 2"}
	for name, test := range map[string]struct{ changes, want string }{
		"remove":              {`{"remove": ["x-one", "x-none"]}`, "Accept: a\nx-two: 2"},
		"set":                 {`{"set": {"x-one": "new", "x-new": ""}}`, "Accept: a\nX-One: new\nx-two: 2\nx-new: "},
		"add":                 {`{"add": {"X-Two": "3", "x-new": "b c"}}`, "Accept: a\nX-One: 1\nx-one: 2\nx-two: 2\nx-two: 3\nx-new: b c"},
		"remove, then add":    {`{"add": {"x-one": "3"}, "remove": ["X-ONE"]}`, "Accept: a\nx-two: 2\nx-one: 3"},
		"set, then add":       {`{"add": {"x-one": "b"}, "set": {"x-one": "a"}}`, "Accept: a\nX-One: a\nx-two: 2\nx-one: b"},
		"nothing":             {`{}`, "Accept: a\nX-One: 1\nx-one: 2\nx-two: 2"},
		"in a constant order": {`{"remove": ["accept", "x-one", "x-two"], "set": {"d": "", "c": "", "b": "", "a": ""}}`, "a: \nb: \nc: \nd: "},
	} {
		t.Run(name, func(t *testing.T) {
			env := plugintest.NewEnv(t)
			x := plugintest.Exchange("GET", "/", before...)
			plugintest.Respond(x, 200, "")
			x.Response.Header = plugintest.Header(before...)

			request := plugintest.Start[plugin.RequestPhase](t, env, headers.Spec, `{"request": `+test.changes+`}`)
			if err := request.OnRequest(x); err != nil {
				t.Fatal(err)
			}
			if got := lines(&x.Request.Header); got != test.want {
				t.Errorf("request:\n%s\nwant:\n%s", got, test.want)
			}
			if got := lines(&x.Response.Header); got != strings.Join(before, "\n") {
				t.Errorf("changes to requests change a response to:\n%s", got)
			}

			response := plugintest.Start[plugin.ResponsePhase](t, env, headers.Spec, `{"response": `+test.changes+`}`)
			if err := response.OnResponse(x); err != nil {
				t.Fatal(err)
			}
			if got := lines(&x.Response.Header); got != test.want {
				t.Errorf("response:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// A request pays for no phase that has nothing to do.
func TestPhases(t *testing.T) {
	const some = `{"set": {"a": "b"}}`
	for settings, want := range map[string][2]bool{
		`{}`:                         {true, false}, // which changes nothing
		`{"request": ` + some + `}`:  {true, false},
		`{"response": ` + some + `}`: {false, true},
		`{"request": ` + some + `, "response": ` + some + `}`: {true, true},
	} {
		runtime := plugintest.Start[any](t, plugintest.NewEnv(t), headers.Spec, settings)
		_, onRequest := runtime.(plugin.RequestPhase)
		_, onResponse := runtime.(plugin.ResponsePhase)
		if onRequest != want[0] || onResponse != want[1] {
			t.Errorf("%s: request phase %v, response phase %v", settings, onRequest, onResponse)
		}
	}
}

// Fields of one connection, and those that say where a body ends, are the
// gateway's own: whoever could set them could make two messages of one.
func TestReserved(t *testing.T) {
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Upgrade", "HTTP2-Settings",
		"Transfer-Encoding", "Content-Length", "Trailer", "Host",
	} {
		for _, changes := range []string{`"remove": ["` + name + `"]`, `"set": {"` + name + `": "1"}`, `"add": {"` + name + `": "1"}`} {
			for _, side := range []string{"request", "response"} {
				_, err := headers.Spec.Decode([]byte(`{"` + side + `": {` + changes + `}}`))
				if err == nil || !strings.Contains(err.Error(), "cannot be changed here") {
					t.Errorf("%s, %s: %v", side, changes, err)
				}
			}
		}
	}
}

func TestBadSettings(t *testing.T) {
	for settings, want := range map[string]string{
		`{"request": {"set": {"Transfer-Encoding": "chunked"}}}`: `request.set.Transfer-Encoding: transfer-encoding cannot be changed here`,
		`{"request": {"add": {"content-length": "0"}}}`:          "request.add.content-length: content-length cannot",
		`{"response": {"remove": ["x", "Connection"]}}`:          "response.remove[1]: connection cannot",
		`{"request": {"set": {"host": "a"}}}`:                    "request.set.host: host cannot",
		`{"request": {"set": {":path": "/"}}}`:                   `request.set[":path"]: the key must be a header name`,
		`{"request": {"set": {"a": "b\r\nc: d"}}}`:               "request.set.a: must not contain control characters",
		`{"request": {"set": {"x-a": "1", "X-A": "2"}}}`:         "request.set.x-a: x-a is in set.X-A already; give it once",
		`{"request": {"remove": ["x-a"], "set": {"x-a": "2"}}}`:  "request.set.x-a: x-a is in remove[0] already; give it once",
		`{"request": {"add": {"x-a": "1", "X-A": "2"}}}`:         "request.add.x-a: x-a is in add.X-A already; give it once",
		`{"request": {"replace": {}}}`:                           "request.replace: is not a field here; the fields are",
		`{"request": {"remove": "x"}}`:                           "request.remove: must be a list",
	} {
		_, err := headers.Spec.Decode([]byte(settings))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", settings, err, want)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	change := plugintest.Start[plugin.RequestPhase](b, plugintest.NewEnv(b), headers.Spec, `{"request": {"set": {"x-a": "b", "x-b": "c"}, "remove": ["cookie"]}}`)
	x := plugintest.Exchange("GET", "/", "accept: */*", "user-agent: a", "accept-encoding: b", "x-a: a", "x-b: b")
	b.ReportAllocs()
	for b.Loop() {
		if err := change.OnRequest(x); err != nil {
			b.Fatal(err)
		}
	}
}
