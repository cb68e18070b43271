// SPDX-License-Identifier: Apache-2.0

// Package health finds out which targets can take requests.
//
// A [Checker] asks them by itself, again and again: it is one for a node, and
// checks of the same address with the same settings are one, whoever wants
// them. A [Detector] watches how the targets of one upstream answer requests,
// and ejects those that fail. Both keep what they know of a target for as long
// as somebody holds on to it: a new generation of an upstream takes hold of it
// before the old one lets go.
//
// Neither has a goroutine for a target. What requests ask and report takes no
// lock, unless a target is to be ejected.
package health

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
)

// defaultMaxProbes is how many probes run at a time if nothing is said.
const defaultMaxProbes = 256

// Options are fixed for a [Checker]'s life.
type Options struct {
	// Log gets a line when a target becomes healthy or unhealthy; nil: none.
	Log *slog.Logger

	// Dial makes TCP connections; nil means by the system's resolver.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// MaxProbes is how many probes run at a time; 0: 256. Others wait in the
	// order in which they were due. One that has been running for a second is no
	// longer counted, so that targets that do not answer hold up nobody.
	MaxProbes int
}

// A Checker runs the active checks of a node. Its methods are safe for
// concurrent use.
type Checker struct {
	options   Options
	newProber func(address string, s Spec, dial dialer) (prober, error)
	line      line

	probes, failures atomic.Int64

	mu      sync.Mutex
	closed  bool
	checks  map[checkKey]*check
	watches int
}

// A checkKey is what checks have in common that are one.
type checkKey struct{ address, settings string }

// NewChecker returns a checker that checks nothing yet.
func NewChecker(o Options) *Checker {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.MaxProbes <= 0 {
		o.MaxProbes = defaultMaxProbes
	}
	return &Checker{options: o, newProber: newProber, line: line{free: o.MaxProbes}, checks: make(map[checkKey]*check)}
}

// Stats are a checker's figures.
type Stats struct {
	Targets  int   // that are checked, each with the settings of its checks
	Watches  int   // that have not been released
	Running  int   // probes that run now
	Waiting  int   // probes that wait until fewer are running
	Probes   int64 // that have ended so far
	Failures int64 // of these
}

// Stats returns the figures as they are now.
func (c *Checker) Stats() Stats {
	s := Stats{Probes: c.probes.Load(), Failures: c.failures.Load()}
	s.Running, s.Waiting = c.line.count()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Targets, s.Watches = len(c.checks), c.watches
	return s
}

// Close ends all probing and waits for the probes that are running, which are
// given up, and for the callbacks that they have begun: it must not be called
// from one, nor with a lock that one takes. Watches keep the state that they
// have; those that are made later are never probed.
func (c *Checker) Close() {
	c.mu.Lock()
	c.closed = true
	for _, one := range c.checks {
		one.end()
	}
	clear(c.checks)
	c.mu.Unlock()
	c.line.close()
}
