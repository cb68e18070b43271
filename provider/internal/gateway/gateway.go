// SPDX-License-Identifier: Apache-2.0

// Package gateway is what the provider's configuration comes to: a connection
// to the Admin API, and the plan that one run of Terraform makes.
package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/client"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/planned"
)

// ErrNotKnown is returned while the provider's configuration depends on
// something that Terraform has not applied yet.
var ErrNotKnown = errors.New("the provider's configuration is not known yet, because it depends on something that is not applied; " +
	"apply that first, for example with -target, or give the provider values that are known")

// A Gateway is shared by everything of one configured provider. The methods
// that ask the gateway return a *client.Error for what it answers, and
// ErrNotKnown where it cannot be asked yet.
type Gateway struct {
	Plan    planned.Plan
	client  *client.Client // nil while the configuration is not known
	written atomic.Int64   // the latest revision that this run has made
	lags    atomic.Bool    // whether the node did not take a write in time
}

// New returns a gateway behind a client, or one that cannot be asked yet if
// the client is nil.
func New(c *client.Client) *Gateway { return &Gateway{client: c} }

// Client returns the connection.
func (g *Gateway) Client() (*client.Client, error) {
	if g.client == nil {
		return nil, ErrNotKnown
	}
	return g.client, nil
}

// Get returns an object, and whether it exists.
func (g *Gateway) Get(ctx context.Context, key api.Key) (stored api.StoredObject, found bool, err error) {
	c, err := g.Client()
	if err != nil {
		return stored, false, err
	}
	stored, err = c.Get(ctx, api.KindOf(key.Kind), key.ID)
	if errors.Is(err, client.ErrNotFound) {
		return stored, false, nil
	}
	return stored, err == nil, err
}

// Create makes an object, or returns client.ErrRevision if it exists.
func (g *Gateway) Create(ctx context.Context, key api.Key, document json.RawMessage) (api.StoredObject, error) {
	return g.put(ctx, key, document, client.If{Absent: true})
}

// Update replaces an object, or returns client.ErrRevision if it is not at the
// revision.
func (g *Gateway) Update(ctx context.Context, key api.Key, document json.RawMessage, revision int64) (api.StoredObject, error) {
	return g.put(ctx, key, document, client.If{Revision: revision})
}

// Terraform makes unrelated changes at once and in no order: what holds a
// claim now may be about to give it up. So a conflict is tried again a few
// times before it counts.
const (
	conflictTries = 8
	conflictPause = 500 * time.Millisecond
)

func (g *Gateway) put(ctx context.Context, key api.Key, document json.RawMessage, condition client.If) (api.StoredObject, error) {
	c, err := g.Client()
	if err != nil {
		return api.StoredObject{}, err
	}
	for try := 1; ; try++ {
		stored, err := c.Put(ctx, api.KindOf(key.Kind), key.ID, document, condition)
		g.wrote(stored.Revision)
		if refusal, ok := errors.AsType[*client.Error](err); !ok || refusal.Code != api.CodeConflict || try == conflictTries {
			return stored, err
		}
		select {
		case <-ctx.Done():
			return stored, err
		case <-time.After(conflictPause):
		}
	}
}

// wrote notes a revision, 0 for none.
func (g *Gateway) wrote(revision int64) {
	for {
		before := g.written.Load()
		if revision <= before || g.written.CompareAndSwap(before, revision) {
			return
		}
	}
}

// Delete removes an object. That it does not exist is no error.
func (g *Gateway) Delete(ctx context.Context, key api.Key) error {
	c, err := g.Client()
	if err != nil {
		return err
	}
	err = c.Delete(ctx, api.KindOf(key.Kind), key.ID, client.If{})
	if errors.Is(err, client.ErrNotFound) {
		return nil
	}
	return err
}

// Validate returns what the gateway would find wrong with an object. Nothing
// is changed.
func (g *Gateway) Validate(ctx context.Context, kind string, document json.RawMessage) ([]api.Problem, error) {
	c, err := g.Client()
	if err != nil {
		return nil, err
	}
	body, err := c.Validate(ctx, api.ValidateRequest{Put: []api.ValidateObject{{Kind: kind, Object: document}}})
	return body.Problems, err
}
