// SPDX-License-Identifier: Apache-2.0

// Package admin is the Admin API: REST over the objects of a cluster, under
// /v1, for people and programs that hold a token.
//
// An object is at /v1/{plural}/{id}. Its ETag is its revision in quotes;
// If-Match and If-None-Match guard changes (RFC 9110, section 13). A PUT of
// what is stored already changes nothing, so that every request may be sent
// again. Documents are stored as they were written, in canonical form and
// without defaults; secrets go in and never come out, and a PUT that leaves
// them out keeps them.
//
// The status of a failure says who has to act:
//
//	400  the request or the document is wrong in itself
//	409  the document is right and other objects stand in its way: one it
//	     refers to does not exist, one holds what it claims, or one refers to
//	     what is to be deleted (reported objects do not count there)
//	412  somebody else changed the object first
//	503  nobody; try again after Retry-After
//
// Every failure has an api.ErrorBody, and lists all problems of a document at
// once, each with its path.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/store"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

// Options are what the Admin API works with.
type Options struct {
	Store     store.Store
	Registry  store.Registry // of live nodes; nil if the node is alone
	Catalogue *plugin.Catalogue
	Running   Running // nil while the node serves nothing

	// Tokens are those of the node's data directory, may be nil.
	Tokens *Tokens
	// StaticTokens are accepted too; they do not expire. Keys are the names
	// that logs show, values the secrets. Empty secrets are no tokens.
	StaticTokens map[string]string

	Cluster string
	Version string
	Log     *slog.Logger // nil: nothing is logged
}

// Running is the configuration that the node serves now.
type Running interface {
	Problems() api.ProblemsBody
	// Match says which route would take a request. Its errors are about the
	// request, to be shown to who sent it.
	Match(api.MatchRequest) (api.MatchResult, error)
	// UpstreamTargets tells how the targets of an upstream do, and false of one
	// that the node does not serve.
	UpstreamTargets(id string) (api.UpstreamTargets, bool)
}

// storeTime bounds what one request may wait for the store.
const storeTime = 20 * time.Second

// An Admin is the http.Handler of the Admin API.
type Admin struct {
	Options
	auth      *authenticator
	refusals  refusals
	endpoints map[string]*endpoint
	openAPI   []byte
}

// New returns the Admin API.
func New(options Options) *Admin {
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	a := &Admin{Options: options, auth: newAuthenticator(options.Tokens, options.StaticTokens)}
	a.endpoints = a.table()
	a.openAPI = a.describe()
	return a
}

// A call is one request to the Admin API.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	actor string // name of the token
	kind  *api.Kind
	id    string // of the path
}

func (c *call) ctx() context.Context { return c.r.Context() }

// key addresses the object of the path.
func (c *call) key() store.Key { return store.Key{Kind: c.kind.Name, ID: c.id} }

// An answer is what a call that went well is answered with.
type answer struct {
	status   int   // 0 means 200
	revision int64 // sent as ETag, unless it is 0
	body     any   // sent as JSON, unless it is nil
	same     bool  // of a write: there was nothing to change
}

// ServeHTTP answers one request.
func (a *Admin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), storeTime)
	defer cancel()
	c := &call{w: w, r: r.WithContext(ctx)}
	defer a.recoverPanic(c)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	result, err := a.serve(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.send(c, result)
}

func (a *Admin) serve(c *call) (answer, error) {
	var err error
	if c.actor, err = a.auth.check(c.r); err != nil {
		if untold, ok := a.refusals.tell(time.Now()); ok {
			a.Log.Warn("admin: refused", "peer", c.r.RemoteAddr, "reason", err, "untold", untold)
		}
		return answer{}, err
	}
	op, err := a.find(c)
	if err != nil {
		return answer{}, err
	}
	result, err := op.handle(c)
	if op.writes {
		a.record(c, result, err)
	}
	return result, err
}

// record logs who changed what, and never the document.
func (a *Admin) record(c *call, result answer, err error) {
	attrs := []any{"who", c.actor, "method", c.r.Method, "object", c.key().String()}
	if err != nil {
		a.Log.Warn("admin: write refused", append(attrs, "code", failureOf(err).body.Code)...)
		return
	}
	a.Log.Info("admin: write", append(attrs, "changed", !result.same, "revision", result.revision)...)
}
