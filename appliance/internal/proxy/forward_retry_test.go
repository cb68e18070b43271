// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// upstreamOf returns an upstream of targets, with further settings.
func upstreamOf(more string, addresses ...string) string {
	var targets []string
	for _, address := range addresses {
		host, port, _ := net.SplitHostPort(address)
		targets = append(targets, `{"host":"`+host+`","port":`+port+`}`)
	}
	return `{"targets":[` + strings.Join(targets, ",") + `]` + more + `}`
}

// faulty starts a target that counts heads and then does with the connection what
// it is told, until the test ends.
func faulty(t *testing.T, seen *atomic.Int64, do func(conn net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	var mu sync.Mutex
	var conns []net.Conn
	ended.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
			ended.Go(func() {
				defer conn.Close()
				var head []byte
				one := make([]byte, 1)
				for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
					if _, err := conn.Read(one); err != nil {
						return
					}
					head = append(head, one[0])
				}
				seen.Add(1)
				do(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, conn := range conns {
			conn.Close()
		}
		mu.Unlock()
		ended.Wait()
	})
	return l.Addr().String()
}

func says(text string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, text) }
}

func hangs(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// patience is more than anything here takes.
const patience = 10 * time.Second

// S1-42, S3-107: every condition, with methods that may be repeated and such
// that may not: how often three targets that all do the same see the request, and
// what the client gets.
func TestRetries(t *testing.T) {
	const every = `"on":["connect","reset","timeout"],"statuses":["503"],"backoff":"1ms","max_backoff":"2ms"`
	const unavailable = "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nlast"
	for _, test := range []struct {
		name                                 string
		do                                   func(net.Conn)
		retries                              string
		get, put, post, unsafe, status, dead int64 // how often each is seen
	}{
		{name: "lost before a response", do: func(net.Conn) {}, retries: every, get: 3, put: 3, post: 1, unsafe: 3, status: 502},
		{name: "lost in the head", do: says("HTTP/1.1 200 OK\r\nConte"), retries: every, get: 3, put: 3, post: 1, unsafe: 3, status: 502},
		{name: "garbage", do: says("what?\r\n\r\n"), retries: every, get: 3, put: 3, post: 1, unsafe: 3, status: 502},
		{name: "no response in time", do: hangs, retries: every + `,"per_try_timeout":"120ms"`, get: 3, put: 3, post: 1, unsafe: 3, status: 504},
		{name: "a status", do: says(unavailable), retries: every, get: 3, put: 3, post: 1, unsafe: 3, status: 503},
		{name: "another status", do: says(strings.Replace(unavailable, "503", "500", 1)), retries: every, get: 1, put: 1, post: 1, unsafe: 1, status: 500},
		{name: "fewer attempts", do: says(unavailable), retries: `"attempts":2,` + every, get: 2, put: 2, post: 1, unsafe: 2, status: 503},
		{name: "one attempt", do: says(unavailable), retries: `"attempts":1,` + every, get: 1, put: 1, post: 1, unsafe: 1, status: 503},
		{name: "lost, not asked for", do: func(net.Conn) {}, retries: `"on":["connect","timeout"]`, get: 1, put: 1, post: 1, unsafe: 1, status: 502},
		{name: "late, not asked for", do: hangs, retries: `"per_try_timeout":"120ms"`, get: 1, put: 1, post: 1, unsafe: 1, status: 504},
		{name: "a response that breaks off", do: says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), retries: every, get: 1, put: 1, post: 1, unsafe: 1, status: 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			for method, want := range map[string]int64{"GET": test.get, "PUT": test.put, "POST": test.post, "unsafe POST": test.unsafe} {
				var seen atomic.Int64
				b := start(t)
				more := `,"retries":{` + test.retries + `,"budget":100,"budget_per_second":1000}`
				if strings.HasPrefix(method, "unsafe") {
					more = strings.Replace(more, "{", `{"unsafe":true,`, 1)
				}
				b.apply("upstream", "u", upstreamOf(more, faulty(t, &seen, test.do), faulty(t, &seen, test.do), faulty(t, &seen, test.do)), "route", "r", `{"upstream":"u"}`)
				r := get("/")
				if r.Method = strings.TrimPrefix(method, "unsafe "); r.Method != "GET" {
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), 4
				}
				s := b.serve(context.Background(), r)
				if got := seen.Load(); got != want || s.status != int(test.status) {
					t.Errorf("%s: seen %d times, status %d; want %d, %d", method, got, s.status, want, test.status)
				}
				if s.status == 503 && s.body != "last" {
					t.Errorf("%s: the last response has become %q", method, s.body)
				}
			}
		})
	}
}

// S1-42: what the target has certainly not seen is sent to another one, whatever
// it is: without settings, too. When none is left it is an error.
func TestUnseenIsSentAgain(t *testing.T) {
	for _, more := range []string{"", `,"retries":{"budget":100,"budget_per_second":1000}`} {
		var seen atomic.Int64
		good := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			_, _ = io.Copy(w, r.Body)
		})
		b := start(t)
		b.apply("upstream", "u", upstreamOf(more, testkit.FreeAddress(t), testkit.FreeAddress(t), good), "route", "r", `{"upstream":"u"}`)
		for i := range int64(10) {
			r := get("/")
			r.Method, r.ContentLength, r.Body = "POST", -1, io.NopCloser(strings.NewReader("body"))
			if i%2 == 0 {
				r.ContentLength = 4
			}
			if s := b.serve(context.Background(), r); s.status != 200 || s.body != "body" || seen.Load() != i+1 {
				t.Errorf("%s: status %d, body %q, seen %d times", more, s.status, s.body, seen.Load())
			}
		}
		b.apply("upstream", "u", upstreamOf(more, testkit.FreeAddress(t)), "route", "r", `{"upstream":"u"}`)
		if s := b.serve(context.Background(), get("/")); s.status != 502 {
			t.Errorf("%s: status %d", more, s.status)
		}
	}
}

// Each target is asked once before one is asked twice, whether it failed or
// answered what is not wanted.
func TestEachTargetOnce(t *testing.T) {
	for _, do := range []func(net.Conn){says("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), func(net.Conn) {}} {
		var seen [4]atomic.Int64
		var addresses []string
		for i := range seen {
			addresses = append(addresses, faulty(t, &seen[i], do))
		}
		b := start(t)
		b.apply("upstream", "u", upstreamOf(`,"retries":{"attempts":4,"statuses":["503"],"budget":100,"budget_per_second":1000,"backoff":"1ms"}`, addresses...), "route", "r", `{"upstream":"u"}`)
		for n := range int64(5) {
			b.serve(context.Background(), get("/"))
			for i := range seen {
				if got := seen[i].Load(); got != n+1 {
					t.Errorf("target %d was asked %d times in %d requests", i, got, n+1)
				}
			}
		}
	}
}

// S1-42: gRPC calls: only what has not been seen, or everything if that is
// wanted; their statuses count if there is no message.
func TestGRPCRetries(t *testing.T) {
	for _, test := range []struct {
		name, retries, grpcStatus string
		handler                   http.HandlerFunc
		seen                      int64
	}{
		{"a status", `"on":["connect","reset"]`, "14", unavailableCall, 1},
		{"a status, unsafe", `"grpc_statuses":["UNAVAILABLE"],"unsafe":true`, "14", unavailableCall, 3},
		{"another status, unsafe", `"grpc_statuses":["ABORTED"],"unsafe":true`, "14", unavailableCall, 1},
		{"a reset", `"on":["reset"]`, "14", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 1},
		{"a reset, unsafe", `"on":["reset"],"unsafe":true`, "14", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 3},
		{"an answer of HTTP, unsafe", `"statuses":["503"],"unsafe":true`, "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var seen atomic.Int64
			count := func(w http.ResponseWriter, r *http.Request) {
				if body, _ := io.ReadAll(r.Body); string(body) != "message" {
					t.Errorf("try %d has the body %q", seen.Load(), body)
				}
				seen.Add(1)
				test.handler(w, r)
			}
			b := start(t)
			b.apply("upstream", "u", upstreamOf(`,"protocol":"grpc","retries":{`+test.retries+`,"budget":100,"budget_per_second":1000,"backoff":"1ms"}`,
				testkit.HTTP(t, nil, count), testkit.HTTP(t, nil, count), testkit.HTTP(t, nil, count)), "route", "r", `{"upstream":"u"}`)
			r := call("/s/m")
			r.ContentLength, r.Body = -1, io.NopCloser(strings.NewReader("message"))
			s := b.serve(context.Background(), r)
			if seen.Load() != test.seen || s.header.Get("grpc-status") != test.grpcStatus {
				t.Errorf("seen %d times, status %d, grpc-status %q", seen.Load(), s.status, s.header.Get("grpc-status"))
			}
		})
	}
}

func unavailableCall(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Grpc-Status", "14")
}

// Each try of a call is told how much time is left, and per_try_timeout takes
// nothing off it: it ends with the head.
func TestGRPCTimeoutOfTries(t *testing.T) {
	var told []time.Duration
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"protocol":"grpc","retries":{"grpc_statuses":["UNAVAILABLE"],"unsafe":true,"budget":100,"budget_per_second":1000,"backoff":"10ms","per_try_timeout":"5s"}`,
		testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
			text := r.Header.Get("Grpc-Timeout")
			n, err := strconv.Atoi(text[:len(text)-1])
			unit, ok := map[byte]time.Duration{'n': 1, 'u': time.Microsecond, 'm': time.Millisecond, 'S': time.Second}[text[len(text)-1]]
			if err != nil || !ok {
				t.Errorf("grpc-timeout %q", text)
			}
			told = append(told, time.Duration(n)*unit)
			unavailableCall(w, r)
		})), "route", "r", `{"upstream":"u"}`)
	b.serve(context.Background(), call("/s/m", "grpc-timeout: 60S"))
	if len(told) != 3 || told[0] <= 30*time.Second || told[0] > time.Minute || told[1] >= told[0] || told[2] >= told[1] {
		t.Errorf("told %v", told)
	}
}

// S1-42: bodies are sent again as far as they are kept, however they come; what
// is longer is sent once, and the client gets what came of that.
func TestReplayedBodies(t *testing.T) {
	const limit = 100_000
	for _, protocol := range []string{"http", "h2c"} {
		for _, length := range []int{1, 9_000, limit - 1, limit, limit + 1, 5 * limit} {
			for _, chunked := range []bool{false, true} {
				content := bytes.Repeat([]byte("0123456789abcdef"), length/16+1)[:length]
				var seen atomic.Int64
				b := start(t)
				b.apply("upstream", "u", upstreamOf(`,"protocol":"`+protocol+`","retries":{"statuses":["503"],"max_body_bytes":`+strconv.Itoa(limit)+`,"budget":100,"budget_per_second":1000,"backoff":"1ms"}`,
					testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
						got, err := io.ReadAll(r.Body)
						if err != nil || !bytes.Equal(got, content) || r.Trailer.Get("After") != map[bool]string{true: "all"}[chunked] {
							t.Errorf("try %d has %d bytes, %v, trailers %v", seen.Load(), len(got), err, r.Trailer)
						}
						if seen.Add(1) < 3 {
							w.WriteHeader(503)
						}
					})), "route", "r", `{"upstream":"u"}`)
				r := get("/", "trailer: after")
				r.Method, r.ContentLength, r.Body = "PUT", int64(length), io.NopCloser(bytes.NewReader(content))
				if chunked {
					r.ContentLength, r.Trailer = -1, &message.Header{}
					r.Trailer.Add("after", "all")
				}
				source := r.Body
				s := b.serve(context.Background(), r)
				want, status := int64(3), 200
				if length > limit {
					want, status = 1, 503
				}
				if seen.Load() != want || s.status != status {
					t.Errorf("%s, %d bytes, chunked %t: seen %d times, status %d", protocol, length, chunked, seen.Load(), s.status)
				}
				if got := r.Body.(countedBody).ReadCloser; got != source || s.received.Load() != int64(length) {
					t.Errorf("%s, %d bytes, chunked %t: %d bytes read of the client", protocol, length, chunked, s.received.Load())
				}
			}
		}
	}
}

// Streaming stays streaming: the target sees the beginning of a body before its
// end has come, and a target that answers before that is not waited for.
func TestReplayStreams(t *testing.T) {
	var seen atomic.Int64
	came := make(chan struct{}, 2)
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"retries":{"statuses":["503"],"budget":100,"budget_per_second":1000,"backoff":"1ms"}`, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 1 {
			p := make([]byte, 5)
			_, _ = io.ReadFull(r.Body, p)
			came <- struct{}{}
			w.WriteHeader(503)
			return
		}
		got, _ := io.ReadAll(r.Body)
		_, _ = w.Write(got)
	})), "route", "r", `{"upstream":"u"}`)
	pr, pw := io.Pipe()
	go func() {
		_, _ = io.WriteString(pw, "first")
		<-came
		_, _ = io.WriteString(pw, " second")
		_ = pw.Close()
	}()
	r := get("/")
	r.Method, r.ContentLength, r.Body = "PUT", -1, pr
	if s := b.serve(context.Background(), r); s.status != 200 || s.body != "first second" || seen.Load() != 2 {
		t.Errorf("status %d, body %q, seen %d times", s.status, s.body, seen.Load())
	}
}

// Expect: 100-continue: the body is not read for a try whose target does not want
// it, and goes to one that does.
func TestReplayAfterExpectation(t *testing.T) {
	var seen, early atomic.Int64
	s := &stream{}
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"retries":{"statuses":["503"],"budget":100,"budget_per_second":1000,"backoff":"1ms"}`, faulty(t, &seen, func(conn net.Conn) {
		if seen.Load() == 1 {
			early.Store(s.received.Load())
			_, _ = io.WriteString(conn, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		body := make([]byte, 4)
		_, _ = io.ReadFull(conn, body)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"+string(body))
	})), "route", "r", `{"upstream":"u"}`)
	r := get("/", "expect: 100-continue")
	r.Method, r.ContentLength, r.Body = "PUT", 4, countedBody{io.NopCloser(strings.NewReader("body")), &s.received}
	b.proxy.Serve(context.Background(), r, s)
	if s.status != 200 || s.body != "body" || early.Load() != 0 || seen.Load() != 2 {
		t.Errorf("status %d, body %q, seen %d times, %d bytes read for a target that refused", s.status, s.body, seen.Load(), early.Load())
	}
}

// S3-107: per_try_timeout ends a try that has no head in time, and nothing else:
// a body may take as long as it wants.
func TestPerTryTimeout(t *testing.T) {
	for _, protocol := range []string{"http", "h2c"} {
		var seen atomic.Int64
		b := start(t)
		b.apply("upstream", "u", upstreamOf(`,"protocol":"`+protocol+`","retries":{"on":["timeout"],"per_try_timeout":"150ms","budget":100,"budget_per_second":1000,"backoff":"1ms"}`,
			testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
				if seen.Add(1) == 1 {
					<-r.Context().Done()
					return
				}
				w.WriteHeader(200)
				_ = http.NewResponseController(w).Flush()
				time.Sleep(400 * time.Millisecond) // longer than a try
				_, _ = io.WriteString(w, "slow")
			})), "route", "r", `{"upstream":"u"}`)
		began := time.Now()
		s := b.serve(context.Background(), get("/"))
		if took := time.Since(began); s.status != 200 || s.body != "slow" || seen.Load() != 2 || took > patience {
			t.Errorf("%s: status %d, body %q, seen %d times, after %s", protocol, s.status, s.body, seen.Load(), took)
		}
	}
}

// S3-107: request_timeout and the route's timeout end all tries together, the
// earlier one first.
func TestRequestTimeout(t *testing.T) {
	for _, test := range []struct {
		route, upstream string
		answers         bool // 200 with an endless body, so that it is the response that takes too long
	}{
		{"", `,"request_timeout":"60ms"`, false},
		{`,"timeout":"1h"`, `,"request_timeout":"60ms"`, false},
		{`,"timeout":"60ms"`, `,"request_timeout":"1h"`, false},
		{"", `,"request_timeout":"300ms","retries":{"on":["timeout"],"per_try_timeout":"120ms","budget":100,"budget_per_second":1000,"attempts":10}`, false},
		{"", `,"request_timeout":"60ms","retries":{"hedge":{"after":"10ms"},"budget":100,"budget_per_second":1000}`, false},
		{"", `,"request_timeout":"60ms"`, true},
	} {
		b := start(t)
		b.apply("upstream", "u", upstreamOf(test.upstream, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
			if test.answers {
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})), "route", "r", `{"upstream":"u"`+test.route+`}`)
		began := time.Now()
		s := b.serve(context.Background(), get("/"))
		want := 504
		if test.answers {
			want = 200
		}
		if took := time.Since(began); s.status != want || took > patience || b.route.last.Err == nil {
			t.Errorf("%+v: status %d after %s, error %v", test, s.status, took, b.route.last.Err)
		}
	}
}

// A response that is not wanted is the client's all the same when no time is
// left for another try.
func TestNoTimeForARetry(t *testing.T) {
	var seen atomic.Int64
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"request_timeout":"200ms","retries":{"statuses":["503"],"backoff":"1m","max_backoff":"10m","budget":100,"budget_per_second":1000}`,
		faulty(t, &seen, says("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nlast"))), "route", "r", `{"upstream":"u"}`)
	if s := b.serve(context.Background(), get("/")); s.status != 503 || s.body != "last" {
		t.Errorf("status %d, body %q", s.status, s.body)
	}
}

// S1-42: a retry storm is capped: dead targets see at most 1 + budget times the
// requests, and those that are allowed in any case.
func TestRetryStorm(t *testing.T) {
	const requests, workers, percent = 10_000, 20, 20
	var seen atomic.Int64
	b := start(t)
	fails := func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		w.WriteHeader(503)
	}
	b.apply("upstream", "u", upstreamOf(fmt.Sprintf(`,"retries":{"statuses":["503"],"attempts":10,"backoff":"1ms","max_backoff":"1ms","budget":%d,"budget_per_second":3}`, percent),
		testkit.HTTP(t, nil, fails), testkit.HTTP(t, nil, fails)), "route", "r", `{"upstream":"u"}`)
	began := time.Now()
	var ended sync.WaitGroup
	for range workers {
		ended.Go(func() {
			for range requests / workers {
				s := &stream{}
				b.proxy.Serve(context.Background(), get("/"), s)
				if s.status != 503 {
					t.Errorf("status %d", s.status)
				}
			}
		})
	}
	ended.Wait()
	floor := int64(3 * (time.Since(began).Seconds() + 1))
	if got := seen.Load(); got > requests+requests*percent/100+floor || got <= requests {
		t.Errorf("seen %d times, %d in any case", got, floor)
	}
}

// A client that goes while its request waits for the next try is not answered,
// and nothing is sent any more.
func TestClientGoesDuringBackoff(t *testing.T) {
	var seen atomic.Int64
	b := start(t)
	ctx, leave := context.WithCancel(context.Background())
	b.apply("upstream", "u", upstreamOf(`,"retries":{"on":["reset"],"backoff":"1m","max_backoff":"1m","budget":100,"budget_per_second":1000}`,
		faulty(t, &seen, func(net.Conn) { time.AfterFunc(50*time.Millisecond, leave) })), "route", "r", `{"upstream":"u"}`)
	if s := b.serve(ctx, get("/")); s.status != 0 || !s.reset || seen.Load() > 2 {
		t.Errorf("status %d, seen %d times", s.status, seen.Load())
	}
}

// A plugin around the upstream that asks twice begins anew each time.
func TestAskedTwiceWithRetries(t *testing.T) {
	var seen atomic.Int64
	twice := hook{wrap: func(next plugin.Transport) plugin.Transport {
		return roundTrip(func(x *plugin.Exchange) error {
			if err := next.RoundTrip(x); err != nil || x.Response.Status != 503 {
				return errors.New("no response to the first")
			}
			_ = x.Response.Body.Close()
			return next.RoundTrip(x)
		})
	}}
	b := start(t)
	b.apply("upstream", "u", upstreamOf(`,"retries":{"statuses":["503"],"backoff":"1ms","budget":100,"budget_per_second":1000},"limits":{"max_requests":1}`,
		faulty(t, &seen, says("HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nlast"))), "route", "r", `{"upstream":"u","plugins":{"a":`+b.hook("a", twice)+`}}`)
	if s := b.serve(context.Background(), get("/")); s.status != 503 || seen.Load() != 6 {
		t.Errorf("status %d, seen %d times", s.status, seen.Load())
	}
	if s := b.serve(context.Background(), get("/")); s.status != 503 || seen.Load() != 12 { // its place is free again
		t.Errorf("status %d, seen %d times", s.status, seen.Load())
	}
}
