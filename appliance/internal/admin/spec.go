// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"fmt"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A spec describes an operation for OpenAPI.
type spec struct {
	id, tag, summary string
	conditions       []string          // header fields of RFC 9110, section 13.1
	body             string            // schema of the request body, "" for none
	etag             bool              // answers have an ETag
	answers          map[int]described // by status; failures are all alike
}

type described struct{ doc, schema string }

// clusterTag groups what is not about one kind.
const clusterTag = "cluster"

// anything stands for a schema that is not described further.
const anything = "-"

var queryParameters = map[string]object{
	"limit": {
		"name": "limit", "in": "query", "description": "Objects on a page.",
		"schema": object{"type": "integer", "minimum": 1, "maximum": maxPage, "default": defaultPage},
	},
	"page_token": {
		"name": "page_token", "in": "query", "schema": object{"type": "string"},
		"description": "The next of the page before. All pages of a listing show one revision.",
	},
}

var conditionDocs = map[string]string{
	"If-Match":      "Do it only if the object has this ETag; * for any.",
	"If-None-Match": "Do it only if the object does not have this ETag; * if it does not exist.",
}

func listSpec(k *api.Kind) spec {
	return spec{
		id: "list_" + k.Plural, tag: k.Plural, summary: "List the " + k.Plural + ", ordered by id.",
		answers: map[int]described{http.StatusOK: {"One page.", "List"}},
	}
}

func getSpec(k *api.Kind) spec {
	return spec{
		id: "get_" + k.Name, tag: k.Plural, summary: fmt.Sprintf("Show a %s, without secrets.", k.Name), etag: true,
		conditions: []string{"If-None-Match"},
		answers: map[int]described{
			http.StatusOK: {"The object.", schemaName(k)}, http.StatusNotModified: {"It has an ETag of If-None-Match.", ""},
		},
	}
}

func putSpec(k *api.Kind) spec {
	return spec{
		id: "put_" + k.Name, tag: k.Plural, etag: true, body: schemaName(k),
		summary:    fmt.Sprintf("Create or replace a %s. Secrets that are left out are kept; writing what is there already changes nothing.", k.Name),
		conditions: []string{"If-Match", "If-None-Match"},
		answers: map[int]described{
			http.StatusOK: {"Replaced, or the same already.", schemaName(k)}, http.StatusCreated: {"Created.", schemaName(k)},
		},
	}
}

func deleteSpec(k *api.Kind) spec {
	return spec{
		id: "delete_" + k.Name, tag: k.Plural, summary: fmt.Sprintf("Delete a %s that nothing refers to.", k.Name),
		conditions: []string{"If-Match", "If-None-Match"},
		answers:    map[int]described{http.StatusNoContent: {"Deleted.", ""}},
	}
}

var (
	validateSpec = clusterSpec("validate", "Find out what would be wrong with a set of changes; nothing is changed.", "ValidateRequest", "Problems")
	matchSpec    = clusterSpec("match", "Find out which route takes a request.", "MatchRequest", "MatchResult")
	problemsSpec = clusterSpec("problems", "List what is wrong with the configuration that this node runs.", "", "Problems")
	nodesSpec    = clusterSpec("nodes", "List the live nodes.", "", "Nodes")
	pluginsSpec  = clusterSpec("plugins", "List the plugins in the order in which they run.", "", "PluginList")
	versionSpec  = clusterSpec("version", "Show what serves this API.", "", "Version")
	openapiSpec  = clusterSpec("openapi", "Show this document.", "", anything)
)

func clusterSpec(id, summary, body, answer string) spec {
	return spec{id: id, tag: clusterTag, summary: summary, body: body, answers: map[int]described{http.StatusOK: {"The answer.", answer}}}
}

// wireTypes are the documents that are no objects of the configuration.
func wireTypes() map[string]*schema.Type {
	return map[string]*schema.Type{
		"Error":           schema.Of(func() api.ErrorBody { return api.ErrorBody{} }),
		"List":            schema.Of(func() api.ListBody { return api.ListBody{} }),
		"Problems":        schema.Of(func() api.ProblemsBody { return api.ProblemsBody{} }),
		"Nodes":           schema.Of(func() api.NodesBody { return api.NodesBody{} }),
		"PluginList":      schema.Of(func() api.PluginsBody { return api.PluginsBody{} }),
		"Version":         schema.Of(func() api.VersionBody { return api.VersionBody{} }),
		"UpstreamTargets": schema.Of(func() api.UpstreamTargets { return api.UpstreamTargets{} }),
		"MatchResult":     schema.Of(func() api.MatchResult { return api.MatchResult{} }),
		"MatchRequest":    matchType,
		"ValidateRequest": validateType,
	}
}
