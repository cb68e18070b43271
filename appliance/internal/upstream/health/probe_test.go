// SPDX-License-Identifier: Apache-2.0

package health_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	grpchealth "google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// probe makes one check, which has 10 s unless the spec has less than 2.
func probe(t *testing.T, address string, s health.Spec) error {
	t.Helper()
	if s.Check.Timeout.Std() >= 2*time.Second {
		s.Check.Timeout = schema.Duration(10 * time.Second)
	}
	run, closeIt, err := health.NewProbe(address, s)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	return run(t.Context())
}

// says checks what a probe has said: want is "" for a healthy target, and else
// a part of the error.
func says(t *testing.T, name string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", name, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: %v; %q is right", name, err, want)
	}
}

// raw starts a target that does with each connection what serve does.
func raw(t *testing.T, serve func(*net.TCPConn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				serve(conn.(*net.TCPConn))
			})
		}
	})
	return listener.Addr().String()
}

// answer reads the head of a request, and writes a text.
func answer(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		head := make([]byte, 0, 4096)
		for !bytes.Contains(head, []byte("\r\n\r\n")) {
			n, err := c.Read(head[len(head):cap(head)])
			if err != nil {
				return
			}
			head = head[:len(head)+n]
		}
		io.WriteString(c, text)
	}
}

func hang(c *net.TCPConn) { io.Copy(io.Discard, c) }

func reset(c *net.TCPConn) {
	c.Read(make([]byte, 1))
	c.SetLinger(0)
}

const short = schema.Duration(50 * time.Millisecond)

// S1-05: what a GET says of targets that answer.
func TestHTTP(t *testing.T) {
	filler := strings.Repeat("x", 4096)
	address := testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if code, err := strconv.Atoi(r.URL.Query().Get("status")); err == nil {
			w.WriteHeader(code)
		}
		blocks, _ := strconv.Atoi(r.URL.Query().Get("blocks"))
		for range blocks {
			io.WriteString(w, filler)
		}
		io.WriteString(w, r.URL.Query().Get("text"))
	})
	for name, test := range map[string]struct {
		change func(*api.ActiveCheck)
		want   string
	}{
		"200": {nil, ""},
		"204": {func(c *api.ActiveCheck) { c.Path = "/?status=204" }, ""},
		"503": {func(c *api.ActiveCheck) { c.Path = "/?status=503" }, "status 503, and 200-299 is expected"},
		"302": {func(c *api.ActiveCheck) { c.Path = "/?status=302" }, "status 302, and 200-299 is expected"},
		"expected": {func(c *api.ActiveCheck) {
			c.Path, c.ExpectedStatuses = "/?status=401", []api.StatusRange{"200", "400-403"}
		}, ""},
		"not expected":           {func(c *api.ActiveCheck) { c.ExpectedStatuses = []api.StatusRange{"201", "400-403"} }, "status 200, and 201, 400-403 is expected"},
		"body":                   {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?text=all+is+well", "is well" }, ""},
		"wrong body":             {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?text=all+is+ill", "is well" }, "do not have the expected text"},
		"no body":                {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?status=204", "is well" }, "do not have the expected text"},
		"far within":             {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?blocks=15&text=well", "well" }, ""},
		"across reads":           {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?blocks=1&text=well", "xxxxxxwell" }, ""},
		"beyond 64 KiB":          {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?blocks=16&text=well", "well" }, "do not have the expected text"},
		"long and of no matter":  {func(c *api.ActiveCheck) { c.Path = "/?blocks=100" }, ""},
		"longest expected":       {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?blocks=3", filler[:1024] }, ""},
		"wrong status, and body": {func(c *api.ActiveCheck) { c.Path, c.ExpectedBody = "/?status=500&text=well", "well" }, "status 500"},
	} {
		for _, protocol := range []string{api.ProtocolHTTP, api.ProtocolH2C, api.ProtocolGRPC} {
			s := spec(test.change)
			s.Protocol = protocol
			says(t, protocol+": "+name, probe(t, address, s), test.want)
		}
	}
}

// What a target sees of a check.
func TestHTTPRequest(t *testing.T) {
	authority := testkit.NewAuthority(t)
	var got atomic.Pointer[testkit.Echo]
	see := func(w http.ResponseWriter, r *http.Request) {
		record := httptest.NewRecorder()
		testkit.EchoHTTP(record, r)
		var e testkit.Echo
		json.Unmarshal(record.Body.Bytes(), &e)
		got.Store(&e)
	}
	plain, secure := testkit.HTTP(t, nil, see), testkit.HTTP(t, testkit.ServerTLS(t, authority, "127.0.0.1"), see)
	proto := map[string]string{
		api.ProtocolHTTP: "HTTP/1.1", api.ProtocolHTTPS: "HTTP/2.0", api.ProtocolH2C: "HTTP/2.0", api.ProtocolGRPC: "HTTP/2.0", api.ProtocolGRPCS: "HTTP/2.0",
	}
	for protocol, want := range proto {
		address := plain
		if protocol == api.ProtocolHTTPS || protocol == api.ProtocolGRPCS {
			address = secure
		}
		s := spec(nil)
		s.Protocol, s.TLS = protocol, &tls.Config{RootCAs: authority.Pool()}
		says(t, protocol, probe(t, address, s), "")
		if e := got.Load(); e.Proto != want || e.Method != "GET" || e.Host != address || e.Target != "/" || e.Body != "" || e.Header.Get("User-Agent") != "penstock-health/1" {
			t.Errorf("%s: %+v", protocol, e)
		}
		s.Check.Path, s.Check.Host = "/health?full=1&x=%20", "shop.test"
		s.Check.Headers = map[string]string{"X-Token": "abc", "User-Agent": "mine/2"} // the api refuses those of connections and bodies
		says(t, protocol, probe(t, address, s), "")
		if e := got.Load(); e.Host != "shop.test" || e.Target != "/health?full=1&x=%20" || e.Header.Get("X-Token") != "abc" ||
			e.Header.Get("User-Agent") != "mine/2" || e.Body != "" {
			t.Errorf("%s: %+v", protocol, e)
		}
	}
}

// S1-05, S3-107: what is said of targets that do not answer as they should,
// within the time that a check has.
func TestHTTPFailures(t *testing.T) {
	authority := testkit.NewAuthority(t)
	ok := func(http.ResponseWriter, *http.Request) {}
	trusted := &tls.Config{RootCAs: authority.Pool()}
	secure := testkit.HTTP(t, testkit.ServerTLS(t, authority, "b.test"), ok)
	for name, test := range map[string]struct {
		address  string
		protocol string
		tls      *tls.Config
		timeout  schema.Duration
		want     string
	}{
		"nobody":       {testkit.FreeAddress(t), "http", nil, 0, "no connection: connection refused"},
		"nobody, h2c":  {testkit.FreeAddress(t), "h2c", nil, 0, "no connection: connection refused"},
		"hangs":        {raw(t, hang), "http", nil, short, "no response within 50ms"},
		"hangs, h2c":   {raw(t, hang), "h2c", nil, short, "no response within 50ms"},
		"hangs in TLS": {raw(t, hang), "https", nil, short, "within 50ms"},
		"resets":       {raw(t, reset), "http", nil, 0, "no response: connection reset by peer"},
		"closes":       {raw(t, func(c *net.TCPConn) { c.Read(make([]byte, 4096)) }), "http", nil, 0, "no response: the target closed the connection"},
		"garbage":      {raw(t, answer("SSH-2.0-OpenSSH_9.6\r\n")), "http", nil, 0, "no response: "},
		"garbage, h2c": {raw(t, answer("HTTP/1.1 400 Bad Request\r\n\r\n")), "h2c", nil, 0, "no "},
		"breaks off":   {raw(t, answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")), "http", nil, 0, "the response broke off: the target closed the connection"},
		"stays short": {raw(t, func(c *net.TCPConn) {
			answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")(c)
			hang(c)
		}), "http", nil, short, "the response was not complete within 50ms"},
		"switches":    {raw(t, answer("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")), "http", nil, 0, "no response: "},
		"no TLS":      {testkit.HTTP(t, nil, ok), "https", nil, 0, "the TLS handshake failed: "},
		"other name":  {secure, "https", &tls.Config{RootCAs: authority.Pool(), ServerName: "a.test"}, 0, "certificate is valid for b.test, not a.test"},
		"address":     {secure, "https", trusted, 0, "x509: cannot validate certificate for 127.0.0.1"},
		"not trusted": {secure, "grpcs", &tls.Config{ServerName: "b.test"}, 0, "certificate signed by unknown authority"},
		"right name":  {secure, "https", &tls.Config{RootCAs: authority.Pool(), ServerName: "b.test"}, 0, ""},
		"any name":    {secure, "https", &tls.Config{InsecureSkipVerify: true}, 0, ""},
		"no address":  {"nobody", "http", nil, 0, "is none"},
	} {
		s := spec(nil)
		s.Protocol, s.TLS = test.protocol, test.tls
		if test.timeout != 0 {
			s.Check.Timeout = test.timeout
		}
		if name == "no address" {
			_, _, err := health.NewProbe(test.address, s)
			says(t, name, err, test.want)
			continue
		}
		says(t, name, probe(t, test.address, s), test.want)
	}
}

// A client certificate is shown to targets that ask for one.
func TestClientCertificate(t *testing.T) {
	authority := testkit.NewAuthority(t)
	config := testkit.ServerTLS(t, authority, "127.0.0.1")
	config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, authority.Pool()
	address := testkit.HTTP(t, config, func(http.ResponseWriter, *http.Request) {})
	own, _, _ := authority.Issue(t, "gateway.test")
	for _, kind := range []string{api.CheckHTTP, api.CheckTCP} {
		s := spec(func(c *api.ActiveCheck) { c.Type = kind })
		s.Protocol, s.TLS = api.ProtocolHTTPS, &tls.Config{RootCAs: authority.Pool(), Certificates: []tls.Certificate{own}}
		says(t, kind, probe(t, address, s), "")
	}
	s := spec(nil)
	s.Protocol, s.TLS = api.ProtocolHTTPS, &tls.Config{RootCAs: authority.Pool()}
	says(t, "without", probe(t, address, s), "no response: ") // its alert, or that it closed the connection
}

// S1-05: a connection is enough, with TLS where the upstream has it.
func TestTCP(t *testing.T) {
	authority := testkit.NewAuthority(t)
	ok := func(http.ResponseWriter, *http.Request) {}
	secure := testkit.HTTP(t, testkit.ServerTLS(t, authority, "b.test"), ok)
	trusted := &tls.Config{RootCAs: authority.Pool(), ServerName: "b.test"}
	_, port, _ := net.SplitHostPort(raw(t, hang))
	number, _ := strconv.Atoi(port)
	for name, test := range map[string]struct {
		address, protocol string
		tls               *tls.Config
		port              int
		want              string
	}{
		"silent":           {raw(t, hang), "http", nil, 0, ""},
		"nobody":           {testkit.FreeAddress(t), "http", nil, 0, "no connection: connection refused"},
		"other port":       {testkit.FreeAddress(t), "grpc", nil, number, ""},
		"TLS":              {secure, "https", trusted, 0, ""},
		"TLS, h2":          {secure, "grpcs", trusted, 0, ""},
		"other name":       {secure, "https", &tls.Config{RootCAs: authority.Pool()}, 0, "x509: cannot validate certificate for 127.0.0.1"},
		"no TLS":           {testkit.HTTP(t, nil, ok), "https", nil, 0, "the TLS handshake failed: "},
		"silent, with TLS": {raw(t, hang), "https", nil, 0, "the TLS handshake was not over within 50ms"},
	} {
		s := spec(func(c *api.ActiveCheck) { c.Type, c.Port = api.CheckTCP, test.port })
		s.Protocol, s.TLS = test.protocol, test.tls
		if strings.HasPrefix(name, "silent, ") {
			s.Check.Timeout = short
		}
		says(t, name, probe(t, test.address, s), test.want)
	}
}

// grpcTarget starts a gRPC server.
func grpcTarget(t *testing.T, register func(*grpc.Server), options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	register(server)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-ended
	})
	return listener.Addr().String()
}

// A failing health server answers by a function.
type failing struct {
	grpc_health_v1.UnimplementedHealthServer
	err error
}

func (f failing) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	return nil, f.err
}

// S1-05: the gRPC health checking protocol, with the servers of grpc-go.
func TestGRPC(t *testing.T) {
	authority := testkit.NewAuthority(t)
	states := grpchealth.NewServer()
	states.SetServingStatus("shop.Cart", grpc_health_v1.HealthCheckResponse_SERVING)
	states.SetServingStatus("shop.Stock", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	register := func(s *grpc.Server) { grpc_health_v1.RegisterHealthServer(s, states) }
	fails := func(err error) func(*grpc.Server) {
		return func(s *grpc.Server) { grpc_health_v1.RegisterHealthServer(s, failing{err: err}) }
	}
	plain := grpcTarget(t, register)
	secure := grpcTarget(t, register, grpc.Creds(credentials.NewTLS(testkit.ServerTLS(t, authority, "127.0.0.1"))))
	for name, test := range map[string]struct {
		address, protocol, service string
		timeout                    schema.Duration
		want                       string
	}{
		"server":         {plain, "grpc", "", 0, ""},
		"of http":        {plain, "http", "", 0, ""},
		"TLS":            {secure, "grpcs", "", 0, ""},
		"TLS, of https":  {secure, "https", "shop.Cart", 0, ""},
		"service":        {plain, "grpc", "shop.Cart", 0, ""},
		"not serving":    {plain, "grpc", "shop.Stock", 0, "the target says NOT_SERVING"},
		"unknown":        {plain, "grpc", "shop.Other", 0, `gRPC status 5 (NOT_FOUND): the target does not know the service "shop.Other"`},
		"unimplemented":  {testkit.GRPC(t), "grpc", "", 0, "gRPC status 12 (UNIMPLEMENTED): the target does not serve grpc.health.v1.Health"},
		"other status":   {grpcTarget(t, fails(status.Error(codes.Unavailable, "warming up, 50%"))), "grpc", "", 0, `gRPC status 14 (UNAVAILABLE): "warming up, 50%"`},
		"no gRPC server": {testkit.HTTP(t, nil, func(http.ResponseWriter, *http.Request) {}), "grpc", "", 0, "the response has no grpc-status: the target is no gRPC server"},
		"no status": {testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("grpc-status", "99") }), "grpc", "", 0,
			"gRPC status 99"},
		"404": {testkit.HTTP(t, nil, http.NotFound), "grpc", "", 0, "HTTP status 404, and a gRPC server answers 200"},
		"long reply": {testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 10_000)) }), "grpc", "", 0,
			"the reply is too long"},
		"HTTP/1.1": {raw(t, answer("HTTP/1.1 400 Bad Request\r\n\r\n")), "grpc", "", 0, "no "},
		"nobody":   {testkit.FreeAddress(t), "grpc", "", 0, "no connection: connection refused"},
		"hangs":    {raw(t, hang), "grpc", "", short, "no response within 50ms"},
		"no TLS":   {plain, "grpcs", "", 0, "the TLS handshake failed: "},
	} {
		s := spec(func(c *api.ActiveCheck) { c.Type, c.Service = api.CheckGRPC, test.service })
		s.Protocol, s.TLS = test.protocol, &tls.Config{RootCAs: authority.Pool()}
		if test.timeout != 0 {
			s.Check.Timeout = test.timeout
		}
		says(t, name, probe(t, test.address, s), test.want)
	}
}

// What a gRPC server sees of a check.
func TestGRPCRequest(t *testing.T) {
	var got atomic.Pointer[http.Request]
	var body atomic.Pointer[[]byte]
	address := testkit.HTTP(t, nil, func(_ http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		body.Store(&all)
		got.Store(r)
	})
	s := spec(func(c *api.ActiveCheck) { c.Type, c.Service, c.Host = api.CheckGRPC, "shop.Cart", "shop.test:443" })
	s.Protocol = api.ProtocolGRPC
	probe(t, address, s)
	r := got.Load()
	if r.Method != "POST" || r.Host != "shop.test:443" || r.URL.Path != "/grpc.health.v1.Health/Check" || r.Header.Get("Content-Type") != "application/grpc" ||
		r.Header.Get("Te") != "trailers" || r.Header.Get("Grpc-Timeout") != "10000m" || r.UserAgent() != "penstock-health/1" {
		t.Errorf("%+v", r)
	}
	want, _ := proto.Marshal(&grpc_health_v1.HealthCheckRequest{Service: "shop.Cart"})
	if want = append([]byte{0, 0, 0, 0, byte(len(want))}, want...); !bytes.Equal(*body.Load(), want) {
		t.Errorf("%q; %q is right", *body.Load(), want)
	}
}

// The reply is read as protobuf reads it, and nothing else is taken for it.
func FuzzServing(f *testing.F) {
	for _, seed := range []string{"\x08\x01", "\x08\x02", "", "\x08", "\x12\x01x\x08\x01", "\x08\x02\x08\x01", "\xff\xff", "\x0b\x0c", "\x0a\x01\x01", "\x08\x81\x80\x80\x80\x10"} {
		f.Add([]byte{0, 0, 0, 0, byte(len(seed))}, []byte(seed))
	}
	f.Add([]byte{1, 0, 0, 0, 2}, []byte("\x08\x01"))
	f.Add([]byte{0, 0, 0, 0, 3}, []byte("\x08\x01"))
	f.Add([]byte{0}, []byte{})
	f.Fuzz(func(t *testing.T, prefix, m []byte) {
		err := health.Serving(append(bytes.Clone(prefix), m...))
		if !bytes.Equal(prefix, []byte{0, 0, 0, byte(len(m) >> 8), byte(len(m))}) {
			return // the prefix may be read as something else; that it is read at all is what is tried
		}
		var r grpc_health_v1.HealthCheckResponse
		right := proto.Unmarshal(m, &r) == nil && r.Status == grpc_health_v1.HealthCheckResponse_SERVING
		if right != (err == nil) {
			t.Errorf("%x: %v; protobuf reads %v", m, err, &r)
		}
	})
}

// A check keeps its connection, and its own alone.
func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "all is well") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	run, closeIt, err := health.NewProbe(server.Listener.Addr().String(), spec(func(c *api.ActiveCheck) { c.ExpectedBody, c.Timeout = "well", schema.Duration(10*time.Second) }))
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	for range 20 {
		if err := run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// S3-120: over the wire, a target that is released is not asked again: the
// request that it has not answered is given up, and no connection comes.
func TestNoProbeAfterRelease(t *testing.T) {
	arrived, gone := make(chan struct{}, 100), make(chan struct{}, 100)
	var opened, requests atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		arrived <- struct{}{}
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	others := make(chan struct{}, 1000)
	other := testkit.HTTP(t, nil, func(http.ResponseWriter, *http.Request) { others <- struct{}{} })

	c := health.NewChecker(health.Options{})
	defer c.Close()
	s := spec(func(c *api.ActiveCheck) {
		c.Interval, c.Timeout = schema.Duration(20*time.Millisecond), schema.Duration(time.Hour)
	})
	w := c.Watch(server.Listener.Addr().String(), s, nil, nothing)
	c.Watch(other, s, nil, nothing)
	<-arrived
	w.Release()
	<-gone
	for len(others) > 0 {
		<-others
	}
	for range 20 {
		<-others
	}
	if opened.Load() != 1 || requests.Load() != 1 {
		t.Errorf("%d connections and %d requests, and one of each is right", opened.Load(), requests.Load())
	}
}

// S3-107: the connection that is being made is given up with the release, too,
// and so it is with the end of the checker.
func TestDialIsGivenUp(t *testing.T) {
	for _, protocol := range []string{api.ProtocolHTTP, api.ProtocolH2C} {
		for _, kind := range []string{api.CheckHTTP, api.CheckTCP, api.CheckGRPC} {
			dialling, ended := make(chan struct{}), make(chan error)
			c := health.NewChecker(health.Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				dialling <- struct{}{}
				<-ctx.Done()
				ended <- ctx.Err()
				return nil, ctx.Err()
			}})
			s := spec(func(c *api.ActiveCheck) {
				c.Type, c.Interval, c.Timeout = kind, schema.Duration(time.Millisecond), schema.Duration(time.Hour)
			})
			s.Protocol = protocol
			w := c.Watch("192.0.2.1:80", s, nil, nothing)
			<-dialling
			w.Release()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("%s, %s: %v", protocol, kind, err)
			}
			c.Close()
		}
	}
}

// A checker with real connections tells what it finds, both ways.
func TestChecker(t *testing.T) {
	var ill atomic.Bool
	address := testkit.HTTP(t, nil, func(w http.ResponseWriter, _ *http.Request) {
		if ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	c := health.NewChecker(health.Options{})
	defer c.Close()
	changes := make(chan struct{}, 10)
	s := spec(func(c *api.ActiveCheck) { c.Interval, c.InitiallyHealthy = schema.Duration(5*time.Millisecond), false })
	w := c.Watch(address, s, nil, func() { changes <- struct{}{} })
	for i, want := range []bool{true, false, true} {
		<-changes
		if w.Healthy() != want {
			t.Fatalf("after change %d: %+v", i, w.Status())
		}
		if s := w.Status(); !want && s.Error != "status 503, and 200-299 is expected" {
			t.Errorf("%+v", s)
		}
		ill.Store(want)
	}
}

// A target that cannot be asked is unhealthy, and says why.
func TestCannotBeAsked(t *testing.T) {
	c := health.NewChecker(health.Options{})
	defer c.Close()
	for _, test := range []struct{ address, kind, want string }{
		{"no-port", api.CheckHTTP, `the target's address "no-port" is none`},
		{"127.0.0.1:80", "x", `there is no check of type "x"`},
	} {
		changed := make(chan struct{}, 1)
		s := spec(func(c *api.ActiveCheck) { c.Type, c.Interval = test.kind, schema.Duration(time.Millisecond) })
		w := c.Watch(test.address, s, nil, func() { changed <- struct{}{} })
		<-changed
		if s := w.Status(); s.Healthy || !strings.Contains(s.Error, test.want) {
			t.Errorf("%+v", s)
		}
		w.Release()
	}
}
