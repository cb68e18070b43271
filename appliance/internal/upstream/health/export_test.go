// SPDX-License-Identifier: Apache-2.0

package health

import (
	"context"
	"time"
)

// A fake is a prober that does what a function does.
type fake struct {
	address string
	ask     func(ctx context.Context, address string, deadline time.Time) error
	closed  func(address string)
}

func (f fake) probe(ctx context.Context, deadline time.Time) error {
	return f.ask(ctx, f.address, deadline)
}

func (f fake) close() {
	if f.closed != nil {
		f.closed(f.address)
	}
}

// NewFake returns a checker whose probes are made by a function.
func NewFake(o Options, ask func(ctx context.Context, address string, deadline time.Time) error, closed func(address string)) *Checker {
	c := NewChecker(o)
	c.newProber = func(address string, _ Spec, _ dialer) (prober, error) { return fake{address, ask, closed}, nil }
	return c
}

// Timing reports whether a window has begun.
func (d *Detector) Timing() bool { return d.ward.timing.Load() }

// Serving is what reads the reply to a gRPC check.
var Serving = serving

// NewProbe returns what makes one probe.
func NewProbe(address string, s Spec) (probe func(ctx context.Context) error, closeIt func(), err error) {
	p, err := newProber(address, s, NewChecker(Options{}).options.Dial)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context) error { return p.probe(ctx, time.Now().Add(s.Check.Timeout.Std())) }, p.close, nil
}
