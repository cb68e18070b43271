// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
)

// content is the body of a request or its answer: n bytes that nobody but the
// one with this id has.
func content(id string, n int) []byte {
	line := []byte(id + "\n")
	return bytes.Repeat(line, n/len(line)+1)[:n]
}

// mixedTarget answers /echo with the request's body, /down/N with N bytes of
// the request's content, /sum with the hash of the body, and /ws as a
// WebSocket. The id comes back in a field.
func mixedTarget(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("X-Id")
	w.Header().Set("X-Id", id)
	switch size, down := strings.CutPrefix(r.URL.Path, "/down/"); {
	case r.URL.Path == "/ws":
		testkit.EchoWebSocket(w, r)
	case down:
		n, _ := strconv.Atoi(size)
		_, _ = w.Write(content(id, n)) // a client may go away
	case r.URL.Path == "/sum":
		sum := sha256.New()
		if _, err := io.Copy(sum, r.Body); err != nil {
			return
		}
		fmt.Fprintf(w, "%x", sum.Sum(nil))
	default:
		_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 is that anyway
		_, _ = io.Copy(w, r.Body)                            // likewise
	}
}

// A mix is clients of all kinds, each of which checks that its answers are
// its own.
type mix struct {
	*site
	urls    []string
	clients []*http.Client // of the URLs
	calls   grpc_testing.TestServiceClient
}

// exchange sends a body of some content and wants another one back.
func (m *mix) exchange(ctx context.Context, i int, method, path, id string, body, want []byte) error {
	k := i % len(m.urls)
	r, err := http.NewRequestWithContext(ctx, method, m.urls[k]+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("X-Id", id)
	response, err := m.clients[k].Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return fmt.Errorf("read %s %s: %w", method, path, err)
	case response.StatusCode != 200 || response.Header.Get("X-Id") != id:
		return fmt.Errorf("%s %s: status %d, id %q", method, path, response.StatusCode, response.Header.Get("X-Id"))
	case !bytes.Equal(got, want):
		return fmt.Errorf("%s %s: %d bytes that are not the %d of %s", method, path, len(got), len(want), id)
	}
	return nil
}

func (m *mix) echo(ctx context.Context, i int, id string) error {
	body := content(id, 1+i*7919%100_000)
	return m.exchange(ctx, i, "POST", "/echo", id, body, body)
}

func (m *mix) get(ctx context.Context, i int, id string) error {
	n := i * 104_729 % 200_000
	return m.exchange(ctx, i, "GET", fmt.Sprint("/down/", n), id, nil, content(id, n))
}

func (m *mix) upload(ctx context.Context, i int, id string) error {
	body := content(id, 1<<20)
	return m.exchange(ctx, i, "PUT", "/sum", id, body, fmt.Appendf(nil, "%x", sha256.Sum256(body)))
}

// cancelled gives up in the middle of a download or an upload.
func (m *mix) cancelled(ctx context.Context, i int, id string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k, method, path, body := i%len(m.urls), "GET", "/down/4000000", io.Reader(nil)
	if i/len(m.urls)%2 == 1 {
		method, path, body = "POST", "/echo", io.MultiReader(bytes.NewReader(content(id, 100_000)), waiting{ctx})
	}
	r, err := http.NewRequestWithContext(ctx, method, m.urls[k]+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("X-Id", id)
	if method == "POST" {
		time.AfterFunc(5*time.Millisecond, cancel) // wherever that finds it
	}
	response, err := m.clients[k].Do(r)
	if err != nil {
		if ctx.Err() != nil && method == "POST" {
			return nil
		}
		return err
	}
	defer response.Body.Close()
	part := make([]byte, 20_000)
	n, err := io.ReadFull(response.Body, part)
	cancel()
	if err != nil && method == "GET" || !bytes.Equal(part[:n], content(id, n)) {
		return fmt.Errorf("%s: %d bytes that are not those of %s: %w", method, n, id, err)
	}
	return nil
}

// waiting is a body of which nothing comes until its request is given up.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

func (m *mix) unary(ctx context.Context, i int, id string) error {
	var header, trailer metadata.MD
	size := int32(i * 7919 % 100_000)
	answer, err := m.calls.UnaryCall(metadata.AppendToOutgoingContext(ctx, "x-echo", id), &grpc_testing.SimpleRequest{ResponseSize: size}, grpc.Header(&header), grpc.Trailer(&trailer))
	if err != nil {
		return err
	}
	if got := fmt.Sprint(header.Get("x-echo"), trailer.Get("x-echo"), len(answer.GetPayload().GetBody())); got != fmt.Sprintf("[%s] [%s] %d", id, id, size) {
		return fmt.Errorf("a call of %s was answered with %s", id, got)
	}
	return nil
}

func (m *mix) stream(ctx context.Context, i int, id string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := m.calls.FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for k := range 5 {
		size := int32((i*k + k) * 997 % 50_000)
		if err := stream.Send(&grpc_testing.StreamingOutputCallRequest{ResponseParameters: []*grpc_testing.ResponseParameters{{Size: size}}}); err != nil {
			return err
		}
		if answer, err := stream.Recv(); err != nil || len(answer.GetPayload().GetBody()) != int(size) {
			return fmt.Errorf("message %d of %s has %d bytes, not %d: %w", k, id, len(answer.GetPayload().GetBody()), size, err)
		}
	}
	if i%2 == 0 { // gives up instead of ending
		cancel()
		if _, err := stream.Recv(); grpcstatus.Code(err) != codes.Canceled {
			return fmt.Errorf("a stream that was given up: %w", err)
		}
		return nil
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the end of a stream: %w", err)
	}
	return nil
}

func (m *mix) socket(ctx context.Context, i int, id string) error {
	conn, _, err := websocket.Dial(ctx, "ws://"+m.plain+"/ws", nil)
	if err != nil {
		return err
	}
	defer func() { _ = conn.CloseNow() }() // fails if Close was called
	conn.SetReadLimit(-1)
	for k := range 5 {
		message := content(fmt.Sprint(id, " ", k), 1+(i+k)*7919%70_000)
		if err := conn.Write(ctx, websocket.MessageText, message); err != nil {
			return err
		}
		if _, got, err := conn.Read(ctx); err != nil || !bytes.Equal(got, message) {
			return fmt.Errorf("message %d of %s came back as %d bytes: %w", k, id, len(got), err)
		}
	}
	if i%2 == 0 {
		return nil // cut off
	}
	return conn.Close(websocket.StatusNormalClosure, "")
}

// Everything at once, under the race detector too: every answer is that of its
// request, and nothing is left behind.
func TestMixedLoad(t *testing.T) {
	s := newSite(t, gatewaytest.Start(t, nil))
	target := testkit.HTTP(t, nil, mixedTarget)
	web := strings.TrimSuffix(upstream(target, "http"), "}")
	s.Put(t, "upstream", "web", web+"}")
	m := &mix{site: s}
	secure := &tls.Config{RootCAs: s.authority.Pool(), ServerName: "localhost"}
	var closing []func()
	for _, c := range []struct {
		url    string
		secure *tls.Config
		speak  func(*http.Protocols)
	}{
		{"http://" + s.plain, nil, func(p *http.Protocols) { p.SetHTTP1(true) }},
		{"http://" + s.plain, nil, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
		{"https://" + s.secure, secure, func(p *http.Protocols) { p.SetHTTP1(true) }},
		{"https://" + s.secure, secure, func(p *http.Protocols) { p.SetHTTP2(true) }},
	} {
		transport := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: c.secure.Clone(), MaxIdleConnsPerHost: 10}
		c.speak(transport.Protocols)
		closing = append(closing, transport.CloseIdleConnections)
		m.urls, m.clients = append(m.urls, c.url), append(m.clients, &http.Client{Transport: transport})
	}
	conn, err := grpc.NewClient(s.plain, grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(t, err)
	closing = append(closing, func() { conn.Close() })
	m.calls = grpc_testing.NewTestServiceClient(conn)

	round := func(n int) {
		ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
		defer cancel()
		var running sync.WaitGroup
		for name, one := range map[string]func(ctx context.Context, i int, id string) error{
			"echo": m.echo, "get": m.get, "upload": m.upload, "cancelled": m.cancelled, "unary": m.unary, "stream": m.stream, "socket": m.socket,
		} {
			for k := range 2 {
				running.Go(func() {
					for i := range n {
						if err := one(ctx, 2*i+k, fmt.Sprintf("%s-%d-%d", name, k, i)); err != nil {
							t.Errorf("%s %d: %v", name, i, err)
							return
						}
					}
				})
			}
		}
		for i := range n / 4 {
			s.Put(t, "upstream", "web", web+fmt.Sprintf(`,"max_idle":%d}`, 10+i%2))
			s.Put(t, "route", "web", fmt.Sprintf(`{"paths":["/*"],"upstream":"web","description":"%d"}`, i))
			s.Put(t, "cluster_settings", "cluster", fmt.Sprintf(`{"plugins":{"headers":{"response":{"set":{"x-all":"%d"}}}}}`, i))
			s.Put(t, "certificate", "main", s.certificate(t))
		}
		running.Wait()
		for _, end := range closing[:len(m.clients)] {
			end()
		}
	}
	round(8)
	_, before := settled()
	round(60)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, after := settled()
		if after <= before+20 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines after the first round, %d after the last", before, after)
		}
	}
	for _, end := range closing {
		end()
	}
}
