// SPDX-License-Identifier: Apache-2.0

// Package peer runs the proxies that are compared, each as a process of its
// own with a configuration for the work at hand.
package peer

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// A Work is what a proxy is configured for.
type Work struct {
	Target    target.Addresses
	Cores     int    // that the proxy may use
	CPUs      string // list of processors that it is bound to, as taskset(1) has it; any if empty
	GRPC      bool   // HTTP/2 on both sides, instead of HTTP/1.1
	Mixed     bool   // both: CallPath and target.SharedPath are HTTP/2 on both sides, the rest is HTTP/1.1 to the target, or to its hole
	Managed   bool   // Penstock is told by its Admin API what to serve, which is nothing at first
	TLS       *KeyPair
	Plugins   bool // key, rate limit and access log; peers do without the key
	Routes    []string
	Profiling bool // Penstock serves profiles
	NoHTTP2   bool // the listener speaks HTTP/1.1 alone
	// Unbuffered lets nginx hand bodies on as they come, in both directions.
	// Penstock never does otherwise.
	Unbuffered bool
}

// Key is what a request has to carry in the field x-api-key if Work.Plugins.
const Key = "benchmark-key-0123456789"

// AdminToken is what the Admin API of Work.Managed accepts.
const AdminToken = "benchmark-token-0123456789"

// CallPath is where the calls of Work.Mixed are.
const CallPath = "/bench.Echo/"

// A KeyPair is a certificate and its key, in PEM.
type KeyPair struct{ Certificate, Key string }

// A Proxy is a program that can be measured.
type Proxy struct {
	Name string
	// Version returns what the program says of itself.
	Version func() (string, error)
	// prepare writes a configuration into a directory of its own and returns
	// the command that serves it.
	prepare func(w *Work, dir, address string) (launch, error)
}

// A launch is how a proxy is started and found.
type launch struct {
	command    []string
	env        []string
	operations string // address of Penstock's metrics; empty for others
	admin      string // address of the Admin API, if it has one
	http2      string // address that speaks HTTP/2; empty if it is the only one
}

// Start runs the proxy until its Stop, and waits until it serves.
func (p *Proxy) Start(ctx context.Context, w *Work, dir string) (*Process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l, err := p.prepare(w, dir, address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	if w.CPUs != "" {
		l.command = append([]string{"taskset", "-c", w.CPUs}, l.command...)
	}
	process, err := launchProcess(ctx, l, dir, address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return process, nil
}

// freeAddress returns a loopback address that nobody listens on at the moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// writeFile writes a file of a proxy's directory and returns its path.
func writeFile(dir, name, content string) (string, error) {
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, []byte(content), 0o644)
}

// lines joins the lines of a configuration.
func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }
