// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// A Process is a flood that runs.
type Process struct {
	cmd  *exec.Cmd
	ask  io.WriteCloser
	told *json.Decoder
}

// Start runs a command that calls [Run] with its last argument, at the lowest
// priority, and waits until the flood has begun.
func Start(spec *Spec, name string, args ...string) (*Process, error) {
	document, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: exec.Command("nice", append(append([]string{"-n", "19", name}, args...), string(document))...)}
	p.cmd.Stderr = os.Stderr
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.told = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a flood: %w", err)
	}
	var begun Counts
	if err := p.told.Decode(&begun); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start a flood: %w", err)
	}
	return p, nil
}

// Counts asks what the flood has done so far.
func (p *Process) Counts() (Counts, error) {
	var c Counts
	if _, err := p.ask.Write([]byte{'\n'}); err != nil {
		return c, fmt.Errorf("ask a flood: %w", err)
	}
	if err := p.told.Decode(&c); err != nil {
		return c, fmt.Errorf("ask a flood: %w", err)
	}
	return c, nil
}

// PID is the process' identifier.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the flood.
func (p *Process) Stop() {
	p.ask.Close()
	_ = p.cmd.Wait() // it ends with its input
}
