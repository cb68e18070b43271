// SPDX-License-Identifier: Apache-2.0

package target

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// A Process is a target in a process of its own.
type Process struct {
	Addresses
	cmd  *exec.Cmd
	ask  io.WriteCloser
	told *json.Decoder
}

// Start runs a command that calls [Run] with its standard input and output.
func Start(name string, args ...string) (*Process, error) {
	p := &Process{cmd: exec.Command(name, args...)}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.told = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the target: %w", err)
	}
	if err := p.told.Decode(&p.Addresses); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start the target: %w", err)
	}
	return p, nil
}

// Counts asks what the target has seen so far.
func (p *Process) Counts() (Counts, error) {
	var c Counts
	if _, err := p.ask.Write([]byte{'\n'}); err != nil {
		return c, fmt.Errorf("ask the target: %w", err)
	}
	if err := p.told.Decode(&c); err != nil {
		return c, fmt.Errorf("ask the target: %w", err)
	}
	return c, nil
}

// PID is the process' identifier.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the process.
func (p *Process) Stop() {
	p.ask.Close()
	_ = p.cmd.Wait() // it ends with its input
}
