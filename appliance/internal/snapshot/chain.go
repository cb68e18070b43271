// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"maps"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// A Chain is the plugins of a route by phase, each in the order in which it is
// called.
type Chain struct {
	Names     []string
	Request   []Step[plugin.RequestPhase]
	Transport []Step[plugin.TransportPhase] // innermost first
	Response  []Step[plugin.ResponsePhase]
	Done      []Step[plugin.DonePhase]

	instances []*instance // keeps them from being closed
}

// A Step is a plugin in one phase. Order is its place in the catalogue, by
// which another chain can be entered in the middle.
type Step[P any] struct {
	Order int
	Name  string
	Phase P
}

func newChain(instances map[string]*instance) *Chain {
	c := &Chain{instances: slices.SortedFunc(maps.Values(instances), func(a, b *instance) int { return a.order - b.order })}
	for _, i := range c.instances {
		c.Names = append(c.Names, i.name)
		c.Request = enter(c.Request, i)
	}
	for _, i := range slices.Backward(c.instances) {
		c.Transport = enter(c.Transport, i)
		c.Response = enter(c.Response, i)
		c.Done = enter(c.Done, i)
	}
	return c
}

// enter appends the plugin to the steps of a phase if it takes part in it.
func enter[P any](steps []Step[P], i *instance) []Step[P] {
	if p, ok := i.runtime.(P); ok {
		steps = append(steps, Step[P]{i.order, i.name, p})
	}
	return steps
}

// Wrap returns the transport with the chain's plugins around it.
func (c *Chain) Wrap(t plugin.Transport) plugin.Transport {
	for _, step := range c.Transport {
		t = step.Phase.Wrap(t)
	}
	return t
}
