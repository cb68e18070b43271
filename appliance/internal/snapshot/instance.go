// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"io"
	"runtime"
	"sync"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// An instance is a plugin running in one place.
type instance struct {
	order    int // in the catalogue
	name     string
	settings string
	runtime  any
}

// runtimes closes what plugins hold. An instance is closed when nothing can
// reach it any more: the last exchange that uses it may end long after its
// snapshot was replaced, and counting users would cost every request. What is
// left when the node ends is closed then.
type runtimes struct {
	mu   sync.Mutex
	open map[*closer]struct{}
}

// A closer closes one runtime. It must not lead to the instance, which would
// then be reachable forever.
type closer struct {
	io.Closer
	once sync.Once
}

func newRuntimes() *runtimes { return &runtimes{open: make(map[*closer]struct{})} }

// start builds a plugin.
func (r *runtimes) start(spec *plugin.Spec, order int, settings []byte, env *plugin.Env) (*instance, error) {
	run, err := spec.New(settings, env)
	if err != nil {
		return nil, err
	}
	i := &instance{order: order, name: spec.Name, settings: string(settings), runtime: run}
	if c, ok := run.(io.Closer); ok {
		one := &closer{Closer: c}
		r.mu.Lock()
		r.open[one] = struct{}{}
		r.mu.Unlock()
		runtime.AddCleanup(i, r.close, one)
	}
	return i, nil
}

func (r *runtimes) close(c *closer) {
	r.mu.Lock()
	delete(r.open, c)
	r.mu.Unlock()
	c.once.Do(func() { _ = c.Close() }) // nobody is left who could act on a failure
}

func (r *runtimes) closeAll() {
	r.mu.Lock()
	open := r.open
	r.open = make(map[*closer]struct{})
	r.mu.Unlock()
	for c := range open {
		r.close(c)
	}
}
