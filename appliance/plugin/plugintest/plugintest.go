// SPDX-License-Identifier: Apache-2.0

// Package plugintest stands in for the gateway in the tests of plugins: an
// environment whose clock only moves when told, and exchanges made of a few
// strings.
package plugintest

import (
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// An Env is a plugin.Env with a clock that stands still until Advance moves
// it, and with counters that can be read.
type Env struct {
	plugin.Env

	mu     sync.Mutex
	now    time.Time
	counts map[string]float64
}

// NewEnv returns an environment that logs to the test.
func NewEnv(t testing.TB) *Env {
	e := &Env{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), counts: make(map[string]float64)}
	e.Env = plugin.Env{
		Log:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		Now:    e.Time,
		Count:  func(name, _ string) plugin.Counter { return counter{e, name} },
		Shared: new(plugin.Shared),
	}
	return e
}

// Time returns what the clock shows.
func (e *Env) Time() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// Advance moves the clock.
func (e *Env) Advance(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = e.now.Add(d)
}

// Counted returns what a counter has come to.
func (e *Env) Counted(name string) float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts[name]
}

type counter struct {
	env  *Env
	name string
}

func (c counter) Add(n float64) {
	c.env.mu.Lock()
	defer c.env.mu.Unlock()
	c.env.counts[c.name] += n
}

// Start builds a plugin's runtime from its settings in JSON and closes it, if
// it has anything to close, when the test ends. The test fails when the
// settings are refused or the runtime is not an R: a phase, as a rule.
func Start[R any](t testing.TB, env *Env, spec *plugin.Spec, settings string) R {
	t.Helper()
	runtime, err := spec.New([]byte(settings), &env.Env)
	if err != nil {
		t.Fatalf("%s with %s: %v", spec.Name, settings, err)
	}
	if c, ok := runtime.(io.Closer); ok {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Errorf("%s: close: %v", spec.Name, err)
			}
		})
	}
	r, ok := runtime.(R)
	if !ok {
		t.Fatalf("%s with %s: the runtime is a %T, which lacks the phase", spec.Name, settings, runtime)
	}
	return r
}
