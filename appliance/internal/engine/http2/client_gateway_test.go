// SPDX-License-Identifier: Apache-2.0

package http2_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	xhttp2 "golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/http2"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/session"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine/sock"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// A relaying passes every request on to one target.
type relaying struct {
	*listening
	client  *http2.Client
	running atomic.Int64
}

func newGateway(t testing.TB, address string, change ...func(*http2.ClientOptions)) *relaying {
	g := &relaying{}
	g.client, _ = newClient(t, address, change...)
	g.listening = listen(t, session.Options{Handler: handle(g.pass), MaxStreams: 1000}, false)
	return g
}

func (g *relaying) pass(ctx context.Context, r *message.Request, s message.Stream) {
	g.running.Add(1)
	defer g.running.Add(-1)
	var response message.Response
	if err := g.client.RoundTrip(ctx, r, &response, s); err != nil {
		failed := message.Response{Status: 502}
		if r.IsGRPC() {
			failed.Status = 200
			failed.Header.Add("content-type", "application/grpc")
			failed.Header.Add("grpc-status", "14")
			failed.Header.Add("grpc-message", strings.ReplaceAll(err.Error(), "\n", " "))
		}
		_, _ = s.Respond(&failed)
		return
	}
	if _, err := s.Respond(&response); err != nil {
		s.Reset()
	}
}

func (g *relaying) grpc(t testing.TB) grpc_testing.TestServiceClient {
	conn, err := grpc.NewClient("passthrough:///"+g.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(testkit.MaxMessage), grpc.MaxCallSendMsgSize(testkit.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return grpc_testing.NewTestServiceClient(conn)
}

func payload(size int) *grpc_testing.Payload { return &grpc_testing.Payload{Body: make([]byte, size)} }

// S1-37, S1-57: gRPC calls of all kinds pass from one HTTP/2 connection to
// another one.
func TestGatewayGRPC(t *testing.T) {
	g := newGateway(t, testkit.GRPC(t))
	c := g.grpc(t)
	var header, end metadata.MD
	ctx := metadata.AppendToOutgoingContext(timeout(t), "x-echo", "kept")
	for _, size := range []int{0, 1, 100_000, 4 << 20} {
		answer, err := c.UnaryCall(ctx, &grpc_testing.SimpleRequest{Payload: payload(size), ResponseSize: int32(size)}, grpc.Header(&header), grpc.Trailer(&end))
		if err != nil || len(answer.GetPayload().GetBody()) != size {
			t.Fatalf("%d bytes: %d, %v", size, len(answer.GetPayload().GetBody()), err)
		}
		if !slices.Equal(header.Get("x-echo"), []string{"kept"}) || !slices.Equal(end.Get("x-echo"), []string{"kept"}) {
			t.Errorf("metadata %v, %v", header, end)
		}
	}
	_, err := c.UnaryCall(timeout(t), &grpc_testing.SimpleRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.FailedPrecondition), Message: "not yet"}})
	if s := status.Convert(err); s.Code() != codes.FailedPrecondition || s.Message() != "not yet" {
		t.Error(err)
	}
	stream, err := c.FullDuplexCall(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 { // every answer comes before the next question
		if err := stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{{Size: int32(i)}}}); err != nil {
			t.Fatal(err)
		}
		if m, err := stream.Recv(); err != nil || len(m.GetPayload().GetBody()) != i {
			t.Fatal(err)
		}
	}
	_ = stream.CloseSend()
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	sum, err := c.StreamingInputCall(timeout(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err := sum.Send(&grpc_testing.StreamingInputCallRequest{Payload: payload(50_000)}); err != nil {
			t.Fatal(err)
		}
	}
	if total, err := sum.CloseAndRecv(); err != nil || total.GetAggregatedPayloadSize() != 5_000_000 {
		t.Errorf("%v, %v", total, err)
	}
	eventually(t, "all exchanges are over", func() bool { return g.running.Load() == 0 })
}

// A cancellation passes at once, both ways.
func TestGatewayCancel(t *testing.T) {
	g := newGateway(t, testkit.GRPC(t))
	c := g.grpc(t)
	ctx, cancel := context.WithCancel(timeout(t))
	failed := make(chan error, 1)
	go func() {
		_, err := c.UnaryCall(ctx, &grpc_testing.SimpleRequest{ResponseSize: -1})
		failed <- err
	}()
	eventually(t, "the unary call begins", func() bool { return g.running.Load() == 1 })
	cancel()
	if err := within(t, "the unary call is canceled", failed); status.Code(err) != codes.Canceled {
		t.Error(err)
	}
	eventually(t, "the unary call ends", func() bool { return g.running.Load() == 0 })
	for _, byServer := range []bool{false, true} {
		ctx, cancel := context.WithCancel(timeout(t))
		defer cancel()
		stream, err := c.FullDuplexCall(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_ = stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{{Size: 1}}})
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
		want := codes.Canceled
		if byServer {
			want = codes.Aborted
			_ = stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseStatus: &grpc_testing.EchoStatus{Code: int32(codes.Aborted)}})
		} else {
			cancel()
		}
		if _, err := stream.Recv(); status.Code(err) != want {
			t.Errorf("by server %t: %v", byServer, err)
		}
		eventually(t, "the exchange ends", func() bool { return g.running.Load() == 0 })
	}
}

// A target that breaks off in the middle of a body is never taken for one that
// has ended it, whatever it says or does not say.
func TestTargetBreaksOff(t *testing.T) {
	for name, end := range map[string]func(c *scripted, id uint32){
		"connection": func(c *scripted, _ uint32) { c.conn.Close() },
		"half":       func(c *scripted, _ uint32) { _ = c.conn.(*net.TCPConn).CloseWrite() },
		"reset":      func(c *scripted, id uint32) { _ = c.framer.WriteRSTStream(id, xhttp2.ErrCodeNo) },
		"goaway":     func(c *scripted, _ uint32) { _ = c.framer.WriteGoAway(0, xhttp2.ErrCodeInternal, nil) },
	} {
		address := target(t, func(c *scripted, _ int) {
			c.greet()
			head := c.request()
			if head == nil {
				return
			}
			c.head(head.StreamID, false, ":status", "200")
			_ = c.framer.WriteData(head.StreamID, false, []byte("part"))
			end(c, head.StreamID)
			c.drain()
		})
		c, _ := newClient(t, address)
		_, _, err := ask(timeout(t), c, get("GET", "/", nil))
		if failed := failure(t, err); failed.Phase != message.PhaseResponse || failed.Retryable() {
			t.Errorf("%s: %v", name, err)
		}
		response, err := browser(t, false).Get("http://" + newGateway(t, address).address)
		if err == nil {
			var body []byte
			if body, err = io.ReadAll(response.Body); err == nil {
				t.Errorf("%s: through the gateway: %q", name, body)
			}
			response.Body.Close()
		}
	}
}

// Many more streams than a connection takes make more connections, and never
// more streams than it takes (S0-14).
func TestMoreStreamsThanAConnectionTakes(t *testing.T) {
	const limit, requests = 10, 1000
	var arrived, most atomic.Int64
	release := make(chan struct{}) // closed when all are at the target at once
	c, d := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet(xhttp2.Setting{ID: xhttp2.SettingMaxConcurrentStreams, Val: limit})
		var answers sync.WaitGroup
		defer answers.Wait()
		for n := int64(0); ; {
			head := c.request()
			switch {
			case head == nil:
				return
			case head.PseudoValue("path") == "/first": // by which the client learns the limit
				c.ok(head.StreamID, "ok")
				continue
			}
			n++
			most.Store(max(most.Load(), n))
			answers.Go(func() {
				<-release
				if n == limit {
					for i := range uint32(limit) {
						c.ok(head.StreamID-2*i, "ok")
					}
				}
			})
			if arrived.Add(1) == requests {
				close(release)
			}
		}
	}))
	for range 2 { // the second one comes when the SETTINGS have
		if _, _, err := ask(timeout(t), c, get("GET", "/first", nil)); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			if _, body, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil || body != "ok" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
	all.Wait()
	if n := d.dialled.Load(); most.Load() != limit || n != requests/limit {
		t.Errorf("%d connections, up to %d streams", n, most.Load())
	}
}

// A target whose connections end by GOAWAY again and again loses no request.
func TestGoAwayUnderLoad(t *testing.T) {
	c, d := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet()
		for i := 0; ; i++ {
			head, body := c.whole()
			if head == nil {
				return
			}
			switch { // in two steps, as servers do that mean it well
			case i == 20:
				_ = c.framer.WriteGoAway(1<<31-1, xhttp2.ErrCodeNo, nil)
			case i == 25:
				_ = c.framer.WriteGoAway(head.StreamID, xhttp2.ErrCodeNo, nil)
			case i > 25:
				continue // not acted on
			}
			c.ok(head.StreamID, string(body))
		}
	}))
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := range 60 {
				content := fmt.Sprint(worker, i)
				request := get("POST", "/", strings.NewReader(content))
				request.ContentLength = int64(len(content))
				if _, body, err := ask(timeout(t), c, request); err != nil || body != content {
					t.Errorf("%q, %v", body, err)
				}
			}
		})
	}
	all.Wait()
	if d.dialled.Load() < 10 {
		t.Errorf("only %d connections", d.dialled.Load())
	}
}

// The target's windows are never overrun, however small, and bodies pass
// through them (RFC 9113, section 6.9).
func TestTinyWindows(t *testing.T) {
	const size = 2000
	c, _ := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet(xhttp2.Setting{ID: xhttp2.SettingInitialWindowSize, Val: 1})
		head := c.request()
		if head == nil {
			return
		}
		window, got := 65535, 0 // SETTINGS may come late
		for {
			f := c.next()
			data, is := f.(*xhttp2.DataFrame)
			if !is {
				return
			}
			n := len(data.Data())
			if got += n; got > 0 && window == 65535 {
				window = 1
			}
			if data.StreamEnded() {
				c.ok(head.StreamID, fmt.Sprint(got))
				c.drain()
				return
			}
			_ = c.framer.WriteWindowUpdate(head.StreamID, 7)
			_ = c.framer.WriteWindowUpdate(0, uint32(max(n, 1)))
		}
	}))
	for _, known := range []bool{true} {
		request := get("POST", "/", bytes.NewReader(make([]byte, size)))
		if known {
			request.ContentLength = size
		}
		if _, body, err := ask(timeout(t), c, request); err != nil || body != fmt.Sprint(size) {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// A silent target is asked, and given up if it does not answer; one that
// answers is not.
func TestPing(t *testing.T) {
	for _, answers := range []bool{true, false} {
		pings, release := make(chan struct{}, 100), make(chan struct{})
		c, _ := newClient(t, target(t, func(c *scripted, _ int) {
			c.greet()
			var id uint32
			for {
				f, err := c.framer.ReadFrame()
				if err != nil {
					return
				}
				switch f := f.(type) {
				case *xhttp2.MetaHeadersFrame:
					id = f.StreamID
				case *xhttp2.PingFrame:
					pings <- struct{}{}
					if answers {
						_ = c.framer.WritePing(true, f.Data)
						if len(pings) == 3 {
							close(release)
							c.ok(id, "ok")
						}
					}
				}
			}
		}), func(o *http2.ClientOptions) {
			o.PingAfter, o.PingTimeout = 10*time.Millisecond, 10*time.Millisecond
			if answers {
				o.PingTimeout = patience
			}
		})
		_, body, err := ask(timeout(t), c, get("GET", "/", nil))
		if answers {
			if err != nil || body != "ok" {
				t.Errorf("%q, %v", body, err)
			}
			within(t, "three pings", release)
			continue
		}
		if failed := failure(t, err); failed.Phase != message.PhaseHead || !strings.Contains(err.Error(), "PING") || c.Open() != 0 {
			t.Error(err)
		}
	}
}

// A connection that nobody uses is closed in order, and so are all with Close.
func TestIdleConnectionsAreClosed(t *testing.T) {
	for name, end := range map[string]func(*http2.Client){
		"idle timeout": nil,
		"CloseIdle":    (*http2.Client).CloseIdle,
		"Close":        (*http2.Client).Close,
	} {
		away := make(chan xhttp2.ErrCode, 1)
		c, _ := newClient(t, target(t, func(c *scripted, _ int) {
			c.greet()
			for {
				switch f := c.next().(type) {
				case nil:
					return
				case *xhttp2.MetaHeadersFrame:
					c.ok(f.StreamID, "ok")
				case *xhttp2.GoAwayFrame:
					away <- f.ErrCode
				}
			}
		}), func(o *http2.ClientOptions) {
			if end == nil {
				o.IdleTimeout = 20 * time.Millisecond
			}
		})
		if _, _, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil {
			t.Fatal(err)
		}
		if end != nil {
			end(c)
		}
		if code := within(t, name, away); code != xhttp2.ErrCodeNo {
			t.Errorf("%s: GOAWAY %s", name, code)
		}
		if _, body, err := ask(timeout(t), c, get("GET", "/", nil)); err != nil || body != "ok" {
			t.Errorf("%s: afterwards: %q, %v", name, body, err)
		}
	}
}

// RFC 8441: an upgrade becomes an extended CONNECT, if the target takes it.
func TestExtendedConnect(t *testing.T) {
	heads := make(chan map[string]string, 1)
	play := func(settings ...xhttp2.Setting) script {
		return func(c *scripted, _ int) {
			c.greet(settings...)
			head := c.request()
			if head == nil {
				return
			}
			fields := make(map[string]string)
			for _, f := range head.Fields {
				fields[f.Name] = f.Value
			}
			heads <- fields
			c.head(head.StreamID, false, ":status", "200", "sec-websocket-protocol", "echo")
			for {
				data, is := c.next().(*xhttp2.DataFrame)
				if !is {
					return
				}
				if n := uint32(len(data.Data())); n > 0 {
					_ = c.framer.WriteWindowUpdate(0, n)
					_ = c.framer.WriteWindowUpdate(head.StreamID, n)
				}
				_ = c.framer.WriteData(head.StreamID, data.StreamEnded(), data.Data())
			}
		}
	}
	upgrade := func() *message.Request {
		r := get("GET", "/chat", nil)
		for _, f := range [][2]string{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"Sec-WebSocket-Version", "13"}} {
			r.Header.Add(f[0], f[1])
		}
		return r
	}
	c, _ := newClient(t, target(t, play(xhttp2.Setting{ID: xhttp2.SettingEnableConnectProtocol, Val: 1})))
	var response message.Response
	if err := c.RoundTrip(timeout(t), upgrade(), &response, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{":method": "CONNECT", ":protocol": "websocket", ":scheme": "http", ":path": "/chat", ":authority": "a.test", "sec-websocket-version": "13"}
	if got := within(t, "the head", heads); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("head %v", got)
	}
	h := &response.Header
	if response.Status != 101 || h.Get("upgrade") != "websocket" || h.Get("sec-websocket-protocol") != "echo" ||
		h.Get("sec-websocket-accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" || response.Tunnel == nil { // RFC 6455, section 1.3
		t.Fatalf("%+v", response)
	}
	for _, size := range []int{1, 60_000} { // less than a window, which the target does not look at
		go func() { _, _ = response.Tunnel.Write(bytes.Repeat([]byte{'x'}, size)) }()
		if n, err := io.CopyN(io.Discard, response.Tunnel, int64(size)); err != nil {
			t.Errorf("%d of %d bytes came back: %v", n, size, err)
		}
	}
	_ = response.Tunnel.(interface{ CloseWrite() error }).CloseWrite()
	if rest, err := io.ReadAll(response.Tunnel); err != nil || len(rest) != 0 {
		t.Errorf("%q, %v", rest, err)
	}
	response.Tunnel.Close()

	without, _ := newClient(t, target(t, play()))
	err := without.RoundTrip(timeout(t), upgrade(), &response, nil)
	if failed := failure(t, err); failed.Phase != message.PhaseRequest || !errors.Is(err, http2.ErrNoConnectProtocol) || failed.Retryable() {
		t.Error(err)
	}
}

// Over TLS, frames may come in records of any size.
func TestOverTLS(t *testing.T) {
	authority := testkit.NewAuthority(t)
	certificate, _, _ := authority.Issue(t, "127.0.0.1")
	address := testkit.HTTP(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.Copy(w, r.Body)
	})
	dial := func() (net.Conn, *sock.Conn) {
		tcp, err := net.Dial("tcp", address)
		if err != nil {
			t.Error(err)
			return nil, nil
		}
		socket, _ := sock.New(tcp.(*net.TCPConn))
		secure := tls.Client(socket, &tls.Config{RootCAs: authority.Pool(), ServerName: "127.0.0.1", NextProtos: []string{"h2"}})
		if err := secure.Handshake(); err != nil {
			t.Error(err)
		}
		return secure, socket
	}
	c, d := newClient(t, address, func(o *http2.ClientOptions) { o.Secure = true })
	c.Adopt(dial()) // the lead's way after ALPN
	for _, size := range []int{0, 1, 8, 9, 10, 1000, 100_000, 1 << 20} {
		content := strings.Repeat("x", size)
		request := get("POST", "/", strings.NewReader(content))
		request.ContentLength = int64(size)
		if _, body, err := ask(timeout(t), c, request); err != nil || body != content {
			t.Fatalf("%d bytes: %d, %v", size, len(body), err)
		}
	}
	if d.dialled.Load() != 0 || c.Open() != 1 {
		t.Errorf("%d connections made, %d open", d.dialled.Load(), c.Open())
	}
}

func sessionOptions() session.Options {
	return session.Options{MaxStreams: 1000, Handler: handle(func(_ context.Context, r *message.Request, s message.Stream) {
		response := message.Response{Status: 200, Body: r.Body, ContentLength: r.ContentLength}
		_, _ = s.Respond(&response)
	})}
}

// A target that breaks the protocol fails all of its streams at once, not when
// it closes the connection.
func TestConnectionErrorFailsAtOnce(t *testing.T) {
	release := make(chan struct{})
	c, _ := newClient(t, target(t, func(c *scripted, _ int) {
		c.greet()
		if c.request() != nil {
			_ = c.framer.WriteRawFrame(xhttp2.FramePing, 0, 1, make([]byte, 8))
		}
		<-release // and does not read
	}))
	failed := make(chan error, 1)
	go func() {
		_, _, err := ask(timeout(t), c, get("GET", "/", nil))
		failed <- err
	}()
	err := within(t, "the request fails", failed)
	close(release)
	if failure(t, err).Phase != message.PhaseHead || !strings.Contains(err.Error(), "PROTOCOL_ERROR") {
		t.Error(err)
	}
}
