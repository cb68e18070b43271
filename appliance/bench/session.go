// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/peer"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/target"
)

// gateway is the package of the program that is measured.
const gateway = "github.com/penstock-gateway/terraform-provider-penstock/appliance/cmd/penstock"

// A session is one run of the benchmark.
type session struct {
	*options
	out       io.Writer // for people
	dir       string    // for everything that is gone afterwards
	binary    string
	penstock  *peer.Proxy
	base      *peer.Proxy // nil if there is none
	target    *target.Process
	keyPair   *peer.KeyPair
	authority *x509.CertPool
	proxyCPUs string
	noise     *noise
}

// run is the whole benchmark.
func run(ctx context.Context, o *options) error {
	if err := o.check(); err != nil {
		return err
	}
	chosen, err := choose(o.Only)
	if err != nil {
		return err
	}
	s := &session{options: o, out: os.Stdout}
	defer func() { s.close() }()
	if err := s.open(ctx); err != nil {
		return err
	}
	r := &report{options: o, Machine: measure.ThisMachine(), noise: s.noise}
	if r.Versions, err = s.versions(); err != nil {
		return err
	}
	for _, row := range s.rows() {
		if !slices.Contains(chosen, row.name) {
			continue
		}
		result, err := s.measureRow(ctx, &row)
		if err != nil {
			return fmt.Errorf("row %s: %w", row.name, err)
		}
		r.Rows = append(r.Rows, result)
	}
	for _, row := range s.idleRows() {
		if !slices.Contains(chosen, row.name) {
			continue
		}
		result, err := s.measureIdle(ctx, &row)
		if err != nil {
			return fmt.Errorf("row %s: %w", row.name, err)
		}
		r.Idle = append(r.Idle, result)
	}
	for _, row := range rollingRows() {
		if !slices.Contains(chosen, row.name) {
			continue
		}
		result, err := s.measureRolling(ctx, &row)
		if err != nil {
			return fmt.Errorf("row %s: %w", row.name, err)
		}
		r.Rolling = append(r.Rolling, result)
	}
	for _, row := range floodRows() {
		if !slices.Contains(chosen, row.name) {
			continue
		}
		result, err := s.measureFlood(ctx, &row)
		if err != nil {
			return fmt.Errorf("row %s: %w", row.name, err)
		}
		r.Floods = append(r.Floods, result)
	}
	r.print(s.out)
	if o.Output == "" {
		return nil
	}
	return os.WriteFile(o.Output, []byte(r.document()), 0o644)
}

// choose returns the rows that a list names, all if it is empty. The start of
// a name stands for every row that begins so.
func choose(list string) ([]string, error) {
	if list == "" {
		return names, nil
	}
	var chosen []string
	for _, want := range strings.Split(list, ",") {
		want = strings.TrimSpace(want)
		found := slices.Contains(names, want)
		if found {
			chosen = append(chosen, want)
			continue
		}
		for _, name := range names {
			if want != "" && strings.HasPrefix(name, want) {
				chosen, found = append(chosen, name), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no row %q; there are %s", want, rowNames())
		}
	}
	return chosen, nil
}

// open starts what all rows share.
func (s *session) open(ctx context.Context) error {
	raiseFileLimit()
	var err error
	if s.dir, err = os.MkdirTemp("", "penstock-bench-"); err != nil {
		return err
	}
	if s.binary, err = s.build(ctx); err != nil {
		return err
	}
	s.penstock = peer.Penstock("Penstock", s.binary)
	if s.Base != "" {
		path, err := filepath.Abs(s.Base)
		if err != nil {
			return err
		}
		s.base = peer.Penstock("Penstock, base", path)
	}
	if s.keyPair, s.authority, err = newKeyPair(host); err != nil {
		return err
	}
	if err := s.pin(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if s.target, err = target.Start(self, targetCommand); err != nil {
		return err
	}
	s.noise, err = newNoise(ctx, s.out)
	return err
}

// build returns the program to measure, built as it is released.
func (s *session) build(ctx context.Context) (string, error) {
	if s.Penstock != "" {
		return filepath.Abs(s.Penstock)
	}
	fmt.Fprintln(s.out, "building", gateway)
	binary := filepath.Join(s.dir, "penstock")
	version, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		version = []byte("devel") // not a checkout
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-X main.version="+strings.TrimSpace(string(version)), "-o", binary, gateway)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build Penstock: %w", err)
	}
	return binary, nil
}

// pin keeps this program, and with it the target, off the proxies' processors.
func (s *session) pin() error {
	if !s.Pin {
		return nil
	}
	s.proxyCPUs = "0-" + strconv.Itoa(s.Cores-1)
	rest := fmt.Sprintf("%d-%d", s.Cores, runtime.NumCPU()-1)
	if out, err := exec.Command("taskset", "-a", "-c", "-p", rest, strconv.Itoa(os.Getpid())).CombinedOutput(); err != nil {
		return fmt.Errorf("taskset: %w: %s", err, out)
	}
	return nil
}

// versions asks every program what it is.
func (s *session) versions() (map[string]string, error) {
	versions := map[string]string{"Go": runtime.Version()}
	for _, p := range []*peer.Proxy{s.penstock, peer.Nginx("nginx"), peer.HAProxy()} {
		version, err := p.Version()
		if err != nil {
			return nil, fmt.Errorf("%s does not tell its version; is it installed (make bench-peers)? %w", p.Name, err)
		}
		versions[p.Name] = version
	}
	return versions, nil
}

func (s *session) close() {
	if s.target != nil {
		s.target.Stop()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // what is left of it lies where the system cleans up
	}
}

// raiseFileLimit lets this program and those that it starts have as many
// files as the system allows.
func raiseFileLimit() {
	limit := unix.Rlimit{Cur: 65536, Max: 65536}
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) == nil { // only root may raise the hard limit
		return
	}
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &limit) // opening connections tells if it is too little
	}
}
