// SPDX-License-Identifier: Apache-2.0

package api

import "encoding/json"

// Codes of a Problem and of an error answer.
const (
	CodeInvalid          = "invalid"           // the document breaks its declaration
	CodeUnknownReference = "unknown_reference" // it refers to an object that does not exist; Other says which
	CodeConflict         = "conflict"          // Other holds what it claims
	CodeInUse            = "in_use"            // Other refers to it, so it cannot be deleted
	CodeUnusable         = "unusable"          // it is well-formed and cannot be run on this node, such as an address in use
	CodeRevision         = "revision"          // it is not at the revision that If-Match demands
	CodeNotFound         = "not_found"
	CodeUnauthorized     = "unauthorized"
	CodeReadOnly         = "read_only"   // the configuration comes from a file
	CodeTooLarge         = "too_large"   // the request is over a size limit
	CodeUnavailable      = "unavailable" // the store cannot be reached now
	CodeBadRequest       = "bad_request" // the request itself, not an object in it
	CodeInternal         = "internal"
)

// A Key addresses an object.
type Key struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

func (k Key) String() string { return k.Kind + "/" + k.ID }

// A Problem is one thing wrong with one object.
type Problem struct {
	Key
	Code    string `json:"code"`
	Path    string `json:"path"` // in the object, such as plugins.rate_limit.count; "" is the object
	Message string `json:"message"`
	Other   *Key   `json:"other,omitzero"` // the other object that it is about
}

func (p Problem) String() string {
	at := p.Key.String()
	if p.Path != "" {
		at += ": " + p.Path
	}
	return at + ": " + p.Message
}

// An ErrorBody is the body of every answer with a status of 400 or more.
type ErrorBody struct {
	Code     string    `json:"code"`
	Message  string    `json:"message"`
	Problems []Problem `json:"problems,omitzero"`
}

// A StoredObject is an object as a listing shows it, without secrets.
type StoredObject struct {
	ID       string          `json:"id"`
	Revision int64           `json:"revision"` // of its last change; the ETag of the object is this number in quotes
	Object   json.RawMessage `json:"object"`
}

// A ListBody is one page of a listing.
type ListBody struct {
	Revision int64          `json:"revision"` // all pages of a listing show this one
	Items    []StoredObject `json:"items"`
	Next     string         `json:"next,omitzero"` // page_token of the next page
}

// A ValidateRequest asks what would be wrong with a set of changes. Nothing is
// changed.
type ValidateRequest struct {
	Put    []ValidateObject `json:"put,omitzero"`
	Delete []Key            `json:"delete,omitzero"`
}

// A ValidateObject is an object to check; it may leave out its secrets.
type ValidateObject struct {
	Kind   string          `json:"kind"`
	Object json.RawMessage `json:"object"`
}

// A ProblemsBody answers a ValidateRequest, and tells the problems of the
// configuration that runs.
type ProblemsBody struct {
	Revision int64     `json:"revision"`
	Problems []Problem `json:"problems"`
	More     int       `json:"more,omitzero"` // how many problems are left out because they are so many
}

// A MatchRequest describes a request to be routed.
type MatchRequest struct {
	Listener string            `json:"listener,omitzero"`
	Method   string            `json:"method"`
	Scheme   string            `json:"scheme,omitzero"` // http or https; http if not given
	Host     string            `json:"host,omitzero"`
	Path     string            `json:"path"` // with the query, if any
	Headers  map[string]string `json:"headers,omitzero"`
	Client   string            `json:"client,omitzero"` // IP address
	GRPC     bool              `json:"grpc,omitzero"`   // a gRPC call over HTTP/2
}

// A MatchResult says which route takes a request.
type MatchResult struct {
	Route    string            `json:"route,omitzero"` // "" when none does
	Service  string            `json:"service,omitzero"`
	Upstream string            `json:"upstream,omitzero"`
	Params   map[string]string `json:"params,omitzero"`
	Plugins  []string          `json:"plugins,omitzero"` // in the order in which they run
	Rejected []MatchRejected   `json:"rejected,omitzero"`
}

// A MatchRejected is a route whose host and path fit and another condition did not.
type MatchRejected struct {
	Route     string `json:"route"`
	Condition string `json:"condition"`
}

// A Node is a live node.
type Node struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Zone     string `json:"zone,omitzero"`
	State    string `json:"state"`
	Revision int64  `json:"revision"` // of the configuration that it runs
	Problems int    `json:"problems"` // in that configuration
	Started  string `json:"started"`  // RFC 3339
}

// NodesBody lists the live nodes by id.
type NodesBody struct {
	Nodes []Node `json:"nodes"`
}

// A PluginInfo describes a plugin that the appliance has.
type PluginInfo struct {
	Name    string          `json:"name"`
	Order   int             `json:"order"` // place in the order of execution, from 0
	Summary string          `json:"summary"`
	Schema  json.RawMessage `json:"schema"` // JSON Schema of its settings
}

// PluginsBody lists the plugins in the order in which they run.
type PluginsBody struct {
	Plugins []PluginInfo `json:"plugins"`
}

// A VersionBody tells what serves the Admin API.
type VersionBody struct {
	Version string `json:"version"`
	Cluster string `json:"cluster"`
}
