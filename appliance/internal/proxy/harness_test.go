// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/proxy"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// A hook is a plugin that does what its test says. What is nil does nothing.
type hook struct {
	name     string
	request  func(x *plugin.Exchange) error
	response func(x *plugin.Exchange) error
	wrap     func(next plugin.Transport) plugin.Transport
	done     func(x *plugin.Exchange)
	bench    *bench
}

func (h *hook) called(phase string) {
	if h.bench.quiet {
		return
	}
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	h.bench.calls = append(h.bench.calls, h.name+" "+phase)
}

func (h *hook) OnRequest(x *plugin.Exchange) error {
	h.called("request")
	if h.request == nil {
		return nil
	}
	return h.request(x)
}

func (h *hook) OnResponse(x *plugin.Exchange) error {
	h.called("response")
	if h.response == nil {
		return nil
	}
	return h.response(x)
}

func (h *hook) Wrap(next plugin.Transport) plugin.Transport {
	if h.wrap == nil {
		return next
	}
	return h.wrap(next)
}

func (h *hook) OnDone(x *plugin.Exchange) {
	h.called("done")
	if h.done != nil {
		h.done(x)
	}
}

// roundTrip is a plugin.Transport.
type roundTrip func(x *plugin.Exchange) error

func (f roundTrip) RoundTrip(x *plugin.Exchange) error { return f(x) }

// hooks are the plugins of running tests by what their settings say.
var hooks sync.Map

type settings struct {
	Do string `json:"do" doc:"Which hook."`
}

func (*settings) Validate() error { return nil }

func (s *settings) New(*plugin.Env) (any, error) {
	h, ok := hooks.Load(s.Do)
	if !ok {
		return nil, errors.New("no such hook")
	}
	return h, nil
}

// A bench is a proxy under test.
type bench struct {
	t        testing.TB
	compiler *snapshot.Compiler
	proxy    *proxy.Proxy
	route    *meter
	unrouted *meter
	log      strings.Builder

	mu    sync.Mutex
	calls []string // of hooks, such as "a request"
	quiet bool     // calls are not noted
}

// start returns a proxy whose plugins a, b and c run in that order.
func start(t testing.TB, objects ...string) *bench {
	b := &bench{t: t, route: &meter{}, unrouted: &meter{}}
	var specs []*plugin.Spec
	for _, name := range []string{"a", "b", "c"} {
		specs = append(specs, plugin.Define(name, "# "+name+"\n\nDoes it.\n", func() settings { return settings{} }))
	}
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.compiler = snapshot.NewCompiler(plugin.NewCatalogue(specs...), plugin.Env{Log: log, Now: time.Now}, upstream.Env{}, snapshot.Meters{
		Route:  func(string) snapshot.RouteMeter { return b.route },
		Forget: func(string) {},
	})
	t.Cleanup(b.compiler.Close)
	b.proxy = proxy.New(b.compiler.Current(), b.unrouted, log)
	b.apply(objects...)
	return b
}

// apply serves objects, given as kind, id and JSON without the id.
func (b *bench) apply(objects ...string) {
	b.t.Helper()
	if problems := b.try(objects...); len(problems) > 0 {
		b.t.Fatalf("problems: %v", problems)
	}
}

// try serves objects as far as they can be, and returns their problems.
func (b *bench) try(objects ...string) []api.Problem {
	var all []snapshot.Object
	for i := 0; i < len(objects); i += 3 {
		document := strings.Replace(`{"id":"`+objects[i+1]+`",`+strings.TrimPrefix(objects[i+2], "{"), ",}", "}", 1)
		all = append(all, snapshot.Object{Key: api.Key{Kind: objects[i], ID: objects[i+1]}, Value: []byte(document)})
	}
	s := b.compiler.Apply(b.compiler.Current().Revision+1, false, all)
	b.proxy.Swap(s)
	b.compiler.Retire()
	return s.Problems
}

// hook registers a plugin and returns its settings.
func (b *bench) hook(name string, h hook) string {
	h.name, h.bench = name, b
	key := b.t.Name() + "/" + name
	hooks.Store(key, &h)
	b.t.Cleanup(func() { hooks.Delete(key) })
	return `{"do":"` + key + `"}`
}

// meter counts exchanges in and out.
type meter struct {
	mu         sync.Mutex
	begun, end int
	last       plugin.Exchange
	status     int
}

func (m *meter) Begin(*plugin.Exchange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
}

func (m *meter) Done(x *plugin.Exchange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end++
	m.last, m.status = *x, 0
	if x.Response != nil {
		m.status = x.Response.Status
	}
}

// A stream is the client's side of an exchange.
type stream struct {
	status   int // 0 while there is no answer
	header   message.Header
	body     string
	trailer  message.Header
	informed []int
	reset    bool
	err      error // of Respond
	received atomic.Int64
}

func (s *stream) Inform(status int, _ *message.Header) error {
	s.informed = append(s.informed, status)
	return nil
}

func (s *stream) Respond(r *message.Response) (int64, error) {
	s.status, s.header = r.Status, r.Header.Clone()
	if r.Body != nil {
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		s.body = string(body)
		if err != nil && r.Mender != nil {
			if mended := r.Mender.Mend(err); mended != nil {
				r.Trailer, err = mended, nil
			}
		}
		if err != nil {
			return int64(len(body)), err
		}
	}
	if r.Trailer != nil {
		s.trailer = *r.Trailer
	}
	return int64(len(s.body)), s.err
}

func (s *stream) Upgrade(*message.Header) (net.Conn, error) {
	return nil, errors.New("no upgrade here")
}
func (s *stream) Reset()          { s.reset = true }
func (s *stream) Received() int64 { return s.received.Load() }

// get makes a request from 192.0.2.9 on the listener l; fields are lines such
// as "accept: text/html".
func get(path string, fields ...string) *message.Request {
	r := &message.Request{
		Proto: message.HTTP11, Method: "GET", Scheme: "https", Host: "www.example.com", Path: path,
		Listener: "l", Remote: netip.MustParseAddrPort("192.0.2.9:4711"),
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ":")
		r.Header.Add(name, strings.TrimSpace(value))
	}
	return r
}

func call(path string, fields ...string) *message.Request {
	r := get(path, append(fields, "content-type: application/grpc", "te: trailers")...)
	r.Proto, r.Method = message.HTTP2, "POST"
	return r
}

// serve takes a request through the proxy, and holds that it was counted in
// and out.
func (b *bench) serve(ctx context.Context, r *message.Request) *stream {
	b.t.Helper()
	s := &stream{}
	if r.Body != nil {
		r.Body = countedBody{r.Body, &s.received}
	}
	b.proxy.Serve(ctx, r, s)
	if b.route.begun != b.route.end || b.unrouted.begun != b.unrouted.end {
		b.t.Errorf("%d exchanges began and %d ended", b.route.begun+b.unrouted.begun, b.route.end+b.unrouted.end)
	}
	return s
}

// A countedBody counts what is read of it.
type countedBody struct {
	io.ReadCloser
	read *atomic.Int64
}

func (b countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read.Add(int64(n))
	return n, err
}

// target starts a target and returns an upstream of it.
func target(t *testing.T, handler http.HandlerFunc) string {
	return upstreamAt(testkit.HTTP(t, nil, handler), "")
}

func upstreamAt(address, more string) string {
	host, port, _ := net.SplitHostPort(address)
	return `{"targets":[{"host":"` + host + `","port":` + port + `}]` + more + `}`
}

// rawTarget answers every connection with bytes once a head has come.
func rawTarget(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ended.Go(func() {
				defer conn.Close()
				head := make([]byte, 4096)
				for n := 0; !strings.Contains(string(head[:n]), "\r\n\r\n"); {
					m, err := conn.Read(head[n:])
					if err != nil {
						return
					}
					n += m
				}
				_, _ = io.WriteString(conn, answer)
			})
		}
	})
	t.Cleanup(func() { l.Close(); ended.Wait() })
	return l.Addr().String()
}

func lines(calls []string) string { return strings.Join(calls, ", ") }

// startBench returns a proxy with one route and one plugin, which keeps no
// record of its calls.
func startBench(t testing.TB, h hook) *proxy.Proxy {
	b := start(t)
	settings := b.hook("a", h)
	b.quiet = true
	b.apply("upstream", "u", `{}`, "route", "r", `{"upstream":"u","plugins":{"a":`+settings+`}}`)
	return b.proxy
}
