// SPDX-License-Identifier: Apache-2.0

package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit"
)

// connect opens a connection to the proxy.
func (b *bench) connect() (net.Conn, *bufio.Reader) {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.listen().Addr().String())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * patience))
	return conn, bufio.NewReader(conn)
}

func readStatus(t *testing.T, r *bufio.Reader) (int, string) {
	t.Helper()
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

const retried = `,"retries":{"statuses":["503"],"budget":100,"budget_per_second":1000,"backoff":"1ms"`

// A client in the middle of its upload: the try that is refused early and the one
// that is answered early wait for nothing, and the connection is in order
// afterwards.
func TestRetryDuringUpload(t *testing.T) {
	var seen atomic.Int64
	b := start(t)
	b.apply("upstream", "u", upstreamOf(retried+`}`, faulty(t, &seen, func(conn net.Conn) {
		switch seen.Load() {
		case 1:
			_, _ = io.ReadFull(conn, make([]byte, 4)) // some of it has come
			_, _ = io.WriteString(conn, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
		case 2:
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
		default:
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
		}
	})), "route", "r", `{"upstream":"u"}`)
	conn, r := b.connect()
	_, _ = io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	if status, body := readStatus(t, r); status != 200 || body != "early" || seen.Load() != 2 {
		t.Errorf("status %d, body %q, seen %d times", status, body, seen.Load())
	}
	_, _ = io.WriteString(conn, "5\r\nworld\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if status, body := readStatus(t, r); status != 200 || body != "next" {
		t.Errorf("then: status %d, body %q", status, body)
	}
}

// Expect: 100-continue from end to end: the client is told to go on when a target
// wants the body, and not before.
func TestRetryOfExpectation(t *testing.T) {
	var seen atomic.Int64
	b := start(t)
	b.apply("upstream", "u", upstreamOf(retried+`}`, faulty(t, &seen, func(conn net.Conn) {
		if seen.Load() < 3 {
			_, _ = io.WriteString(conn, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		body := make([]byte, 4)
		_, _ = io.ReadFull(conn, body)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"+string(body))
	})), "route", "r", `{"upstream":"u"}`)
	conn, r := b.connect()
	_, _ = io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	if line, err := r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" || seen.Load() != 3 {
		t.Fatalf("%q, %v, seen %d times", line, err, seen.Load())
	}
	_, _ = r.ReadString('\n')
	_, _ = io.WriteString(conn, "body")
	if status, body := readStatus(t, r); status != 200 || body != "body" {
		t.Errorf("status %d, body %q", status, body)
	}
}

// A client of HTTP/2 whose upload is under way.
func TestRetryDuringUploadOverHTTP2(t *testing.T) {
	var seen atomic.Int64
	b := start(t)
	came := make(chan struct{})
	b.apply("upstream", "u", upstreamOf(`,"protocol":"h2c"`+retried+`}`, testkit.HTTP(t, nil, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 1 {
			_, _ = io.ReadFull(r.Body, make([]byte, 5))
			w.WriteHeader(503)
			return
		}
		_, _ = io.ReadFull(r.Body, make([]byte, 5))
		close(came)
		_, _ = io.Copy(w, r.Body)
	})), "route", "r", `{"upstream":"u"}`)
	s, err := engine.Listen("127.0.0.1:0", engine.Options{ID: "l", Handler: b.proxy, HTTP2: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	pr, pw := io.Pipe()
	go func() {
		_, _ = io.WriteString(pw, "hello")
		<-came
		_, _ = io.WriteString(pw, "world")
		_ = pw.Close()
	}()
	request, _ := http.NewRequest(http.MethodPut, "http://"+s.Addr().String()+"/", pr)
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if response.StatusCode != 200 || string(body) != "world" || err != nil || seen.Load() != 2 {
		t.Errorf("status %d, body %q, %v, seen %d times", response.StatusCode, body, err, seen.Load())
	}
}

// A client that hangs up ends what is done for it: two tries at a time, and a
// wait for its turn.
func TestClientHangsUp(t *testing.T) {
	var begun, ended sync.WaitGroup
	begun.Add(2)
	ended.Add(2)
	handler := func(_ http.ResponseWriter, r *http.Request) {
		begun.Done()
		<-r.Context().Done()
		ended.Done()
	}
	b := start(t)
	b.apply("upstream", "u", upstreamOf(hedged+`},"limits":{"max_requests":1,"max_pending":5,"pending_timeout":"1m"}`, testkit.HTTP(t, nil, handler), testkit.HTTP(t, nil, handler)), "route", "r", `{"upstream":"u"}`)
	first, _ := b.connect()
	_, _ = io.WriteString(first, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	begun.Wait()
	waiting, _ := b.connect()
	_, _ = io.WriteString(waiting, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	c := &crowd{b: b}
	c.pending(1)
	waiting.Close()
	c.pending(0)
	first.Close()
	ended.Wait()
	b.settle()
	for until := time.Now().Add(patience); b.pool().Gate().Inside() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("its place is not free")
		}
	}
}
