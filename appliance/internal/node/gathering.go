// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// After a configuration was applied, the next one waits for so many times as long
// as that took, and no longer than the most: a thousand targets that report one by
// one are applied in a few steps. The first change after a quiet moment waits for
// nothing.
const (
	applyRest     = 100
	applyRestMost = 200 * time.Millisecond
)

// A gathering is what the store has said and nobody has applied yet.
type gathering struct {
	told chan struct{} // there is something; holds one

	mu      sync.Mutex
	pending *store.Update
	owned   bool // the slice of its changes
}

func newGathering() *gathering { return &gathering{told: make(chan struct{}, 1)} }

// add adds an update to those that wait. Taken together they mean the same as one
// after the other.
func (g *gathering) add(u store.Update) {
	g.mu.Lock()
	if p := g.pending; p == nil || u.Full {
		first := u
		g.pending, g.owned = &first, false
	} else {
		p.Revision = u.Revision
		if !g.owned {
			p.Changes, g.owned = slices.Clip(p.Changes), true
		}
		p.Changes = append(p.Changes, u.Changes...)
	}
	g.mu.Unlock()
	select {
	case g.told <- struct{}{}:
	default:
	}
}

// run applies what was gathered until ctx ends.
func (g *gathering) run(ctx context.Context, apply func(store.Update)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.told:
		}
		g.mu.Lock()
		u := g.pending
		g.pending = nil
		g.mu.Unlock()
		if u == nil {
			continue
		}
		began := time.Now()
		apply(*u)
		rest := time.NewTimer(min(applyRest*time.Since(began), applyRestMost))
		select {
		case <-ctx.Done():
			rest.Stop()
			return
		case <-rest.C:
		}
	}
}

// follow applies what the store says until ctx ends or the store gives up.
func (n *Node) follow(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	g := newGathering()
	var applying sync.WaitGroup
	applying.Go(func() { g.run(ctx, n.apply) })
	err := n.options.Store.Follow(ctx, g.add, n.report)
	stop()
	applying.Wait()
	return err
}
