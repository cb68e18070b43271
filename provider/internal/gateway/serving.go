// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
)

// How long a node may take to serve what was written, and how often it is asked.
const (
	serveTime  = 10 * time.Second
	servePause = 50 * time.Millisecond
)

// Serving returns the connection once the node behind it serves everything
// that this run has written, so that questions about routing are answered by
// what was just applied.
func (g *Gateway) Serving(ctx context.Context) (*client.Client, error) {
	c, err := g.Client()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, serveTime)
	defer cancel()
	for {
		running, err := c.Problems(ctx)
		switch {
		case err != nil:
			return nil, fmt.Errorf("ask the gateway what it serves: %w", err)
		case running.Revision >= g.written.Load():
			return c, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the gateway serves revision %d still, %s after revision %d was written: see its log and penstock_nodes", running.Revision, serveTime, g.written.Load())
		case <-time.After(servePause):
		}
	}
}

// How long a write waits for the node to take it, and how long once a write
// has waited in vain: a node that lags behind must not slow down hundreds of
// them.
const (
	useTime    = 2 * time.Second
	useTimeLag = 100 * time.Millisecond
)

// Pauses between questions whether a write is taken: most are at once.
const (
	firstUsePause = 10 * time.Millisecond
	lastUsePause  = 50 * time.Millisecond
)

// Unusable returns why the node behind the connection cannot use an object as
// it was written at a revision: nothing if it can, or if that is not to be
// learned within two seconds.
func (g *Gateway) Unusable(ctx context.Context, key api.Key, revision int64) []api.Problem {
	c, err := g.Client()
	if err != nil {
		return nil
	}
	patience := useTime
	if g.lags.Load() {
		patience = useTimeLag
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	opening := key.Kind == api.KindListener // a node takes a revision, then opens its listeners
	for pause := firstUsePause; ; pause = min(2*pause, lastUsePause) {
		running, err := c.Problems(ctx)
		if err != nil {
			g.lags.Store(true)
			return nil
		}
		if running.Revision >= revision {
			g.lags.Store(false)
			if found := of(key, running.Problems); len(found) > 0 || !opening {
				return found
			}
			opening, pause = false, lastUsePause
		}
		select {
		case <-ctx.Done():
			g.lags.Store(running.Revision < revision)
			return nil
		case <-time.After(pause):
		}
	}
}

// of returns the problems of an object.
func of(key api.Key, problems []api.Problem) []api.Problem {
	var found []api.Problem
	for _, p := range problems {
		if p.Key == key {
			found = append(found, p)
		}
	}
	return found
}
