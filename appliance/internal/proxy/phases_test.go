// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

const everyPhase = "a request, b request, c request, c response, b response, a response, c done, b done, a done"

// Requests pass the plugins in order, responses in reverse, own answers too;
// done always comes (S1-36).
func TestPhases(t *testing.T) {
	fault := errors.New("a fault")
	for _, test := range []struct {
		name   string
		b      hook
		status int
		asked  int // how often the target was
		calls  string
		reset  bool
		err    string
	}{
		{"nothing happens", hook{}, 200, 1, everyPhase, false, ""},
		{"an answer skips the rest and the target", hook{request: func(x *plugin.Exchange) error { x.Answer(403, "no"); return nil }},
			403, 0, "a request, b request, c response, b response, a response, c done, b done, a done", false, ""},
		{"an error in the request", hook{request: func(*plugin.Exchange) error { return fault }},
			500, 0, "a request, b request, c response, b response, a response, c done, b done, a done", false, "plugin b: a fault"},
		{"a panic in the request", hook{request: func(*plugin.Exchange) error { panic("oh") }},
			500, 0, "a request, b request, c response, b response, a response, c done, b done, a done", false, "plugin b: panic: oh"},
		{"an error in the response", hook{response: func(*plugin.Exchange) error { return fault }}, 500, 1, everyPhase, false, "plugin b: a fault"},
		{"a panic in the response", hook{response: func(*plugin.Exchange) error { panic("oh") }}, 500, 1, everyPhase, false, "plugin b: panic: oh"},
		{"a response taken away", hook{response: func(x *plugin.Exchange) error { x.Response = nil; return nil }}, 500, 1, everyPhase, false, "plugin b: no response was made"},
		{"a panic in done", hook{done: func(*plugin.Exchange) { panic("oh") }}, 200, 1, everyPhase, false, ""},
		{"a panic in Wrap", hook{wrap: func(plugin.Transport) plugin.Transport { panic("oh") }}, 500, 0, everyPhase, false, "panic: oh"},
		{"a panic around the upstream", hook{wrap: func(next plugin.Transport) plugin.Transport {
			return roundTrip(func(x *plugin.Exchange) error { _ = next.RoundTrip(x); panic("oh") })
		}}, 500, 1, everyPhase, false, "panic: oh"},
		{"an error around the upstream", hook{wrap: func(next plugin.Transport) plugin.Transport {
			return roundTrip(func(x *plugin.Exchange) error { _ = next.RoundTrip(x); return fault })
		}}, 502, 1, everyPhase, false, "a fault"},
		{"an answer around the upstream", hook{wrap: func(plugin.Transport) plugin.Transport {
			return roundTrip(func(x *plugin.Exchange) error { x.Answer(418, "cached"); return nil })
		}}, 418, 0, everyPhase, false, ""},
		{"no answer around the upstream", hook{wrap: func(plugin.Transport) plugin.Transport {
			return roundTrip(func(*plugin.Exchange) error { return nil })
		}}, 502, 0, everyPhase, false, "no response was made"},
		{"the target asked twice", hook{wrap: func(next plugin.Transport) plugin.Transport {
			return roundTrip(func(x *plugin.Exchange) error {
				if err := next.RoundTrip(x); err != nil {
					return err
				}
				_ = x.Response.Body.Close()
				return next.RoundTrip(x)
			})
		}}, 200, 2, everyPhase, false, ""},
		{"a panic in a body", hook{response: func(x *plugin.Exchange) error {
			x.Response.Body = panickyBody{x.Response.Body}
			return nil
		}}, 200, 1, everyPhase, true, "panic: oh"},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := 0
			b := start(t)
			b.apply("upstream", "u", target(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				if got := r.Header.Values("X-Forwarded-For"); len(got) != 1 || got[0] != "192.0.2.9" {
					t.Errorf("X-Forwarded-For: %q", got)
				}
				_, _ = io.WriteString(w, "target")
			}), "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", hook{})+`,"b":`+b.hook("b", test.b)+`,"c":`+b.hook("c", hook{})+`}}`)
			s := b.serve(context.Background(), get("/"))
			if s.status != test.status || asked != test.asked || s.reset != test.reset {
				t.Errorf("status %d, target asked %d times, reset %t; want %d, %d, %t", s.status, asked, s.reset, test.status, test.asked, test.reset)
			}
			if got := lines(b.calls); got != test.calls {
				t.Errorf("calls: %s\nwant:  %s", got, test.calls)
			}
			if err := b.route.last.Err; (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if strings.Contains(test.name, "panic") != strings.Contains(b.log.String(), "stack=") {
				t.Errorf("log: %s", b.log.String())
			}
		})
	}
}

type panickyBody struct{ io.ReadCloser }

func (panickyBody) Read([]byte) (int, error) { panic("oh") }

// The body of a response that a plugin replaces is closed, or its connection
// to the target would be lost.
func TestReplacedBodyIsClosed(t *testing.T) {
	for name, replace := range map[string]func(x *plugin.Exchange) error{
		"answer": func(x *plugin.Exchange) error { x.Answer(403, "no"); return nil },
		"error":  func(*plugin.Exchange) error { return errors.New("no") },
	} {
		closed := 0
		b := start(t)
		b.apply("upstream", "u", target(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "target") }),
			"route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a"+name, hook{response: replace})+`,"b":`+b.hook("b"+name, hook{response: func(x *plugin.Exchange) error {
				x.Response.Body = closing{x.Response.Body, &closed}
				return nil
			}})+`}}`)
		b.serve(context.Background(), get("/"))
		if closed == 0 {
			t.Errorf("%s: the body was left open", name)
		}
	}
}

type closing struct {
	io.ReadCloser
	closed *int
}

func (c closing) Close() error { *c.closed++; return c.ReadCloser.Close() }

// Once the consumer is known the rest of the chain is theirs: their plugins
// in place of the route's by name, and what has run is not run again.
func TestConsumerTakesOver(t *testing.T) {
	who := &api.Consumer{Meta: api.Meta{ID: "c"}}
	b := start(t)
	known := hook{request: func(x *plugin.Exchange) error { x.Consumer = who; return nil }}
	b.apply(
		"upstream", "u", target(t, func(http.ResponseWriter, *http.Request) {}),
		"consumer", "c", `{"plugins":{"a":`+b.hook("own-a", hook{})+`,"c":`+b.hook("own-c", hook{})+`}}`,
		"route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", hook{})+`,"b":`+b.hook("b", known)+`,"c":`+b.hook("c", hook{})+`}}`,
	)
	b.serve(context.Background(), get("/"))
	want := "a request, b request, own-c request, own-c response, b response, own-a response, own-c done, b done, own-a done"
	if got := lines(b.calls); got != want {
		t.Errorf("calls: %s\nwant:  %s", got, want)
	}

	// A plugin that only the consumer has is reached, too.
	b.calls = nil
	b.apply("route", "r", `{"upstream":"u","plugins":{"b":`+b.hook("b", known)+`}}`)
	b.serve(context.Background(), get("/"))
	if got := lines(b.calls); !strings.HasPrefix(got, "b request, own-c request, own-c response") {
		t.Errorf("calls: %s", got)
	}
}

// An exchange is empty when it is used again.
func TestNothingIsLeft(t *testing.T) {
	key := plugin.NewKey[string]("left")
	b := start(t)
	first := true
	b.apply("upstream", "u", target(t, func(http.ResponseWriter, *http.Request) {}),
		"route", "r", `{"upstream":"u","paths":["/{p}"],"plugins":{"a":`+b.hook("a", hook{request: func(x *plugin.Exchange) error {
			if _, ok := key.Get(x); ok || x.Consumer != nil || x.Response != nil || x.Err != nil || len(x.Params) != 1 || x.Received+x.Sent != 0 {
				t.Errorf("left of the one before: %+v", x)
			}
			key.Set(x, "v")
			x.Consumer = &api.Consumer{}
			if first {
				first = false
				return errors.New("a fault")
			}
			return nil
		}})+`}}`)
	for range 5 {
		r := get("/x")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), 4
		b.serve(context.Background(), r)
	}
	if r := b.serve(context.Background(), get("/none/such")); r.status != 404 || b.unrouted.last.Route != nil || b.unrouted.status != 404 {
		t.Errorf("status %d, counted %d", r.status, b.unrouted.status)
	}
}

var _ message.Stream = (*stream)(nil)
