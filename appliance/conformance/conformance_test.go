// SPDX-License-Identifier: Apache-2.0

package conformance_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMain runs the tests or, when the Connect suite starts this program for
// the purpose, a server for it to judge.
func TestMain(m *testing.M) {
	if program := os.Getenv(serveEnv); program != "" {
		os.Exit(serve(program))
	}
	os.Exit(m.Run())
}

// A suite is a set of cases that one run of a program judges.
type suite struct {
	name   string // of its files in testdata
	title  string
	run    func(*testing.T, suite) outcome
	target string // program of the Connect suite that stands behind the gateway
}

// An outcome is what a suite found.
type outcome struct {
	cases    int
	failures map[string]string // names of cases, and why they failed
}

// Framing and header compression as h2spec reads RFC 9113 and RFC 7541, and RPC as
// the Connect project's clients see it through the gateway: trailers, errors,
// deadlines, cancellation, full duplex, limits (S0-01 to S0-08, S0-10 to S0-12).
func TestConformance(t *testing.T) {
	suites := []suite{
		{"h2spec-h2c", "HTTP/2 without TLS (h2spec)", runH2Spec, ""},
		{"h2spec-tls", "HTTP/2 over TLS (h2spec)", runH2Spec, ""},
		{"grpc-h2c", "gRPC without TLS (Connect)", runConnect, "referenceserver"},
		{"grpc-tls", "gRPC over TLS (Connect)", runConnect, "referenceserver"},
		{"grpc-go", "gRPC without TLS, to grpc-go (Connect)", runConnect, "grpcserver"},
		{"grpc-web", "gRPC-Web over HTTP/1.1 and HTTP/2 (Connect)", runConnect, "referenceserver"},
		{"interop-h2c", "gRPC without TLS (gRPC interop)", runInterop, ""},
		{"interop-tls", "gRPC over TLS (gRPC interop)", runInterop, ""},
		{"connect", "Connect over HTTP/1.1 and HTTP/2, with and without TLS (Connect)", runConnect, "referenceserver"},
	}
	var rows []row
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			o, exceptions := s.run(t, s), exceptionsOf(t, s.name)
			for _, d := range differences(o, exceptions) {
				t.Error(d)
			}
			t.Logf("%d of %d cases passed", o.cases-len(o.failures), o.cases)
			rows = append(rows, row{s.title, o.cases, o.cases - len(o.failures), exceptions})
		})
	}
	if len(rows) == len(suites) && !t.Failed() {
		t.Run("docs", func(t *testing.T) { compareFigures(t, rows) })
	}
}

// program returns the path of a suite's program. Without its folder in the
// environment the test is skipped.
func program(t *testing.T, env, name string) string {
	t.Helper()
	folder := os.Getenv(env)
	if folder == "" {
		t.Skipf("%s names no folder with %s; run `make conformance`, which installs it", env, name)
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s: %v", env, err)
	}
	return path
}
