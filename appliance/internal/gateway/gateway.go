// SPDX-License-Identifier: Apache-2.0

// Package gateway assembles the appliance: a store, a node that serves what
// the store says, the Admin API, and the operations listener.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/node"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/health"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
)

// Config says what to run. Validate names what is wrong with it.
type Config struct {
	NodeID  string
	Zone    string // "" if the node is in none
	Cluster string
	Version string

	File    string // serve this file instead of a store; the Admin API is read-only then
	Etcd    Etcd   // an etcd to use instead of the embedded one
	DataDir string // of the embedded etcd, tokens and the disk copy

	Admin           string // address of the Admin API, "" for none
	AdminTLS        KeyPair
	Token           string // accepted by the Admin API beside those in the data directory
	Operations      string // address of the operations listener, "" for none
	Profiling       bool   // the operations listener serves /debug/pprof/
	DefaultListener string // address to serve while no listener is configured, "" for none

	Grace time.Duration // how long what is in flight may take when the gateway stops
	Log   *slog.Logger
}

// A KeyPair names two PEM files; both or none.
type KeyPair struct{ Certificate, Key string }

// A Gateway is a running appliance.
type Gateway struct {
	config     Config
	node       *node.Node
	arrivals   *node.Arrivals
	metrics    *observe.Metrics
	ejections  *ejections
	admin      *endpoint
	operations *endpoint
	tokenAt    string // where the first token was written, "" if there were tokens
	stop       context.CancelFunc
	finished   chan struct{}
	err        error // why it ended; to be read when finished is closed
}

// Start starts a gateway and returns once the Admin API and the operations
// listener are open; traffic is served as soon as there is a configuration. It runs
// until ctx ends or Close is called; then the error of Wait says why.
func Start(ctx context.Context, config Config) (*Gateway, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	var cleanup closers
	st, err := openStore(ctx, config, &cleanup)
	if err != nil {
		return nil, errors.Join(err, cleanup.close())
	}
	g := &Gateway{config: config, metrics: observe.NewMetrics(config.Version), finished: make(chan struct{})}
	catalogue := plugins.All()
	checker := health.NewChecker(health.Options{Log: observe.NewBurst(config.Log)})
	cleanup.add(func() error { checker.Close(); return nil })
	g.arrivals = node.NewArrivals(st.registry)
	g.node = node.New(node.Options{
		ID: config.NodeID, Zone: config.Zone, Version: config.Version,
		Store: st.followed, Registry: st.registry,
		Compiler:        snapshot.NewCompiler(catalogue, g.env(), upstreams(config, checker, g.arrivals.Shares), g.meters()),
		Unrouted:        g.metrics.Unrouted,
		DefaultListener: config.DefaultListener,
		Log:             config.Log,
	})
	g.ejections = &ejections{served: g.node.Pools, log: config.Log, last: make(map[string]*ejected)}
	g.gauges()
	g.metrics.Upstreams(newUpstreamFigures(g.node.Pools).read)
	g.metrics.Health(healthFigures(checker.Stats))
	err = g.openAdmin(st, catalogue)
	if err == nil {
		err = g.openOperations()
	}
	if err != nil {
		return nil, errors.Join(err, g.admin.close(), cleanup.close())
	}
	ctx, g.stop = context.WithCancel(ctx)
	go g.run(ctx, &cleanup)
	return g, nil
}

// run runs every part until ctx ends or the first of them fails. The
// operations listener comes last, so that one can see how the node stops.
func (g *Gateway) run(ctx context.Context, cleanup *closers) {
	defer close(g.finished)
	defer g.stop()
	operations, stopOperations := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOperations()

	var first sync.Once
	var parts, last sync.WaitGroup
	run := func(group *sync.WaitGroup, ctx context.Context, part func(context.Context) error) {
		group.Go(func() {
			if err := part(ctx); err != nil {
				first.Do(func() { g.err = err })
			}
			g.stop()
		})
	}
	if g.admin != nil {
		run(&parts, ctx, g.admin.serve)
	}
	run(&parts, ctx, func(ctx context.Context) error { return g.node.Run(ctx, g.config.Grace) })
	run(&parts, ctx, g.ejections.watch)
	run(&parts, ctx, func(ctx context.Context) error {
		g.arrivals.Run(ctx, g.zonesChanged)
		return nil
	})
	if g.operations != nil {
		run(&last, operations, g.operations.serve)
	}
	parts.Wait()
	stopOperations()
	last.Wait()
	if err := cleanup.close(); g.err == nil {
		g.err = err
	}
	g.config.Log.Info("stopped")
}

// zonesChanged has the upstreams look again where requests arrive.
func (g *Gateway) zonesChanged() {
	for _, p := range g.node.Pools() {
		p.Arrived()
	}
}

// Wait returns when the gateway has ended, with the reason if it failed.
func (g *Gateway) Wait() error {
	<-g.finished
	return g.err
}

// Close ends the gateway, giving what is in flight its grace.
func (g *Gateway) Close() error {
	g.stop()
	return g.Wait()
}

// Node returns the node that serves.
func (g *Gateway) Node() *node.Node { return g.node }

// AdminAddress returns where the Admin API listens, "" if nowhere.
func (g *Gateway) AdminAddress() string { return g.admin.address() }

// OperationsAddress returns where the operations listener listens, "" if nowhere.
func (g *Gateway) OperationsAddress() string { return g.operations.address() }

// FirstToken returns the file that holds a token made because there was none
// yet, or "".
func (g *Gateway) FirstToken() string { return g.tokenAt }

// env is what plugins get.
func (g *Gateway) env() plugin.Env {
	return plugin.Env{Log: g.config.Log, Now: time.Now, Count: g.metrics.Counter, Shared: &plugin.Shared{}}
}

func (g *Gateway) meters() snapshot.Meters {
	return snapshot.Meters{
		Route:  func(id string) snapshot.RouteMeter { return g.metrics.Route(id) },
		Forget: g.metrics.Forget,
	}
}

func (g *Gateway) gauges() {
	g.metrics.Gauge("penstock_config_revision", "Revision of the configuration that the node serves.", func() float64 { return float64(g.node.Revision()) })
	g.metrics.Listeners(g.listenerFigures)
	g.metrics.Gauge("penstock_config_problems", "Problems of the configuration that the node serves.", func() float64 { return float64(len(g.node.Problems().Problems)) })
}

// closers closes in the reverse order of opening.
type closers []func() error

func (c *closers) add(f func() error) { *c = append(*c, f) }

func (c *closers) close() error {
	var errs []error
	for i := len(*c) - 1; i >= 0; i-- {
		errs = append(errs, (*c)[i]())
	}
	*c = nil
	return errors.Join(errs...)
}
