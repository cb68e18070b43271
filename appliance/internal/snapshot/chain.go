// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// An instance is a plugin running in one place.
type instance struct {
	order    int // in the catalogue
	name     string
	settings string
	runtime  any
	closer   *onceCloser
}

// newInstance makes an instance that is closed when nothing can reach it any
// more: the last exchange that uses it may end long after its snapshot was
// replaced, and counting users would cost every request.
func newInstance(order int, name, settings string, run any) *instance {
	i := &instance{order: order, name: name, settings: settings, runtime: run}
	if c, ok := run.(io.Closer); ok {
		i.closer = &onceCloser{c: c}
		runtime.AddCleanup(i, (*onceCloser).close, i.closer)
	}
	return i
}

type onceCloser struct {
	once sync.Once
	c    io.Closer
}

func (o *onceCloser) close() { o.once.Do(func() { _ = o.c.Close() }) }

func closeAll(instances map[string]*instance) {
	for _, i := range instances {
		if i.closer != nil {
			i.closer.close()
		}
	}
}

// A Chain is the plugins of a route by phase, each in the order in which it is
// called.
type Chain struct {
	Names     []string
	Request   []RequestStep
	Transport []plugin.TransportPhase // innermost first
	Response  []plugin.ResponsePhase
	Done      []plugin.DonePhase

	instances []*instance // keeps them from being closed
}

// A RequestStep is a plugin in the request phase. Order is its place in the
// catalogue, by which another chain can be entered in the middle.
type RequestStep struct {
	Order int
	Name  string
	Phase plugin.RequestPhase
}

func newChain(instances map[string]*instance) *Chain {
	c := &Chain{instances: slices.SortedFunc(maps.Values(instances), func(a, b *instance) int { return a.order - b.order })}
	for _, i := range c.instances {
		c.Names = append(c.Names, i.name)
		if p, ok := i.runtime.(plugin.RequestPhase); ok {
			c.Request = append(c.Request, RequestStep{i.order, i.name, p})
		}
	}
	for _, i := range slices.Backward(c.instances) {
		if p, ok := i.runtime.(plugin.TransportPhase); ok {
			c.Transport = append(c.Transport, p)
		}
		if p, ok := i.runtime.(plugin.ResponsePhase); ok {
			c.Response = append(c.Response, p)
		}
		if p, ok := i.runtime.(plugin.DonePhase); ok {
			c.Done = append(c.Done, p)
		}
	}
	return c
}

// Wrap returns the transport with the chain's plugins around it.
func (c *Chain) Wrap(t plugin.Transport) plugin.Transport {
	for _, p := range c.Transport {
		t = p.Wrap(t)
	}
	return t
}

// override returns the instances with some replaced or added by name.
func override(base, by map[string]*instance) map[string]*instance {
	all := maps.Clone(base)
	maps.Copy(all, by)
	return all
}
