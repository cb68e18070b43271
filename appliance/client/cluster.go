// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// Validate returns what would be wrong with a set of changes. Nothing is
// changed.
func (c *Client) Validate(ctx context.Context, changes api.ValidateRequest) (api.ProblemsBody, error) {
	return ask[api.ProblemsBody](ctx, c, http.MethodPost, "/v1/validate", changes)
}

// Match returns which route would take a request, on the node that answers.
func (c *Client) Match(ctx context.Context, described api.MatchRequest) (api.MatchResult, error) {
	return ask[api.MatchResult](ctx, c, http.MethodPost, "/v1/match", described)
}

// Problems returns what is wrong with the configuration that the node runs.
func (c *Client) Problems(ctx context.Context) (api.ProblemsBody, error) {
	return ask[api.ProblemsBody](ctx, c, http.MethodGet, "/v1/problems", nil)
}

// UpstreamTargets returns how the targets of an upstream do, as the node sees it
// that answers, or ErrNotFound if it does not serve the upstream.
func (c *Client) UpstreamTargets(ctx context.Context, id string) (api.UpstreamTargets, error) {
	return ask[api.UpstreamTargets](ctx, c, http.MethodGet, objectPath(api.KindOf(api.KindUpstream), id)+"/targets", nil)
}

// Nodes returns the live nodes by id.
func (c *Client) Nodes(ctx context.Context) ([]api.Node, error) {
	body, err := ask[api.NodesBody](ctx, c, http.MethodGet, "/v1/nodes", nil)
	return body.Nodes, err
}

// Plugins returns the appliance's plugins in the order in which they run.
func (c *Client) Plugins(ctx context.Context) ([]api.PluginInfo, error) {
	body, err := ask[api.PluginsBody](ctx, c, http.MethodGet, "/v1/plugins", nil)
	return body.Plugins, err
}

// Version returns what serves the Admin API.
func (c *Client) Version(ctx context.Context) (api.VersionBody, error) {
	return ask[api.VersionBody](ctx, c, http.MethodGet, "/v1/version", nil)
}

// ask sends a document, unless it is nil, and reads the answer into a T.
func ask[T any](ctx context.Context, c *Client, method, path string, document any) (answer T, err error) {
	r := request{method: method, path: path}
	if document != nil {
		if r.body, err = json.Marshal(document); err != nil {
			return answer, fmt.Errorf("admin api: %w", err)
		}
	}
	err = c.read(ctx, r, &answer)
	return answer, err
}

// read sends a request and reads the JSON of its answer.
func (c *Client) read(ctx context.Context, r request, into any) error {
	answer, _, err := c.do(ctx, r)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer.body, into); err != nil {
		return fmt.Errorf("admin api: the answer to %s %s cannot be read; are client and server of different versions? %w", r.method, r.path, err)
	}
	return nil
}
