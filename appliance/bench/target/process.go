// SPDX-License-Identifier: Apache-2.0

package target

import (
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/child"
)

// A Process is a target in a process of its own.
type Process struct {
	Addresses
	*child.Process
}

// Start runs a command that calls [Run] with its standard input and output.
func Start(name string, args ...string) (*Process, error) {
	p := &Process{}
	var err error
	if p.Process, err = child.Start(&p.Addresses, name, args...); err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	return p, nil
}

// Counts asks what the target has seen so far.
func (p *Process) Counts() (c Counts, err error) {
	if err := p.Ask(&c); err != nil {
		return c, fmt.Errorf("target: %w", err)
	}
	return c, nil
}
