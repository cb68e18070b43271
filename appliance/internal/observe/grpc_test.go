// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin/plugintest"
)

// call is a call that a target has answered with a status in its trailers.
func call(path, status string) *plugin.Exchange {
	x := plugintest.GRPC(path)
	trailer := plugintest.Header("grpc-status: " + status)
	x.Target = "192.0.2.7:80"
	x.Response = &message.Response{Status: 200, Trailer: &trailer}
	return x
}

func (g *grpcMeter) known() int {
	if methods := g.methods.Load(); methods != nil {
		return len(*methods)
	}
	return 0
}

// S1-47: what Prometheus reads of gRPC, to the letter.
func TestGRPCMetricsText(t *testing.T) {
	m := NewMetrics("v1")
	r := m.Route("rpc")
	for _, c := range []struct {
		path, status string
		took         time.Duration
	}{
		{"/pkg.Service/Method", "0", time.Millisecond}, {"/pkg.Service/Method", "0", 20 * time.Second}, {"/pkg.Service/Method", "5", 0},
		{"/pkg.Service/Other", "16", 0}, {"/made.Up/Name", "12", 0},
	} {
		x := call(c.path, c.status)
		r.Begin(x)
		r.count(x, c.took)
	}
	var got strings.Builder
	for line := range strings.Lines(scrape(t, m)) {
		if strings.Contains(line, "penstock_grpc_") {
			got.WriteString(line)
		}
	}
	const golden = "testdata/grpc_metrics.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", &got, want)
	}
}

// The status is what the client sees the call end with, wherever it is told.
func TestGRPCCode(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	late := time.Now().Add(-time.Second)
	for _, test := range []struct {
		name    string
		change  func(x *plugin.Exchange)
		want    string
		targets bool
	}{
		{"in trailers", func(*plugin.Exchange) {}, "NotFound", true},
		{"in trailers only", func(x *plugin.Exchange) {
			x.Response.Header, x.Response.Trailer = plugintest.Header("grpc-status: 7"), nil
		}, "PermissionDenied", true},
		{"the gateway's own", func(x *plugin.Exchange) { x.Target, x.Response.Header = "", plugintest.Header("grpc-status: 8") }, "ResourceExhausted", false},
		{"the gateway's for a target", func(x *plugin.Exchange) {
			x.Err, x.Response.Header = errors.New("refused"), plugintest.Header("grpc-status: 14")
		}, "Unavailable", false},
		{"no status", func(x *plugin.Exchange) { x.Response.Trailer = nil }, "Unknown", false},
		{"a status that does not exist", func(x *plugin.Exchange) { *x.Response.Trailer = plugintest.Header("grpc-status: 17") }, "Unknown", true},
		{"no number", func(x *plugin.Exchange) { *x.Response.Trailer = plugintest.Header("grpc-status: -1") }, "Unknown", true},
		{"a large number", func(x *plugin.Exchange) { *x.Response.Trailer = plugintest.Header("grpc-status: 4294967296") }, "Unknown", true},
		{"nobody to answer", func(x *plugin.Exchange) { x.Response = nil }, "Canceled", false},
		{"the client went away", func(x *plugin.Exchange) { x.Err = &message.ClientError{Op: "write", Err: errors.New("reset")} }, "Canceled", false},
		{"the client had gone", func(x *plugin.Exchange) {
			r := x.Response
			x.Begin(gone, x.Request)
			x.Response, x.Err = r, errors.New("reset")
		}, "Canceled", false},
		{"the time was over", func(x *plugin.Exchange) { x.Request.Deadline, x.Err = late, errors.New("late") }, "DeadlineExceeded", false},
		{"the target broke off", func(x *plugin.Exchange) { x.Err = &message.SourceError{Err: errors.New("reset")} }, "Internal", false},
		{"no gRPC: 404", func(x *plugin.Exchange) { x.Response = &message.Response{Status: 404} }, "Unimplemented", false},
		{"no gRPC: 503", func(x *plugin.Exchange) { x.Response = &message.Response{Status: 503} }, "Unavailable", false},
		{"no gRPC: 301", func(x *plugin.Exchange) { x.Response = &message.Response{Status: 301} }, "Unknown", false},
	} {
		x := call("/s/m", "5")
		test.change(x)
		if code, targets := grpcCode(x); codeNames[code] != test.want || targets != test.targets {
			t.Errorf("%s: %s, the target's: %t; want %s, %t", test.name, codeNames[code], targets, test.want, test.targets)
		}
	}
}

// Clients cannot make a node count as much as they like (S1-47).
func TestGRPCCardinality(t *testing.T) {
	r := &RouteMeter{}
	counted := func() (n uint64) {
		for code := range codeNames {
			n += r.grpc.others().codes[code].Load()
		}
		return n
	}
	refused := call("/p/refused", "0")
	refused.Target = "" // a plugin answered
	plain := call("/p/plain", "0")
	plain.Request.Proto = message.HTTP11
	for i, x := range []*plugin.Exchange{
		call("/p/unknown", "12"), refused, call("/not-a-method", "0"), call("//m", "0"), call("/s/", "0"), call("/s/m/n", "0"), call("/s/\xff", "0"),
		call("/s/"+strings.Repeat("m", maxMethodName), "0"), call("*", "0"), call("/other/other", "0"),
	} {
		r.count(x, 0)
		if r.grpc.known() != 0 || counted() != uint64(i+1) {
			t.Errorf("%s is counted for itself, or not at all", x.Request.Path)
		}
	}
	before := counted()
	r.count(plain, 0)
	if r.grpc.known() != 0 || counted() != before {
		t.Error("a request of HTTP/1.1 is counted as a call")
	}
	for i := range maxMethods + 50 {
		r.count(call(fmt.Sprintf("/s/m%d", i), "0"), 0)
	}
	if r.grpc.known() != maxMethods || counted() != before+50 {
		t.Errorf("%d methods, %d other calls", r.grpc.known(), counted()-before)
	}
	r.count(call("/s/m0", "12"), 0) // one that is known stays
	if got := r.grpc.find("/s/m0").codes[plugin.GRPCUnimplemented].Load(); got != 1 {
		t.Errorf("a known method counted %d", got)
	}
}

// Nothing is lost when many calls make the same methods known at a time.
func TestGRPCConcurrent(t *testing.T) {
	r := &RouteMeter{}
	const workers, calls, methods = 8, 500, 20
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range calls {
				r.count(call(fmt.Sprintf("/s/m%d", i%methods), "0"), 0)
			}
		})
	}
	all.Wait()
	var n uint64
	for _, m := range *r.grpc.methods.Load() {
		n += m.codes[0].Load()
	}
	if n != workers*calls || r.grpc.known() != methods {
		t.Errorf("%d calls of %d methods, want %d of %d", n, r.grpc.known(), workers*calls, methods)
	}
}

// Counting a call of a known method allocates nothing.
func TestGRPCAllocates(t *testing.T) {
	r, x := &RouteMeter{}, call("/pkg.Service/Method", "0")
	r.Done(x)
	if got := testing.AllocsPerRun(100, func() { r.Done(x) }); got > 0 {
		t.Errorf("%g allocations", got)
	}
}

func BenchmarkGRPC(b *testing.B) {
	r, x := &RouteMeter{}, call("/pkg.Service/Method", "0")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r.count(x, time.Millisecond)
		}
	})
}
