// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/proxy"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// leaseTime is how long a node that died without a word is still listed.
const leaseTime = 10 * time.Second

// retryListen is how long a listener that could not be opened waits for its
// next try.
const retryListen = time.Second

// Options of a node.
type Options struct {
	ID       string
	Zone     string // "" if it has none
	Version  string
	Store    store.Store
	Registry store.Registry // nil: the node tells nobody that it lives
	Compiler *snapshot.Compiler
	Unrouted snapshot.RouteMeter

	// DefaultListener is the address to serve while no listener is
	// configured; "" for none.
	DefaultListener string

	Log *slog.Logger
}

// A Node is one running data plane.
type Node struct {
	options   Options
	proxy     *proxy.Proxy
	listeners *listeners
	lease     store.Registration // nil without a registry
	started   time.Time
	loss      error // what the store last reported; used by Follow's goroutine only

	applying sync.Mutex  // held while a configuration or its listeners are put in place
	again    *time.Timer // the next try to open what could not be opened; nil without one
	told     time.Time   // when the log was last told of a configuration that was applied

	mu      sync.Mutex // of what others ask for; never held for long
	ended   bool
	applied chan struct{} // closed and replaced when a configuration was applied
	ready   bool          // the first configuration was applied
	have    int64         // the revision that was applied last, listeners included
}

// New returns a node; Run starts it.
func New(o Options) *Node {
	p := proxy.New(o.Compiler.Current(), o.Unrouted, o.Log)
	n := &Node{
		options:   o,
		proxy:     p,
		listeners: newListeners(p, o.Log),
		started:   time.Now(),
		applied:   make(chan struct{}),
	}
	if o.DefaultListener != "" {
		l := api.KindOf(api.KindListener).New().(*api.Listener)
		l.ID, l.Address = "default", o.DefaultListener
		n.listeners.fallback = &snapshot.Listener{API: l}
	}
	return n
}

// Run serves until ctx ends; then it stops accepting, finishes what is in
// flight for as long as grace, and withdraws from the others.
func (n *Node) Run(ctx context.Context, grace time.Duration) error {
	if r := n.options.Registry; r != nil {
		lease, err := r.Register(ctx, n.options.ID, n.describe("booting"), leaseTime)
		if err != nil {
			return err
		}
		n.lease = lease
	}
	stopping := context.AfterFunc(ctx, n.stopping)
	err := n.follow(ctx)
	stopping()
	n.stopping()

	n.applying.Lock()
	if n.again != nil {
		n.again.Stop()
	}
	n.applying.Unlock()
	end, cancel := n.end(context.WithoutCancel(ctx), grace)
	defer cancel()
	n.tell("draining")
	n.listeners.close(end)
	n.options.Compiler.Close()
	n.withdraw(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// end returns a context that ends when what is in flight is to be cut off.
func (n *Node) end(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	n.options.Log.Info("stopping", "grace", grace, "in_flight", n.listeners.inFlight())
	ctx, cut := context.WithCancel(ctx)
	timer := time.AfterFunc(grace, func() {
		if left := n.listeners.inFlight(); left > 0 {
			n.options.Log.Warn("the grace is over; what is still in flight is cut off", "cut", left)
		}
		n.proxy.Cut()
		cut()
	})
	return ctx, func() { timer.Stop(); cut() }
}

// withdraw takes the node from the registry. It has a time of its own, for the
// grace may be over.
func (n *Node) withdraw(ctx context.Context) {
	if n.lease == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	if err := n.lease.Close(ctx); err != nil {
		n.options.Log.Warn("could not withdraw from the registry; the lease will run out", "error", err)
	}
}

// stopping makes the node no longer ready.
func (n *Node) stopping() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ended = true
}

// apply compiles and serves what the store says.
func (n *Node) apply(u store.Update) {
	n.applying.Lock()
	defer n.applying.Unlock()
	began := time.Now()
	before := n.proxy.Current()
	next := n.options.Compiler.Apply(u.Revision, u.Full, Objects(u.Changes))
	n.proxy.Swap(next)
	n.serve()
	n.options.Compiler.Retire()
	n.tell("serving")

	// Under constant change one line a second is enough for everyday reading.
	level := slog.LevelDebug
	if u.Full || began.Sub(n.told) >= time.Second {
		level, n.told = slog.LevelInfo, began
	}
	n.options.Log.Log(context.Background(), level, "configuration applied", "revision", u.Revision, "changes", len(u.Changes),
		"problems", len(next.Problems), "took", time.Since(began).Round(100*time.Microsecond))
	if len(next.Problems) > len(before.Problems) {
		for _, p := range next.Problems[:min(len(next.Problems), 10)] {
			n.options.Log.Warn("a problem of the configuration", "problem", p.String())
		}
	}

	n.mu.Lock()
	defer n.mu.Unlock()
	n.ready, n.have = true, next.Revision
	close(n.applied)
	n.applied = make(chan struct{})
}

// Objects returns the store's objects as a compiler takes them.
func Objects(stored []store.Object) []snapshot.Object {
	objects := make([]snapshot.Object, len(stored))
	for i, o := range stored {
		objects[i] = snapshot.Object{Key: api.Key(o.Key), Value: o.Value}
	}
	return objects
}

// serve fits the listeners to the current snapshot, and comes back for those
// that could not be opened. n.applying is held.
func (n *Node) serve() {
	n.listeners.serve(n.wanted(n.proxy.Current()))
	if len(n.listeners.problems()) > 0 && n.again == nil {
		n.again = time.AfterFunc(retryListen, n.retry)
	}
}

// retry tries again to open the listeners that could not be opened.
func (n *Node) retry() {
	n.applying.Lock()
	defer n.applying.Unlock()
	n.again = nil
	if n.stopped() || len(n.listeners.problems()) == 0 {
		return
	}
	if n.serve(); len(n.listeners.problems()) == 0 {
		n.tell("serving")
	}
}

func (n *Node) stopped() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ended
}

// wanted returns the listeners of a snapshot, or the default one when nobody
// has configured any.
func (n *Node) wanted(s *snapshot.Snapshot) map[string]*snapshot.Listener {
	if len(s.Listeners) > 0 || n.listeners.fallback == nil {
		return s.Listeners
	}
	for _, p := range s.Problems {
		if p.Kind == api.KindListener {
			return nil // one is configured, and has a problem
		}
	}
	return map[string]*snapshot.Listener{n.listeners.fallback.API.ID: n.listeners.fallback}
}

// tell publishes the node's state, if there is somebody to tell.
func (n *Node) tell(state string) {
	if n.lease != nil {
		n.lease.Update(n.describe(state))
	}
}

// describe returns what the node tells of itself in its leased key.
func (n *Node) describe(state string) []byte {
	s := n.proxy.Current()
	b, _ := json.Marshal(api.Node{ // plain data always encodes
		ID: n.options.ID, Version: n.options.Version, Zone: n.options.Zone, State: state,
		Revision: s.Revision, Problems: len(s.Problems) + len(n.listeners.problems()),
		Started: n.started.UTC().Format(time.RFC3339),
	})
	return b
}
