// SPDX-License-Identifier: Apache-2.0

// Package discovery finds the targets of an upstream that its configuration
// does not list.
//
// A [Source] tells the whole list of targets whenever it has changed. What
// answers say over time is made a list by members, without any I/O; when to
// ask is decided by poller; dns.go asks DNS servers.
//
// DNS is asked without the system's resolver, because the lifetimes of
// records are needed, and the servers are those of the configuration. Names
// are absolute: search domains do not apply, nor does the hosts file.
package discovery

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// A Source finds the targets of an upstream.
type Source interface {
	// Run tells publish the whole list whenever it has changed, the first
	// time as soon as it is known, until ctx ends. Lists have a stable order
	// and belong to publish, which is called from one goroutine.
	Run(ctx context.Context, publish func([]api.Target))
}

// Options are what a source needs beside its settings.
type Options struct {
	// Log is told when answers begin and cease to come, and what is wrong
	// with them; nil means nobody.
	Log *slog.Logger

	// Report is told after each round of questions how the source is doing,
	// from the goroutine of Run; nil means nobody.
	Report func(Status)

	// ResolvConf is the file that names the DNS servers of the node. It is
	// read at each round. Empty means /etc/resolv.conf.
	ResolvConf string
}

// Status is how a source is doing.
type Status struct {
	Targets  int           // in the list
	Kept     int           // of Targets, those that the last answer did not have
	Dropped  int           // targets of the last answer that were too many
	Answered time.Time     // when the last answer came; zero before the first
	Server   string        // that gave it
	TTL      time.Duration // how long it was good by its own word, before bounds
	Next     time.Time     // when it is asked again
	Failures int           // rounds in a row that got no answer, or only to some of their questions
	Err      error         // of the last round; nil if all its questions were answered
}

// New returns the source for settings whose defaults are applied. Settings
// that ask for nothing give a source that finds nothing.
func New(settings api.Discovery, o Options) Source {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(Status) {}
	}
	if settings.DNS == nil {
		return nothing{}
	}
	return newDNS(*settings.DNS, o)
}

// nothing is a source without targets.
type nothing struct{}

func (nothing) Run(ctx context.Context, publish func([]api.Target)) {
	publish([]api.Target{})
	<-ctx.Done()
}
