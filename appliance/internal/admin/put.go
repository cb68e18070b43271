// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// put answers PUT /v1/{plural}/{id}.
func (a *Admin) put(c *call) (answer, error) {
	conditions, err := preconditionsOf(c.r)
	if err != nil {
		return answer{}, err
	}
	body, err := c.body(maxObject)
	if err != nil {
		return answer{}, err
	}
	sent, object, err := a.document(c, body)
	if err != nil {
		return answer{}, err
	}
	for {
		stored, err := a.read(c)
		if err != nil {
			return answer{}, err
		}
		result, err := a.replace(c, stored, sent, object, conditions)
		if outrun(err) {
			continue
		}
		return result, err
	}
}

// document checks what a client sent and returns it in canonical form, and
// decoded. Secrets may be missing.
func (a *Admin) document(c *call, body []byte) ([]byte, any, error) {
	body, err := withID(body, c.id)
	if err != nil {
		return nil, nil, invalid(c.key(), err)
	}
	object, err := a.Catalogue.Decode(c.kind, body, schema.WithoutSecrets)
	if err != nil {
		return nil, nil, invalid(c.key(), err)
	}
	canonical, err := c.kind.Type.Canonical(body)
	if err != nil {
		return nil, nil, invalid(c.key(), err)
	}
	return canonical, object, nil
}

// holdsSecrets reports whether objects of a kind can have secrets: fields of
// their own, or settings of plugins.
func holdsSecrets(kind *api.Kind, object any) bool {
	_, plugs := object.(api.PluginSet)
	return plugs || kind.Type.Secrets()
}

// complete completes a document with the secrets of the one that is stored.
func (a *Admin) complete(c *call, stored store.Object, sent []byte) (document []byte, object any, err error) {
	if stored.Revision != 0 {
		if forgotten := c.kind.Type.ForgottenSecrets(sent, stored.Value); len(forgotten) > 0 {
			return nil, nil, invalid(c.key(), forgotten)
		}
	}
	if document, err = keepSecrets(c.kind, sent, stored); err != nil {
		return nil, nil, err
	}
	if object, err = a.Catalogue.Decode(c.kind, document, schema.Complete); err != nil {
		return nil, nil, invalid(c.key(), err)
	}
	return document, object, nil
}

// replace writes a document over the stored one, which has the revision 0 if
// it does not exist, unless that has changed since.
func (a *Admin) replace(c *call, stored store.Object, sent []byte, decoded any, conditions preconditions) (answer, error) {
	document, object := sent, decoded
	if holdsSecrets(c.kind, decoded) {
		var err error
		if document, object, err = a.complete(c, stored, sent); err != nil {
			return answer{}, err
		}
	}
	// If-Match holds even if the document is there already: another writer may
	// have made the same change, and two that count to 6 are not 7.
	if err := conditions.check(c.key(), stored.Revision); err != nil {
		return answer{}, err
	}
	shown, err := show(c.kind, store.Object{Key: c.key(), Value: document})
	if err != nil {
		return answer{}, err
	}
	if stored.Revision != 0 && bytes.Equal(document, stored.Value) {
		return answer{revision: stored.Revision, body: shown, same: true}, nil
	}
	change := changeOf(c.kind, c.id, document, object)
	if change.loose {
		if err := a.checkLoose(c, change); err != nil {
			return answer{}, err
		}
	}
	revision, err := a.Store.Apply(c.ctx(), []store.Write{change.write(document, stored.Revision)})
	if err != nil {
		return answer{}, a.explain(c, change, err)
	}
	result := answer{revision: revision, body: shown}
	if stored.Revision == 0 {
		result.status = http.StatusCreated
	}
	return result, nil
}

// keepSecrets completes a canonical document with the secrets of the stored one.
func keepSecrets(kind *api.Kind, sent []byte, stored store.Object) ([]byte, error) {
	if stored.Revision == 0 || !kind.Type.Secrets() {
		return sent, nil
	}
	kept, err := kind.Type.KeepSecrets(sent, stored.Value)
	if err != nil {
		return sent, nil //nolint:nilerr // what is stored cannot be read, so it has nothing to keep
	}
	return kind.Type.Canonical(kept)
}

// checkLoose holds that what a change refers to exists now. Should it be deleted
// before the change is made, that is no other state than if it were after.
func (a *Admin) checkLoose(c *call, wanted change) error {
	_, problems, err := a.examine(c.ctx(), []change{wanted})
	if err != nil || len(problems) == 0 {
		return err
	}
	return refused(http.StatusConflict, wanted.key.String(), problems)
}

// explain replaces a store's first objection by everything that stands in the
// way of a write.
func (a *Admin) explain(c *call, wanted change, err error) error {
	_, missing := errors.AsType[*store.MissingReferenceError](err)
	_, claimed := errors.AsType[*store.ClaimedError](err)
	if !missing && !claimed {
		return err
	}
	_, problems, probeErr := a.examine(c.ctx(), []change{wanted})
	if probeErr != nil || len(problems) == 0 {
		return err
	}
	return refused(http.StatusConflict, wanted.key.String(), problems)
}
