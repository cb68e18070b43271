// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
)

// get answers GET /v1/{plural}/{id}.
func (a *Admin) get(c *call) (answer, error) {
	conditions, err := preconditionsOf(c.r)
	if err != nil {
		return answer{}, err
	}
	object, err := a.read(c)
	if err != nil {
		return answer{}, err
	}
	if object.Revision == 0 {
		return answer{}, notFound(c)
	}
	if conditions.noneMatch.given && conditions.noneMatch.holds(object.Revision) {
		return answer{status: http.StatusNotModified, revision: object.Revision}, nil
	}
	shown, err := show(c.kind, object)
	return answer{revision: object.Revision, body: shown}, err
}

// delete answers DELETE /v1/{plural}/{id}.
func (a *Admin) delete(c *call) (answer, error) {
	conditions, err := preconditionsOf(c.r)
	if err != nil {
		return answer{}, err
	}
	for {
		stored, err := a.read(c)
		if err != nil {
			return answer{}, err
		}
		if stored.Revision == 0 {
			return answer{}, notFound(c)
		}
		if err := conditions.check(c.key(), stored.Revision); err != nil {
			return answer{}, err
		}
		revision, err := a.Store.Apply(c.ctx(), []store.Write{{Key: c.key(), IfRevision: &stored.Revision}})
		if outrun(err) {
			continue
		}
		return answer{status: http.StatusNoContent, revision: revision}, err
	}
}

// outrun reports whether somebody else changed the object after it was read
// here. Whether the client minds is for its preconditions to say, so the
// caller begins again; of all who compete one wins each round, and the call's
// time bounds the rounds.
func outrun(err error) bool {
	_, ok := errors.AsType[*store.ConflictError](err)
	return ok
}

// read returns the object of the path; its revision is 0 if there is none.
func (a *Admin) read(c *call) (store.Object, error) {
	if c.key().Check() != nil {
		return store.Object{}, nil //nolint:nilerr // what can have no key is not there
	}
	object, err := a.Store.Get(c.ctx(), c.key())
	if errors.Is(err, store.ErrNotFound) {
		return store.Object{}, nil
	}
	return object, err
}

// show returns a stored document as anybody may see it.
func show(kind *api.Kind, object store.Object) (json.RawMessage, error) {
	if !kind.Type.Secrets() {
		return object.Value, nil
	}
	shown, err := kind.Type.Redact(object.Value)
	if err != nil {
		return nil, fmt.Errorf("%s in the store: %w", object.Key, err)
	}
	return shown, nil
}

func notFound(c *call) error {
	return failed(http.StatusNotFound, api.CodeNotFound, "there is no %s %q", c.kind.Name, clip(c.id))
}
