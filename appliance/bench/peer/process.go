// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/measure"
)

// startTimeout is how long a proxy may take to serve: tens of thousands of
// routes are read within it.
const startTimeout = 2 * time.Minute

// A Process is a proxy that runs.
type Process struct {
	Address    string
	HTTP2      string // address of Work.Mixed for HTTP/2; most have one for all
	Operations string // address of Penstock's metrics; empty for others
	Admin      string // address of the Admin API of Work.Managed
	PIDs       []int  // all of its processes
	cmd        *exec.Cmd
	ended      chan struct{}
	log        string
}

func launchProcess(ctx context.Context, l launch, dir, address string) (*Process, error) {
	p := &Process{Address: address, HTTP2: cmp.Or(l.http2, address), Operations: l.operations, Admin: l.admin, ended: make(chan struct{}), log: filepath.Join(dir, "log")}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()                   // the proxy has a copy
	p.cmd = exec.Command(l.command[0], l.command[1:]...) // outlives ctx: Stop ends it, gently
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = log, log, dir
	p.cmd.Env = append(os.Environ(), l.env...)
	// A group of its own: Ctrl-C reaches this program, which stops the others.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // the log has the reason
	}()
	if err := p.ready(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	if p.PIDs, err = measure.Tree(p.cmd.Process.Pid); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// ready waits until the proxy serves its configuration.
func (p *Process) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("does not serve after %s", startTimeout))
	defer cancel()
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for !p.serves(ctx) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-p.ended:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("ended at once: %s", bytes.TrimSpace(said))
		case <-ticks.C:
		}
	}
	return nil
}

func (p *Process) serves(ctx context.Context) bool {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", p.Address)
	if err != nil {
		return false
	}
	c.Close()
	if p.Operations == "" {
		return true
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.Operations+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// CPUTime is what the proxy has used so far.
func (p *Process) CPUTime() (time.Duration, error) { return measure.CPUTime(p.PIDs) }

// Stop ends the proxy: gently first, and then for certain.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // likewise
		<-p.ended
	}
}
