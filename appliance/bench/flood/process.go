// SPDX-License-Identifier: Apache-2.0

package flood

import (
	"encoding/json"
	"fmt"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/bench/child"
)

// A Process is a flood that runs.
type Process struct{ *child.Process }

// Start runs a command that calls [Run] with its last argument, at the lowest
// priority, and waits until the flood has begun.
func Start(spec *Spec, name string, args ...string) (*Process, error) {
	document, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	p, err := child.Start(new(Counts), "nice", append(append([]string{"-n", "19", name}, args...), string(document))...)
	if err != nil {
		return nil, fmt.Errorf("flood: %w", err)
	}
	return &Process{p}, nil
}

// Counts asks what the flood has done so far.
func (p *Process) Counts() (c Counts, err error) {
	if err := p.Ask(&c); err != nil {
		return c, fmt.Errorf("flood: %w", err)
	}
	return c, nil
}
