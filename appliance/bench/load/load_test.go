// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/load"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// startTarget runs a target in this process until the test ends.
func startTarget(t *testing.T) (addresses target.Addresses, counts func() target.Counts) {
	t.Helper()
	in, ask := io.Pipe()
	told, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- target.Run(in, out) }()
	t.Cleanup(func() {
		ask.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := json.NewDecoder(told)
	if err := lines.Decode(&addresses); err != nil {
		t.Fatal(err)
	}
	return addresses, func() (c target.Counts) {
		if _, err := ask.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		if err := lines.Decode(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// until runs a loop until it has done so much, and returns its failures.
func until(t *testing.T, w load.Work, address string, done int64) error {
	t.Helper()
	l := w.Loop(address)
	for {
		if failed, _ := l.Failed(); failed > 0 || l.Done() >= done || t.Context().Err() != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	l.Stop()
	_, err := l.Failed()
	return err
}

func TestLoadsAgainstTheTarget(t *testing.T) {
	addresses, counts := startTarget(t)
	for _, c := range []struct {
		name    string
		work    load.Work
		address string
		done    int64
	}{
		{"requests", &load.Requests{Connections: 4, Head: load.Get("h", "/a"), Size: target.BodySize}, addresses.HTTP, 1000},
		{"calls", &load.Calls{Connections: 2, Streams: 3, Path: "/s/m", Message: make([]byte, 128)}, addresses.GRPC, 5000},
		{"calls beyond the window", &load.Calls{Connections: 1, Streams: 10, Path: "/s/m", Message: make([]byte, 10_000)}, addresses.GRPC, 1000},
		{"down", &load.Bodies{Connections: 2, Size: 3 << 20, Path: target.DownPath + fmt.Sprint(3<<20)}, addresses.HTTP, 20 << 20},
		{"up", &load.Bodies{Connections: 2, Size: 3 << 20, Path: target.UpPath, Up: true}, addresses.HTTP, 20 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := until(t, c.work, c.address, c.done); err != nil {
				t.Error(err)
			}
		})
	}
	if n := counts().Connections; n != 11 {
		t.Errorf("the target counts %d connections, want 11", n)
	}
}

func TestPacedAgainstTheTarget(t *testing.T) {
	addresses, counts := startTarget(t)
	for _, c := range []struct {
		name, address string
		work          load.Pacer
	}{
		{"requests", addresses.HTTP, &load.Requests{Connections: 2, Head: load.Get("h", "/a"), Size: target.BodySize}},
		{"calls", addresses.GRPC, &load.Calls{Connections: 2, Path: "/s/m", Message: make([]byte, 128)}},
		{"calls beyond the window", addresses.GRPC, &load.Calls{Connections: 1, Path: "/s/m", Message: make([]byte, 10_000)}},
	} {
		took, err := c.work.Paced(t.Context(), c.address, 1000, 200*time.Millisecond)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if len(took) != 200 || !slices.IsSorted(took) || took[0] <= 0 {
			t.Errorf("%s: %d latencies from %v, sorted %v; want 200", c.name, len(took), took[0], slices.IsSorted(took))
		}
	}
	if n := counts().Connections; n != 5 {
		t.Errorf("the target counts %d connections, want 5", n)
	}
}

// A call that is answered wrongly, or not at all, is no latency.
func TestPacedCallsAreChecked(t *testing.T) {
	addresses, _ := startTarget(t)
	took, err := (&load.Calls{Connections: 1, Path: "/s/m"}).Paced(t.Context(), addresses.HTTP, 1000, 50*time.Millisecond)
	if err == nil {
		t.Errorf("a server of HTTP/1.1 answered %d calls", len(took))
	}
}

// A stall counts for every request that was due in it, not only for the one
// that was on its way.
func TestPacedCountsWhatAStallDelays(t *testing.T) {
	const stall = 100 * time.Millisecond
	first := make(chan struct{}, 1)
	first <- struct{}{}
	address := serve(t, func(c net.Conn) {
		select {
		case <-first:
			time.Sleep(stall) // the load cannot be seen waiting
		default:
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	q := &load.Requests{Connections: 1, Head: load.Get("h", "/")}
	took, err := q.Paced(t.Context(), address, 100, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	// The fifth was due 40 ms after the first, and no answer came within stall.
	if len(took) != 5 || took[0] < stall-40*time.Millisecond {
		t.Errorf("latencies %v, want five that all show the stall of %v", took, stall)
	}
}

func TestIdleAgainstTheTarget(t *testing.T) {
	addresses, counts := startTarget(t)
	for _, q := range []*load.Idle{
		{Count: 40, Head: load.Get("h", "/a"), Size: target.BodySize},
		{Count: 40, Upgrade: true, Head: load.Get("h", target.WebSocketPath, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")},
	} {
		closeAll, err := q.Open(t.Context(), addresses.HTTP)
		if err != nil {
			t.Fatal(err)
		}
		closeAll()
	}
	if n := counts().Connections; n != 80 {
		t.Errorf("the target counts %d connections, want 80", n)
	}
}

// serve answers every request on its own connections until the test ends.
func serve(t *testing.T, answer func(c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for buf := make([]byte, 4096); ; {
					if _, err := c.Read(buf); err != nil {
						return
					}
					answer(c)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// Whatever is not the answer that was asked for is a failure.
func TestWrongAnswersAreFailures(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"status":        {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nab", "status 503"},
		"length":        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "1 bytes"},
		"no length":     {"HTTP/1.1 200 OK\r\n\r\nab", "no Content-Length"},
		"bad length":    {"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab", "invalid syntax"},
		"not HTTP":      {"SSH-2.0-OpenSSH_9\r\n\r\n", "no HTTP/1.1 response"},
		"endless head":  {"HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 40_000), "too large"},
		"not a status":  {"HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\nab", "no HTTP/1.1 response"},
		"of HTTP/1.0":   {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", "no HTTP/1.1 response"},
		"case of names": {"HTTP/1.1 200 OK\r\ncontent-LENGTH:2\r\n\r\nab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, func(conn net.Conn) { io.WriteString(conn, c.answer) })
			err := until(t, &load.Requests{Connections: 1, Head: load.Get("h", "/"), Size: 2}, address, 10)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("a good answer failed: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// A gRPC answer counts only with its status and the very message.
func TestWrongCallsAreFailures(t *testing.T) {
	addresses, _ := startTarget(t)
	err := until(t, &load.Calls{Connections: 1, Streams: 1, Path: "/s/m"}, addresses.HTTP, 1)
	if err == nil {
		t.Error("a server of HTTP/1.1 answered calls")
	}
}
