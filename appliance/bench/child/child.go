// SPDX-License-Identifier: Apache-2.0

// Package child runs parts of the benchmark in processes of their own: they
// write one line of JSON when they have begun, one more for every byte that
// they are asked with, and end with their input. So they end with whoever
// started them, too.
package child

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// A Process is a child that runs. Its methods are for one goroutine.
type Process struct {
	cmd  *exec.Cmd
	ask  io.WriteCloser
	told *json.Decoder
}

// Start runs a command that calls [Serve] with its standard input and output,
// and waits for its first line, which it decodes into first. The command's
// errors go where this program's go.
func Start(first any, name string, args ...string) (*Process, error) {
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
		return nil, fmt.Errorf("start: %w", err)
	}
	if err := p.told.Decode(first); err != nil {
		p.Stop()
		return nil, fmt.Errorf("start: the first line: %w", err)
	}
	return p, nil
}

// Ask asks for one more line and decodes it into answer.
func (p *Process) Ask(answer any) error {
	if _, err := p.ask.Write([]byte{'\n'}); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	if err := p.told.Decode(answer); err != nil {
		return fmt.Errorf("ask: the answer: %w", err)
	}
	return nil
}

// PID is the process' identifier.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop ends the process and waits until it has ended.
func (p *Process) Stop() {
	p.ask.Close()
	_ = p.cmd.Wait() // it ends with its input
}

// Serve is the child's side: it writes first, and what answer returns for
// every byte of in. It returns nil when in ends, and an error if nobody takes
// its lines.
func Serve(in io.Reader, out io.Writer, first any, answer func() any) error {
	lines := json.NewEncoder(out)
	if err := lines.Encode(first); err != nil {
		return err
	}
	ask := make([]byte, 1)
	for _, err := in.Read(ask); err == nil; _, err = in.Read(ask) {
		if err := lines.Encode(answer()); err != nil {
			return err
		}
	}
	return nil // whoever started this has ended, or wants it to
}
