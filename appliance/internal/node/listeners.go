// SPDX-License-Identifier: Apache-2.0

// Package node is the life of one node: it follows the store, compiles what
// comes, serves it on its listeners, and tells the others that it lives.
package node

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/snapshot"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// goodbye is how long a removed listener may take to finish what it began.
const goodbye = 30 * time.Second

// lastWords is how long what was cut off may take to notice, and how long the
// registry may take when a node withdraws.
const lastWords = time.Second

// listeners keeps one server for every address of the snapshot's listeners.
// serve and close are called by one goroutine at a time; the rest by any.
type listeners struct {
	handler  message.Handler
	log      *slog.Logger
	fallback *snapshot.Listener // the one to serve while none is configured; nil without one
	told     reminders          // of what cannot be opened, by configured address

	mu      sync.Mutex                // guards what others read
	open    map[*engine.Server]bool   // those that are served and those that finish what they began
	servers map[string]*engine.Server // by configured address
	ids     map[string]string         // listener by configured address
	faults  []api.Problem

	leaving sync.WaitGroup  // servers that finish what they began
	ctx     context.Context // ends when they have had their time
	cut     context.CancelFunc
}

func newListeners(handler message.Handler, log *slog.Logger) *listeners {
	l := &listeners{handler: handler, log: log, told: make(reminders), open: make(map[*engine.Server]bool)}
	l.ctx, l.cut = context.WithCancel(context.Background())
	return l
}

// serve opens, changes and closes sockets to fit the configuration. A socket
// whose address stays is kept, whatever else changes, the listener's id
// included. What cannot be opened is told as a Problem; the next call tries
// again.
func (l *listeners) serve(want map[string]*snapshot.Listener) {
	servers, ids := make(map[string]*engine.Server), make(map[string]string)
	for id, w := range want {
		ids[w.API.Address] = id
	}
	for address, s := range l.servers {
		if _, stays := ids[address]; stays {
			servers[address] = s
		} else {
			l.leave(address, s)
		}
	}
	var faults []api.Problem
	for _, address := range slices.Sorted(maps.Keys(ids)) {
		id := ids[address]
		options := l.options(id, want[id])
		if s := servers[address]; s != nil {
			_ = s.Update(options) // fails on a closed server only, and this one is not
			continue
		}
		s, err := engine.Listen(address, options)
		if err != nil {
			faults = append(faults, l.fault(want[id], err))
			continue
		}
		l.log.Info("listening", "listener", id, "address", s.Addr().String(), "tls", options.TLS != nil)
		servers[address] = s
	}
	maps.DeleteFunc(l.told, func(address string, _ time.Time) bool { return ids[address] == "" || servers[address] != nil })
	l.mu.Lock()
	for _, s := range servers {
		l.open[s] = true
	}
	l.servers, l.ids, l.faults = servers, ids, faults
	l.mu.Unlock()
}

// fault tells that a listener cannot be opened, in the log not at every try.
func (l *listeners) fault(w *snapshot.Listener, err error) api.Problem {
	why := reason(err)
	if w == l.fallback {
		why += "; choose another address with --listen, or configure a listener"
	}
	if l.told.due(w.API.Address, time.Now()) {
		l.log.Error("cannot listen; trying again every second", "listener", w.API.ID, "address", w.API.Address, "error", why)
	}
	return api.Problem{Key: api.Key{Kind: api.KindListener, ID: w.API.ID}, Code: api.CodeUnusable, Path: "address", Message: "this node cannot listen there: " + why}
}

func (l *listeners) options(id string, w *snapshot.Listener) engine.Options {
	o := engine.Options{
		ID:                id,
		Handler:           l.handler,
		Log:               l.log,
		HTTP2:             w.API.HTTP2,
		HeaderTimeout:     w.API.HeaderTimeout.Std(),
		IdleTimeout:       w.API.IdleTimeout.Std(),
		StallTimeout:      w.API.StallTimeout.Std(),
		TunnelIdleTimeout: w.API.TunnelIdleTimeout.Std(),
		MaxHeaderBytes:    w.API.MaxHeaderBytes,
		MaxHeaderFields:   w.API.MaxHeaderFields,
		MaxBodyBytes:      w.API.MaxBodyBytes,
		MaxRequests:       w.API.MaxRequests,
		MaxConnections:    w.API.MaxConnections,
		MaxTunnels:        w.API.MaxTunnels,
		MaxStreams:        w.API.MaxStreams,
		HalfClose:         w.API.HalfClose != nil && *w.API.HalfClose,
	}
	if config := w.TLS; config != nil {
		o.TLS = func(*tls.ClientHelloInfo) (*tls.Config, error) { return config, nil }
	}
	return o
}

// leave frees the address and lets what began there come to its end.
func (l *listeners) leave(address string, s *engine.Server) {
	l.log.Info("closing a listener", "address", address)
	if err := s.StopAccepting(); err != nil {
		l.log.Warn("closing a listener", "address", address, "error", err)
	}
	l.leaving.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, goodbye)
		defer cancel()
		if err := l.shutdown(ctx, s); err != nil {
			l.log.Warn("what began on a closed listener was cut short", "address", address, "error", err)
		}
	})
}

// shutdown ends a server. What it had to cut off has a moment to come to its
// end, so that the log has it.
func (l *listeners) shutdown(ctx context.Context, s *engine.Server) error {
	err := s.Shutdown(ctx)
	for deadline := time.Now().Add(lastWords); s.Stats().Exchanges > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, s)
	return err
}

// inFlight returns how many requests and upgraded connections are being
// served, on listeners that were removed too.
func (l *listeners) inFlight() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all int64
	for s := range l.open {
		all += s.Stats().Exchanges
	}
	return all
}

// stats returns the figures of the listeners that are served, by id.
func (l *listeners) stats() map[string]engine.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]engine.Stats, len(l.servers))
	for address, s := range l.servers {
		all[l.ids[address]] = s.Stats()
	}
	return all
}

// problems returns the listeners that could not be opened.
func (l *listeners) problems() []api.Problem {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.faults
}

// addresses returns where the listeners listen, by id.
func (l *listeners) addresses() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make(map[string]string, len(l.servers))
	for address, s := range l.servers {
		all[l.ids[address]] = s.Addr().String()
	}
	return all
}

// close ends all listeners, those that were leaving too, bounded by ctx.
func (l *listeners) close(ctx context.Context) {
	defer l.cut()
	defer context.AfterFunc(ctx, l.cut)()
	l.mu.Lock()
	servers := l.servers
	l.servers = nil
	l.mu.Unlock()
	for _, s := range servers {
		l.leaving.Go(func() { _ = l.shutdown(ctx, s) }) // cut short when ctx ends
	}
	l.leaving.Wait()
}

// reason returns the innermost error: the rest repeats what the Problem says.
func reason(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
