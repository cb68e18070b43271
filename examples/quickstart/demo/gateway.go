// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A gateway is the appliance as its own process.
type gateway struct {
	endpoint string // of the Admin API
	traffic  string // address of the one port
	token    string
	log      *logBuffer
	process  *exec.Cmd
	ended    chan error
}

// startGateway starts the appliance and waits until it is ready.
func startGateway(ctx context.Context, dir string) (*gateway, error) {
	addresses, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	g := &gateway{endpoint: "http://" + addresses[0], traffic: addresses[1], log: &logBuffer{}, ended: make(chan error, 1)}
	data := filepath.Join(dir, "data")
	g.process = exec.Command("bin/penstock", "run", "--data-dir", data, "--admin", addresses[0], "--operations", addresses[2], "--listen", "")
	g.process.Stdout, g.process.Stderr = g.log, g.log
	g.process.Env = withoutPenstock(os.Environ())
	if err := g.process.Start(); err != nil {
		return nil, fmt.Errorf("%w; run `make build` first", err)
	}
	go func() { g.ended <- g.process.Wait() }()
	if err := g.awaitReady(ctx, "http://"+addresses[2]+"/readyz"); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, g.log.String())
	}
	token, err := os.ReadFile(filepath.Join(data, "admin.token"))
	if err != nil {
		return nil, err
	}
	g.token = strings.TrimSpace(string(token))
	return g, nil
}

func (g *gateway) awaitReady(ctx context.Context, url string) error {
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case err := <-g.ended:
			g.ended <- err
			return fmt.Errorf("the gateway ended: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-poll.C:
		}
		response, err := http.Get(url)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// stop ends the gateway as a service manager does, and expects a clean end.
func (g *gateway) stop() error {
	_ = g.process.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case err := <-g.ended:
		if err != nil {
			return fmt.Errorf("the gateway did not end cleanly: %w", err)
		}
		return nil
	case <-time.After(20 * time.Second):
		_ = g.process.Process.Kill()
		return fmt.Errorf("the gateway did not end: %w", <-g.ended)
	}
}

// withoutPenstock leaves out settings meant for another gateway.
func withoutPenstock(environment []string) []string {
	var kept []string
	for _, e := range environment {
		if !strings.HasPrefix(e, "PENSTOCK_") {
			kept = append(kept, e)
		}
	}
	return kept
}

func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// A logBuffer keeps what a process prints.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
