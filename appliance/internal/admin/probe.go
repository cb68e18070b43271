// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"context"
	"errors"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// probe asks the store, and works the facts out from all objects where the
// store cannot say: a file is small and in memory. When the revision that it
// reads goes away meanwhile, it begins again.
func (a *Admin) probe(ctx context.Context, q store.Question) (store.Facts, error) {
	ask := a.readAll
	if prober, ok := a.Store.(store.Prober); ok {
		ask = func(ctx context.Context) (store.Facts, error) { return prober.Probe(ctx, q) }
	}
	for {
		facts, err := ask(ctx)
		if !errors.Is(err, store.ErrCompacted) || ctx.Err() != nil {
			return facts, err
		}
	}
}

func (a *Admin) readAll(ctx context.Context) (store.Facts, error) {
	facts := store.Facts{
		Objects:   make(map[store.Key]int64),
		Claims:    make(map[string]store.Key),
		Referrers: make(map[store.Key][]store.Key),
	}
	for _, kind := range api.Kinds() {
		page, err := a.Store.List(ctx, kind.Name, store.ListOptions{Revision: facts.Revision})
		if err != nil {
			return store.Facts{}, err
		}
		facts.Revision = page.Revision
		for _, object := range page.Objects {
			a.note(&facts, kind, object)
		}
	}
	return facts, nil
}

// note adds what one stored object is and holds. One that cannot be read holds
// nothing.
func (a *Admin) note(facts *store.Facts, kind *api.Kind, object store.Object) {
	facts.Objects[object.Key] = object.Revision
	if kind.Reported {
		return // it keeps nothing from being deleted, and claims nothing
	}
	for _, ref := range kind.Type.References(object.Value) {
		key := refKey(ref)
		if by := facts.Referrers[key]; !slices.Contains(by, object.Key) {
			facts.Referrers[key] = append(by, object.Key)
		}
	}
	decoded, err := a.Catalogue.Decode(kind, object.Value, schema.WithoutSecrets)
	if err != nil {
		return
	}
	if claimer, ok := decoded.(api.Claimer); ok {
		for _, claim := range claimer.Claims() {
			facts.Claims[claim] = object.Key
		}
	}
}
