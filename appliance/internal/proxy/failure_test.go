// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// Every failure has a status of HTTP, and one of gRPC for those who speak it.
func TestFailures(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, test := range []struct {
		name     string
		upstream func(t *testing.T, protocol string) string
		route    string
		path     string
		status   int
		grpc     string
	}{
		{"no route", nil, "", "/elsewhere", 404, "12"},
		{"an ambiguous path", nil, "", "/r/%2e%2e/x", 400, "13"},
		{"no target", func(t *testing.T, p string) string { return `{` + strings.TrimPrefix(p, ",") + `}` }, "", "/r", 503, "14"},
		{"a dead target", func(t *testing.T, p string) string { return upstreamAt(testkit.FreeAddress(t), p) }, "", "/r", 502, "14"},
		{"a target that talks nonsense", func(t *testing.T, p string) string { return upstreamAt(rawTarget(t, "what?\r\n\r\n"), p) }, "", "/r", 502, "14"},
		{"the route's timeout", func(t *testing.T, p string) string { return strings.TrimSuffix(target(t, slow), "}") + p + "}" }, `,"timeout":"30ms"`, "/r", 504, "4"},
		{"the upstream's timeout", func(t *testing.T, p string) string {
			return strings.TrimSuffix(target(t, slow), "}") + p + `,"response_timeout":"30ms"}`
		}, "", "/r", 504, "4"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, protocol := range []string{"http", "grpc"} {
				b := start(t)
				if test.upstream != nil {
					b.apply("upstream", "u", test.upstream(t, `,"protocol":"`+protocol+`"`), "route", "r", `{"upstream":"u","paths":["/r"]`+test.route+`}`)
				}
				r, want := get(test.path), test.status
				if protocol == "grpc" {
					r, want = call(test.path), 200
				}
				s := b.serve(context.Background(), r)
				if s.status != want || protocol == "grpc" && s.header.Get("grpc-status") != test.grpc {
					t.Errorf("%s: status %d, grpc-status %q; want %d, %s", protocol, s.status, s.header.Get("grpc-status"), want, test.grpc)
				}
				if b.route.last.Err == nil && b.unrouted.last.Err == nil {
					t.Errorf("%s: the exchange does not say why", protocol)
				}
			}
		})
	}
}

// The deadline of a gRPC call holds even if the target does not keep to it
// (S3-107), and does not lengthen the route's timeout.
func TestGRPCTimeout(t *testing.T) {
	b := start(t)
	slow := strings.TrimSuffix(target(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), "}") + `,"protocol":"grpc"}`
	for _, timeouts := range [][2]string{{"", "20m"}, {`,"timeout":"1h"`, "20m"}, {`,"timeout":"20ms"`, "1H"}, {`,"timeout":"20ms"`, "nonsense"}} {
		b.apply("upstream", "u", slow, "route", "r", `{"upstream":"u"`+timeouts[0]+`}`)
		if s := b.serve(context.Background(), call("/s/m", "grpc-timeout: "+timeouts[1])); s.header.Get("grpc-status") != "4" {
			t.Errorf("%v: status %d, grpc-status %q", timeouts, s.status, s.header.Get("grpc-status"))
		}
	}
}

// A deadline that passes in the middle of a response ends it with trailers:
// a gRPC client would take a reset for a fault of the server.
func TestGRPCTimeoutInResponse(t *testing.T) {
	b := start(t)
	endless := hook{wrap: func(plugin.Transport) plugin.Transport {
		return roundTrip(func(x *plugin.Exchange) error {
			x.Response = &message.Response{Status: 200, ContentLength: -1, Body: io.NopCloser(io.MultiReader(strings.NewReader("part"), until{x.Context()}))}
			return nil
		})
	}}
	b.apply("upstream", "u", `{}`, "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("endless", endless)+`}}`)
	s := b.serve(context.Background(), call("/s/m", "grpc-timeout: 1m"))
	if s.reset || s.body != "part" || s.trailer.Get("grpc-status") != "4" || s.trailer.Get("grpc-message") == "" {
		t.Errorf("reset %t, body %q, trailers %v", s.reset, s.body, s.trailer.Fields())
	}
	if b.route.last.Err == nil {
		t.Error("the exchange does not say why it ended")
	}
}

// A target that ends a call at its deadline, before the timer of the gateway
// goes off, has not broken off.
func TestTargetIsAheadOfTheTimer(t *testing.T) {
	b := start(t)
	ends := hook{wrap: func(plugin.Transport) plugin.Transport {
		return roundTrip(func(x *plugin.Exchange) error {
			x.Request.Deadline = time.Now().Add(-time.Nanosecond)
			return errors.New("reset")
		})
	}}
	b.apply("upstream", "u", `{}`, "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("ends", ends)+`}}`)
	if s := b.serve(context.Background(), call("/s/m", "grpc-timeout: 1H")); s.header.Get("grpc-status") != "4" {
		t.Errorf("grpc-status %q", s.header.Get("grpc-status"))
	}
}

// until is a body that fails when its exchange ends.
type until struct{ ctx context.Context }

func (u until) Read([]byte) (int, error) { <-u.ctx.Done(); return 0, u.ctx.Err() }

// A client that has gone gets no answer, is counted, and its plugins hear of
// the end.
func TestClientGone(t *testing.T) {
	for _, when := range []string{"before the response", "in the request's body", "in the response's body"} {
		b := start(t)
		ctx, leave := context.WithCancel(context.Background())
		b.apply("upstream", "u", target(t, func(w http.ResponseWriter, r *http.Request) {
			if when == "before the response" {
				leave()
				<-r.Context().Done()
			}
			_, _ = io.Copy(io.Discard, r.Body)
		}), "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a "+when, hook{})+`}}`)
		r, want := get("/"), "a "+when+" request, a "+when+" done"
		if when == "in the request's body" {
			r.Method, r.ContentLength = "POST", 10
			r.Body = io.NopCloser(leaving{leave})
		}
		s := &stream{}
		if when == "in the response's body" {
			s.err, want = errors.New("broken pipe"), "a "+when+" request, a "+when+" response, a "+when+" done"
		}
		b.proxy.Serve(ctx, r, s)
		if s.err == nil && (s.status != 0 || !s.reset) {
			t.Errorf("%s: answered %d, reset %t", when, s.status, s.reset)
		}
		if b.route.begun != 1 || b.route.end != 1 || b.route.last.Err == nil {
			t.Errorf("%s: %d begun, %d ended, error %v", when, b.route.begun, b.route.end, b.route.last.Err)
		}
		if got := lines(b.calls); got != want {
			t.Errorf("%s: calls %s; want %s", when, got, want)
		}
		leave()
	}
}

// leaving is the body of a client that leaves.
type leaving struct{ leave func() }

func (l leaving) Read([]byte) (int, error) { l.leave(); return 0, io.ErrUnexpectedEOF }

// A body that breaks off while the client is still there is the client's fault.
func TestBrokenRequestBody(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }), "route", "r", `{"upstream":"u"}`)
	r := get("/")
	r.Method, r.ContentLength, r.Body = "POST", 10, io.NopCloser(leaving{func() {}})
	if s := b.serve(context.Background(), r); s.status != 400 {
		t.Errorf("status %d", s.status)
	}
}

// Another target is asked when the first one cannot have acted.
func TestAnotherTarget(t *testing.T) {
	b := start(t)
	good := target(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	dead := upstreamAt(testkit.FreeAddress(t), "")
	b.apply("upstream", "u", strings.Replace(good, `[`, strings.TrimSuffix(strings.TrimPrefix(dead, `{"targets":`), `]}`)+",", 1), "route", "r", `{"upstream":"u"}`)
	for range 10 {
		r := get("/")
		r.Method, r.ContentLength, r.Body = "POST", 4, io.NopCloser(strings.NewReader("body"))
		if s := b.serve(context.Background(), r); s.status != 200 || s.body != "body" || b.route.last.Received != 4 || b.route.last.Sent != 4 {
			t.Fatalf("%d %q, received %d, sent %d", s.status, s.body, b.route.last.Received, b.route.last.Sent)
		}
	}
}

// A transport may read the request's body when the exchange is long over and
// used again: it must find nothing of it (run with -race).
func TestBodyOutlivesExchange(t *testing.T) {
	b := start(t)
	b.apply("upstream", "u", target(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Content-Length", "4")
		_, _ = io.WriteString(w, "done")
	}), "route", "r", `{"upstream":"u"}`)
	for range 40 {
		r := get("/")
		ended := make(chan struct{})
		r.Method, r.ContentLength, r.Body = "POST", -1, io.NopCloser(trickle{ended})
		if s := b.serve(context.Background(), r); s.status != 200 {
			t.Fatalf("status %d", s.status)
		}
		close(ended)
	}
}

// trickle gives bytes until it is ended.
type trickle struct{ ended chan struct{} }

func (b trickle) Read(p []byte) (int, error) {
	select {
	case <-b.ended:
		return 0, io.EOF
	case <-time.After(100 * time.Microsecond): // as a slow client would
		return copy(p, "x"), nil
	}
}

// The time that is left of a call is told to its target: less than the client
// gave, and the route's timeout if that is earlier.
func TestGRPCTimeoutIsPassedOn(t *testing.T) {
	b := start(t)
	told := make(chan string, 1)
	up := strings.TrimSuffix(target(t, func(w http.ResponseWriter, r *http.Request) { told <- r.Header.Get("grpc-timeout") }), "}") + `,"protocol":"grpc"}`
	for _, test := range []struct {
		route, client string
		most          time.Duration
	}{{"", "1H", time.Hour}, {`,"timeout":"1m"`, "1H", time.Minute}, {`,"timeout":"1m"`, "", time.Minute}, {"", "", 0}} {
		b.apply("upstream", "u", up, "route", "r", `{"upstream":"u"`+test.route+`}`)
		var fields []string
		if test.client != "" {
			fields = append(fields, "grpc-timeout: "+test.client)
		}
		b.serve(context.Background(), call("/s/m", fields...))
		got, err := time.ParseDuration(strings.NewReplacer("n", "ns", "u", "us", "m", "ms", "S", "s", "M", "m", "H", "h").Replace(<-told))
		if (err == nil) != (test.most > 0) || got > test.most || got < test.most*9/10 {
			t.Errorf("%+v: told %s, %v", test, got, err)
		}
	}
}
