// SPDX-License-Identifier: Apache-2.0

package retry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/retry"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// settings are the defaults with changes.
func settings(change func(*api.Retries)) *api.Retries {
	r := new(api.Retries)
	r.SetDefaults()
	if change != nil {
		change(r)
	}
	return r
}

func request(method string) *message.Request {
	return &message.Request{Proto: message.HTTP11, Method: method}
}

func call() *message.Request {
	r := &message.Request{Proto: message.HTTP2, Method: "POST"}
	r.Header.Add("content-type", "application/grpc")
	return r
}

type timeout struct{}

func (timeout) Error() string { return "late" }
func (timeout) Timeout() bool { return true }

// S1-42: what is sent again: by what went wrong, what the target may have seen
// of it, and what of that the request bears.
func TestAfterError(t *testing.T) {
	lost := errors.New("lost")
	odd := call()
	odd.Method = "PUT"
	unsafe := true
	all := settings(func(r *api.Retries) { r.On = []string{"connect", "reset", "timeout"} })
	daring := settings(func(r *api.Retries) { r.On, r.Unsafe = []string{"connect", "reset", "timeout"}, &unsafe })
	only := func(on ...string) *api.Retries { return settings(func(r *api.Retries) { r.On = on }) }
	failure := func(phase message.Phase, err error, reused, mayRetry bool) error {
		return &message.TransportError{Phase: phase, Err: err, Reused: reused, MayRetry: mayRetry}
	}
	connect := failure(message.PhaseConnect, lost, false, true)
	reset := failure(message.PhaseHead, lost, false, false)
	stale := failure(message.PhaseHead, lost, true, true)
	refused := failure(message.PhaseHead, lost, false, true)
	late := failure(message.PhaseTimeout, timeout{}, false, false)
	for _, test := range []struct {
		name     string
		settings *api.Retries
		err      error
		request  *message.Request
		whole    bool
		want     retry.Verdict
	}{
		{"nothing is said: a connection that could not be made", nil, connect, request("POST"), false, retry.AtOnce},
		{"nothing is said: a target that refused it", nil, refused, call(), false, retry.AtOnce},
		{"nothing is said: an idempotent one on a used connection", nil, stale, request("GET"), true, retry.AtOnce},
		{"nothing is said: a reset", nil, reset, request("GET"), true, retry.Keep},
		{"connect, safe", all, connect, request("GET"), true, retry.AtOnce},
		{"connect, unsafe", all, connect, request("POST"), true, retry.AtOnce},
		{"connect, a call", all, connect, call(), true, retry.AtOnce},
		{"connect, its body untouched", all, connect, request("POST"), false, retry.AtOnce},
		{"TLS", all, failure(message.PhaseTLS, lost, false, true), request("POST"), true, retry.AtOnce},
		{"connect, not asked for", only("reset"), connect, request("GET"), true, retry.Keep},
		{"refused, only resets asked for", only("reset"), refused, call(), true, retry.AtOnce},
		{"refused, only timeouts asked for", only("timeout"), refused, call(), true, retry.Keep},
		{"reset, safe", all, reset, request("GET"), true, retry.Again},
		{"reset, idempotent", all, reset, request("PUT"), true, retry.Again},
		{"reset, idempotent, its body gone", all, reset, request("PUT"), false, retry.Keep},
		{"reset, unsafe", all, reset, request("POST"), true, retry.Keep},
		{"reset, PATCH", all, reset, request("PATCH"), true, retry.Keep},
		{"reset, unknown method", all, reset, request("BREW"), true, retry.Keep},
		{"reset, a call", all, reset, call(), true, retry.Keep},
		{"reset, a call with an idempotent method", all, reset, odd, true, retry.Keep},
		{"reset, unsafe is allowed", daring, reset, request("POST"), true, retry.Again},
		{"reset, unsafe is allowed for a call", daring, reset, call(), true, retry.Again},
		{"reset, unsafe is allowed, its body gone", daring, reset, request("POST"), false, retry.Keep},
		{"reset while it was sent", all, failure(message.PhaseWrite, lost, false, false), request("DELETE"), true, retry.Again},
		{"reset, not asked for", only("connect"), reset, request("GET"), true, retry.Keep},
		{"stale, only connect is asked for", only("connect"), stale, request("GET"), true, retry.Keep},
		{"stale", all, stale, request("GET"), true, retry.Again},
		{"timeout, safe", all, late, request("GET"), true, retry.Again},
		{"timeout, unsafe", all, late, request("POST"), true, retry.Keep},
		{"timeout, unsafe is allowed", daring, late, request("POST"), true, retry.Again},
		{"timeout, not asked for", only("connect", "reset"), late, request("GET"), true, retry.Keep},
		{"timeout of a write, not asked for", only("reset"), failure(message.PhaseWrite, timeout{}, false, false), request("GET"), true, retry.Keep},
		{"timeout of a write", only("timeout"), failure(message.PhaseWrite, timeout{}, false, false), request("GET"), true, retry.Again},
		{"timeout of a connection", only("connect"), failure(message.PhaseConnect, timeout{}, false, true), request("POST"), true, retry.AtOnce},
		{"the request cannot be expressed", daring, failure(message.PhaseRequest, lost, false, false), request("GET"), true, retry.Keep},
		{"the request's body broke off", daring, failure(message.PhaseBody, lost, false, false), request("GET"), true, retry.Keep},
		{"the client has gone", daring, failure(message.PhaseCanceled, lost, false, false), request("GET"), true, retry.Keep},
		{"the response broke off", daring, failure(message.PhaseResponse, lost, false, false), request("GET"), true, retry.Keep},
		{"no failure of a target", daring, lost, request("GET"), true, retry.Keep},
	} {
		if got := retry.New(test.settings, nil).AfterError(test.request, test.err, test.whole); got != test.want {
			t.Errorf("%s: verdict %d, want %d", test.name, got, test.want)
		}
	}
}

// S1-42: responses after which a request is sent again, those of gRPC included.
func TestAfterResponse(t *testing.T) {
	unsafe := true
	asked := settings(func(r *api.Retries) {
		r.Statuses, r.GRPCStatuses = []api.StatusRange{"503", "520-599"}, []string{"UNAVAILABLE", "ABORTED"}
	})
	daring := settings(func(r *api.Retries) {
		r.Statuses, r.GRPCStatuses, r.Unsafe = []api.StatusRange{"503"}, []string{"UNAVAILABLE", "ABORTED"}, &unsafe
	})
	answer := func(status int, code string, body io.ReadCloser) *message.Response {
		r := &message.Response{Status: status, Body: body}
		if body != nil {
			r.ContentLength = -1
		}
		if code != "" {
			r.Header.Add("grpc-status", code)
		}
		return r
	}
	body := io.NopCloser(strings.NewReader("x"))
	for _, test := range []struct {
		name     string
		settings *api.Retries
		request  *message.Request
		response *message.Response
		whole    bool
		want     retry.Verdict
	}{
		{"nothing is said", nil, request("GET"), answer(503, "", nil), true, retry.Keep},
		{"no statuses", settings(nil), request("GET"), answer(503, "", nil), true, retry.Keep},
		{"named", asked, request("GET"), answer(503, "", body), true, retry.Again},
		{"in a range", asked, request("HEAD"), answer(599, "", nil), true, retry.Again},
		{"not named", asked, request("GET"), answer(502, "", nil), true, retry.Keep},
		{"out of bounds", asked, request("GET"), answer(999, "", nil), true, retry.Keep},
		{"unsafe", asked, request("POST"), answer(503, "", nil), true, retry.Keep},
		{"unsafe is allowed", daring, request("POST"), answer(503, "", nil), true, retry.Again},
		{"its body gone", daring, request("POST"), answer(503, "", nil), false, retry.Keep},
		{"a call", asked, call(), answer(200, "14", nil), true, retry.Keep},
		{"a call, allowed", daring, call(), answer(200, "14", nil), true, retry.Again},
		{"a call, not named", daring, call(), answer(200, "13", nil), true, retry.Keep},
		{"a call with messages", daring, call(), answer(200, "14", body), true, retry.Keep},
		{"a call without a status", daring, call(), answer(200, "", nil), true, retry.Keep},
		{"a call with a status that is none", daring, call(), answer(200, "4294967310", nil), true, retry.Keep},
		{"a call, answered in HTTP", daring, call(), answer(503, "", nil), true, retry.Again},
	} {
		if got := retry.New(test.settings, nil).AfterResponse(test.request, test.response, test.whole); got != test.want {
			t.Errorf("%s: verdict %d, want %d", test.name, got, test.want)
		}
	}
}

// The names of gRPC's statuses that settings may have are known, each.
func TestGRPCStatuses(t *testing.T) {
	unsafe := true
	for name, code := range map[string]string{
		"CANCELLED": "1", "UNKNOWN": "2", "DEADLINE_EXCEEDED": "4", "RESOURCE_EXHAUSTED": "8", "ABORTED": "10", "INTERNAL": "13", "UNAVAILABLE": "14", "DATA_LOSS": "15",
	} {
		p := retry.New(settings(func(r *api.Retries) { r.GRPCStatuses, r.Unsafe = []string{name}, &unsafe }), nil)
		for _, other := range []string{"0", "1", "2", "4", "8", "10", "13", "14", "15"} {
			response := &message.Response{Status: 200}
			response.Header.Add("grpc-status", other)
			if got := p.AfterResponse(call(), response, true); (got == retry.Again) != (other == code) {
				t.Errorf("%s: verdict %d for %s", name, got, other)
			}
		}
	}
}

// Waits are random between nothing and a bound that doubles up to the largest.
func TestDelay(t *testing.T) {
	p := retry.New(settings(func(r *api.Retries) {
		r.Backoff, r.MaxBackoff = schema.Duration(10*time.Millisecond), schema.Duration(35*time.Millisecond)
	}), nil)
	for n, bound := range map[int]time.Duration{1: 10 * time.Millisecond, 2: 20 * time.Millisecond, 3: 35 * time.Millisecond, 9: 35 * time.Millisecond, 1000: 35 * time.Millisecond} {
		var most, sum time.Duration
		for range 2000 {
			d := p.Delay(n)
			if d < 0 || d >= bound {
				t.Fatalf("retry %d: %s", n, d)
			}
			most, sum = max(most, d), sum+d
		}
		if mean := sum / 2000; most < bound*9/10 || mean < bound*4/10 || mean > bound*6/10 {
			t.Errorf("retry %d: at most %s, %s on average", n, most, mean)
		}
	}
	if d := retry.New(nil, nil).Delay(1); d != 0 {
		t.Errorf("without settings: %s", d)
	}
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := retry.Pause(t.Context(), time.Second); err != nil || time.Since(began) != time.Second {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Millisecond, func() { cancel(gone) })
		if err := retry.Pause(ctx, time.Hour); !errors.Is(err, gone) {
			t.Errorf("error %v", err)
		}
		if err := retry.Pause(ctx, 0); err != nil {
			t.Errorf("error %v", err)
		}
	})
}

// Only safe requests without a body are hedged, and no upgrades.
func TestHedge(t *testing.T) {
	hedged := retry.New(settings(func(r *api.Retries) { r.Hedge = &api.Hedge{After: schema.Duration(time.Second)} }), nil)
	for method, want := range map[string]time.Duration{"GET": time.Second, "HEAD": time.Second, "OPTIONS": time.Second, "TRACE": time.Second, "PUT": 0, "DELETE": 0, "POST": 0} {
		if got := hedged.Hedge(request(method)); got != want {
			t.Errorf("%s: %s", method, got)
		}
		if got := retry.New(settings(nil), nil).Hedge(request(method)); got != 0 {
			t.Errorf("%s: %s without being asked", method, got)
		}
	}
	withBody := request("GET")
	withBody.Body, withBody.ContentLength = http.NoBody, -1
	upgrade := request("GET")
	upgrade.Header.Add("connection", "upgrade")
	upgrade.Header.Add("upgrade", "websocket")
	extended := request("GET")
	extended.Proto, extended.Protocol = message.HTTP2, "websocket"
	for _, r := range []*message.Request{withBody, upgrade, extended} {
		if hedged.Hedge(r) != 0 {
			t.Errorf("%+v is hedged", r)
		}
	}
}

// Bodies are kept only where that can be of use, since it costs the short ways
// that they would take.
func TestKeeps(t *testing.T) {
	unsafe := true
	usual := settings(func(r *api.Retries) { r.MaxBodyBytes = 100 })
	daring := settings(func(r *api.Retries) { r.MaxBodyBytes, r.Unsafe = 100, &unsafe })
	once := settings(func(r *api.Retries) { r.Attempts = 1 })
	grpc := call()
	for _, test := range []struct {
		name     string
		settings *api.Retries
		request  *message.Request
		length   int64
		want     bool
	}{
		{"nothing is said", nil, request("PUT"), 10, false},
		{"idempotent", usual, request("PUT"), 100, true},
		{"idempotent, of unknown length", usual, request("PUT"), -1, true},
		{"too long", usual, request("PUT"), 101, false},
		{"sent once", once, request("PUT"), 10, false},
		{"none", usual, request("PUT"), 0, false},
		{"unsafe", usual, request("POST"), 10, false},
		{"unsafe is allowed", daring, request("POST"), 10, true},
		{"a call", usual, grpc, -1, false},
		{"a call, allowed", daring, grpc, -1, true},
	} {
		test.request.Body, test.request.ContentLength = io.NopCloser(strings.NewReader("")), test.length
		if got := retry.New(test.settings, nil).Keeps(test.request); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}
