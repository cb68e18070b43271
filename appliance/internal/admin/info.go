// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// problems answers GET /v1/problems.
func (a *Admin) problems(*call) (answer, error) {
	if a.Running == nil {
		return answer{}, notRunning()
	}
	body := a.Running.Problems()
	if body.Problems == nil {
		body.Problems = []api.Problem{}
	}
	return answer{body: body}, nil
}

// match answers POST /v1/match.
func (a *Admin) match(c *call) (answer, error) {
	body, err := c.body(maxObject)
	if err != nil {
		return answer{}, err
	}
	var request api.MatchRequest
	if err := decode(matchType, body, &request); err != nil {
		return answer{}, err
	}
	if !strings.HasPrefix(request.Path, "/") {
		return answer{}, refused(http.StatusBadRequest, "the request is not valid", []api.Problem{{
			Code: api.CodeInvalid, Path: "path", Message: `must begin with "/"`,
		}})
	}
	if a.Running == nil {
		return answer{}, notRunning()
	}
	result, err := a.Running.Match(request)
	if err != nil {
		return answer{}, matchFailure(err)
	}
	return answer{body: result}, nil
}

var matchType = schema.Of(func() api.MatchRequest { return api.MatchRequest{} })

func matchFailure(err error) *failure {
	f := failed(http.StatusBadRequest, api.CodeInvalid, "%s", err)
	if errs, ok := errors.AsType[schema.Errors](err); ok {
		for _, e := range errs {
			f.body.Problems = append(f.body.Problems, api.Problem{Code: api.CodeInvalid, Path: e.Path, Message: e.Message})
		}
	}
	return f
}

func notRunning() *failure {
	f := failed(http.StatusServiceUnavailable, api.CodeUnavailable, "this node runs no configuration yet; try again")
	f.header = map[string]string{"Retry-After": "2"}
	return f
}

// nodes answers GET /v1/nodes.
func (a *Admin) nodes(c *call) (answer, error) {
	body := api.NodesBody{Nodes: []api.Node{}}
	if a.Registry == nil {
		return answer{body: body}, nil
	}
	values, err := a.Registry.Nodes(c.ctx())
	if err != nil {
		return answer{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		var node api.Node
		if err := json.Unmarshal(values[id], &node); err != nil {
			a.Log.Warn("admin: ignored a node that cannot be read", "node", id, "error", err)
			continue
		}
		node.ID = id
		body.Nodes = append(body.Nodes, node)
	}
	return answer{body: body}, nil
}

// plugins answers GET /v1/plugins.
func (a *Admin) plugins(*call) (answer, error) {
	body := api.PluginsBody{Plugins: []api.PluginInfo{}}
	for i, spec := range a.Catalogue.Specs() {
		settings, err := encode(spec.Type.JSONSchema(a.Catalogue.Resolve))
		if err != nil {
			return answer{}, err
		}
		body.Plugins = append(body.Plugins, api.PluginInfo{Name: spec.Name, Order: i, Summary: spec.Summary(), Schema: settings})
	}
	return answer{body: body}, nil
}

// version answers GET /v1/version.
func (a *Admin) version(*call) (answer, error) {
	return answer{body: api.VersionBody{Version: a.Version, Cluster: a.Cluster}}, nil
}

// openapi answers GET /v1/openapi.json.
func (a *Admin) openapi(*call) (answer, error) {
	return answer{body: json.RawMessage(a.openAPI)}, nil
}
