// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// validate answers POST /v1/validate: what would be wrong with a set of
// changes, were it applied to the store as it is now.
func (a *Admin) validate(c *call) (answer, error) {
	body, err := c.body(maxSet)
	if err != nil {
		return answer{}, err
	}
	var request api.ValidateRequest
	if err := decode(validateType, body, &request); err != nil {
		return answer{}, err
	}
	var set changeSet
	for _, put := range request.Put {
		set.put(a, put)
	}
	for _, key := range request.Delete {
		set.delete(key)
	}
	revision, problems, err := a.examine(c.ctx(), set.changes)
	if err != nil {
		return answer{}, err
	}
	problems = append(set.problems, problems...)
	result := api.ProblemsBody{Revision: revision, Problems: problems[:min(len(problems), maxProblems)]}
	if result.Problems == nil {
		result.Problems = []api.Problem{}
	}
	result.More = len(problems) - len(result.Problems)
	return answer{body: result}, nil
}

var validateType = schema.Of(func() api.ValidateRequest { return api.ValidateRequest{} })

// A changeSet is a request's changes and what is wrong with each by itself.
type changeSet struct {
	changes  []change
	problems []api.Problem
	seen     map[store.Key]bool
}

func (s *changeSet) put(a *Admin, put api.ValidateObject) {
	key := store.Key{Kind: put.Kind, ID: idOf(put.Object)}
	kind := s.kind(&key)
	if kind == nil {
		return
	}
	object, err := a.Catalogue.Decode(kind, put.Object, schema.WithoutSecrets)
	if err != nil {
		s.problems = append(s.problems, schemaProblems(key, err)...)
		if key.Check() == nil && s.first(key) {
			// What refers to it is not wrong because of that.
			s.changes = append(s.changes, change{key: key})
		}
		return
	}
	if s.first(key) {
		s.changes = append(s.changes, changeOf(kind, key.ID, put.Object, object))
	}
}

func (s *changeSet) delete(of api.Key) {
	key := store.Key(of)
	if s.kind(&key) == nil {
		return
	}
	if err := schema.CheckFormat("id", key.ID); err != nil {
		s.problem(key, "id", "%s", err)
		return
	}
	if s.first(key) {
		s.changes = append(s.changes, change{key: key, deleted: true})
	}
}

// kind returns the kind of a key, which may have its singular or plural name,
// or notes a problem.
func (s *changeSet) kind(key *store.Key) *api.Kind {
	kind := api.KindOf(key.Kind)
	if kind == nil {
		var names []string
		for _, k := range api.Kinds() {
			names = append(names, k.Name)
		}
		s.problem(*key, "kind", "%q is not a kind; the kinds are %s", clip(key.Kind), strings.Join(names, ", "))
		return nil
	}
	key.Kind = kind.Name
	return kind
}

// first notes a problem when the set has the object already.
func (s *changeSet) first(key store.Key) bool {
	if s.seen[key] {
		s.problem(key, "id", "%s is in the request more than once; give each object once", key)
		return false
	}
	if s.seen == nil {
		s.seen = make(map[store.Key]bool)
	}
	s.seen[key] = true
	return true
}

func (s *changeSet) problem(key store.Key, path, format string, args ...any) {
	s.problems = append(s.problems, api.Problem{Key: api.Key(key), Code: api.CodeInvalid, Path: path, Message: fmt.Sprintf(format, args...)})
}

// idOf returns the id of a document that may be wrong in every other way, or "".
func idOf(document []byte) string {
	var members map[string]json.RawMessage
	var id string
	if json.Unmarshal(document, &members) == nil && members["id"] != nil {
		_ = json.Unmarshal(members["id"], &id) // not a string: the decoder says so
	}
	return id
}
