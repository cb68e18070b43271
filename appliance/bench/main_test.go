// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

func TestChoose(t *testing.T) {
	for list, want := range map[string]string{
		"":            strings.Join(names, " "),
		"get":         "get",
		"grpc, down":  "grpc10 grpc100 down",
		"grpc10":      "grpc10",
		"idle,websoc": "idle websocket",
		"nothing":     "error",
		"get,":        "error",
	} {
		chosen, err := choose(list)
		got := strings.Join(chosen, " ")
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("choose(%q) = %q, want %q", list, got, want)
		}
	}
}

// Every row can be named, and every name is a row.
func TestNamesAreThoseOfTheRows(t *testing.T) {
	s := &session{options: &options{}, target: &target.Process{}}
	var got []string
	for _, r := range s.rows() {
		got = append(got, r.name)
	}
	for _, r := range s.idleRows() {
		got = append(got, r.name)
	}
	for _, r := range rollingRows() {
		got = append(got, r.name)
	}
	for _, r := range floodRows() {
		got = append(got, r.name)
	}
	if !slices.Equal(got, names) {
		t.Errorf("rows %v, names %v", got, names)
	}
}

// S1-75: rows whose work is requests or calls tell their latency, gRPC's among
// them.
func TestRowsOfCallsTellTheirLatency(t *testing.T) {
	s := &session{options: &options{}, target: &target.Process{}}
	for _, r := range s.rows() {
		if want := slices.Contains([]string{"get", "plugins", "tls", "grpc10", "grpc100"}, r.name); (r.paced != nil) != want {
			t.Errorf("row %s is measured at a fixed rate: %t, want %t", r.name, !want, want)
		}
	}
}

func TestRoutePatterns(t *testing.T) {
	patterns, path := routePatterns(manyRoutes)
	if n := len(slices.Compact(slices.Sorted(slices.Values(patterns)))); n != manyRoutes {
		t.Errorf("%d different patterns, want %d", n, manyRoutes)
	}
	if want := "/v1/tenants/t25000/orders/1017"; path != want {
		t.Errorf("path %s, want %s", path, want)
	}
}

// sampleRow has Penstock, a base, and two peers of which the second is cheaper.
func sampleRow(limit float64, subject, peer []float64) rowResult {
	return rowResult{Name: "get", Title: "A row", Unit: perRequest, Limit: limit, Contenders: []contenderResult{
		{Name: "Penstock", Cost: subject, Rate: subject, NewConnections: make([]float64, len(subject)), Latency: make([][]float64, len(percentiles))},
		{Name: "Penstock, base", Base: true, Cost: []float64{1, 1, 1}, Latency: make([][]float64, len(percentiles))},
		{Name: "dear", Cost: []float64{900, 900, 900}, Latency: make([][]float64, len(percentiles))},
		{Name: "cheap", Cost: peer, Latency: make([][]float64, len(percentiles))},
	}}
}

func TestVerdict(t *testing.T) {
	ten := []float64{10, 10, 10}
	for _, c := range []struct {
		name    string
		limit   float64
		subject []float64
		want    string
	}{
		{"below", 0.95, []float64{9, 9, 9}, "reached"},
		{"at it", 1, ten, "reached"},
		{"above", 0.95, ten, "NOT reached"},
		{"below but once", 1, []float64{9.9, 10.1, 9.9}, "reached, not in every round"},
		{"above but once", 1, []float64{10.1, 9.9, 10.1}, "NOT reached, not in every round"},
		{"no limit", 0, ten, "no limit"},
		{"scattered", 2, []float64{9, 10.5, 9.5}, "reached (noisy: the middle half of its ratios spans 16%)"},
	} {
		row := sampleRow(c.limit, c.subject, ten)
		if got := row.verdict(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestComplaints(t *testing.T) {
	quiet := noise{calibrations: []float64{1, 1.01, 1}, strangers: []float64{0.01, 0.5, 0}, stolen: []float64{0}}
	if c := quiet.complaints(); len(c) > 0 {
		t.Errorf("a quiet machine: %q", c)
	}
	loud := noise{calibrations: []float64{1, 1.5, 2}, strangers: []float64{0.3}, stolen: []float64{0.1}}
	if c := loud.complaints(); len(c) != 3 {
		t.Errorf("a loud machine: %q", c)
	}
}

func TestDocument(t *testing.T) {
	allocations := 104.0
	row := sampleRow(0.95, []float64{20, 20, 20}, []float64{10, 10, 10})
	row.Contenders[0].Allocations = &allocations
	r := &report{
		options: &options{Rounds: 3, Duration: time.Second, Cores: 2}, Machine: measure.Machine{CPU: "a processor", Cores: 2},
		Versions: map[string]string{"nginx": "1.2.3"}, Rows: []rowResult{row}, noise: &noise{strangers: []float64{0.5}},
		Idle:    []idleResult{{Name: "idle", Limit: 5 << 10, Contenders: []idleFigure{{Name: "Penstock", Each: 4096, Settled: true}, {Name: "nginx", Each: 512}}}},
		Rolling: []rollingResult{{Name: "rolling", Limit: 0.02, Rolled: []float64{0.05, 0.06, 0.07}, Quiet: []float64{0.03, 0.035, 0.04}}},
	}
	text := r.document()
	for _, want := range []string{
		"too noisy", "other programs used 50%",
		"| get | 20.0 µs a request | cheap 10.0 µs a request | 2.00 (2.00 to 2.00) | 0.95 | NOT reached |",
		"| allocations | 104.0 a request |  |  | 3 | NOT reached |",
		"| idle | 4.0 KiB each | nginx 0.5 KiB |  | 5.0 KiB | reached |",
		"| rolling | 6.00% of a core | Penstock, not updated 3.50% | +2.50% (2.00% to 3.00%) | +2.00% | NOT reached |",
		"| nginx | 1.2.3 |", "a processor, 2 cores", "## How to repeat it",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	if strings.Contains(text, "p99") || strings.Contains(text, "system calls |") {
		t.Error("the document has columns that nobody has a figure for")
	}
	r.noise = &noise{}
	if strings.Contains(r.document(), "too noisy") {
		t.Error("a quiet machine is called noisy")
	}
}
