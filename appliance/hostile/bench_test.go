// SPDX-License-Identifier: Apache-2.0

package hostile_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/gatewaytest"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/testkit/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

type object = map[string]any

// A bench is a gateway between a client that a test plays and an upstream that
// records.
type bench struct {
	gateway   *gatewaytest.Gateway
	recorder  *recorder
	addresses map[string]string // of the listeners, by id
	judges    []judge           // of what is forwarded
}

// startBench starts a gateway that forwards everything to a recorder.
func startBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{recorder: record(t), addresses: make(map[string]string)}
	b.gateway = gatewaytest.Start(t, nil)
	b.listen(t, "main", object{})
	b.put(t, "upstream", "recorder", targetOf(b.recorder.port()))
	b.put(t, "route", "all", object{"paths": []string{"/*"}, "upstream": "recorder"})
	b.judges = []judge{readByNetHTTP}
	return b
}

// judgeByNginx has nginx judge what is forwarded, where it is installed.
func (b *bench) judgeByNginx(t *testing.T) {
	t.Helper()
	if n := startNginx(t); n != nil {
		b.judges = append(b.judges, n.judge)
	}
}

func targetOf(port int) object {
	return object{"protocol": "http", "targets": []any{object{"host": "127.0.0.1", "port": port}}}
}

// listen adds a listener with settings of its own.
func (b *bench) listen(t testing.TB, id string, settings object) {
	t.Helper()
	address := gatewaytest.FreeAddress(t)
	settings["address"] = address
	b.put(t, "listener", id, settings)
	b.addresses[id] = address
}

func (b *bench) put(t testing.TB, kind, id string, o object) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	b.gateway.Put(t, kind, id, string(text))
}

func (b *bench) dial(t testing.TB, listener string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", b.addresses[listener])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// alive fails the test unless the gateway still answers others.
func (b *bench) alive(t testing.TB) {
	t.Helper()
	conn := b.dial(t, "main")
	defer conn.Close()
	_, _ = io.WriteString(conn, probe)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the gateway no longer answers: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 || string(body) != "seen" {
		t.Fatalf("another client got %s, %q, %v", response.Status, body, err)
	}
}

// quiet waits until the gateway has no exchange in flight.
func (b *bench) quiet(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(patience); b.metric(t, "penstock_requests_in_flight", "") > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the gateway holds on to an exchange")
		}
	}
}

// metric returns the sum of a metric over what has a label.
func (b *bench) metric(t testing.TB, name, label string) int {
	t.Helper()
	response, err := http.Get("http://" + b.gateway.OperationsAddress() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	sum := 0
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		line := lines.Text()
		if !strings.HasPrefix(line, name+"{") || !strings.Contains(line, label) {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += int(value)
	}
	return sum
}

// judgeSights compares what the upstream saw with what it should have seen.
// With cut, a request may have begun, but it never came to its end.
func (b *bench) judgeSights(t *testing.T, want []string, cut bool, unlike map[string]string) {
	t.Helper()
	b.alive(t)
	b.quiet(t) // nothing that was forwarded comes later than this
	sights, stalled := b.recorder.sights()
	if stalled {
		t.Error("the upstream still waits for the rest of a request")
	}
	var got []string
	for _, s := range sights {
		switch {
		case s.complete:
			got = append(got, normal(s.raw))
		case !cut:
			t.Errorf("the upstream saw a request that broke off: %.1000q", s.raw)
		case strings.HasSuffix(s.raw, "\r\n0\r\n\r\n"):
			t.Errorf("the upstream saw an end: %.1000q", s.raw)
		}
	}
	rest := got
	for _, w := range want {
		text, optional := strings.CutPrefix(w, maybe)
		switch {
		case len(rest) > 0 && oneOf(rest[0], text):
			rest = rest[1:]
		case !optional:
			t.Errorf("the upstream saw\n%.1000q, want\n%.1000q", strings.Join(rest, or), text)
			return
		}
	}
	if len(rest) > 0 {
		t.Errorf("the upstream saw, too,\n%.1000q", strings.Join(rest, or))
		return
	}
	for _, s := range sights {
		if s.complete {
			for _, judge := range b.judges {
				judge(t, s.raw, unlike)
			}
		}
	}
}

// maybe stands before a request that the upstream need not have seen, and or
// between requests of which it may have seen any.
const (
	maybe = "maybe "
	or    = "\n||\n"
)

func oneOf(got, want string) bool {
	for w := range strings.SplitSeq(want, or) {
		if got == spelled(w) {
			return true
		}
	}
	return false
}
