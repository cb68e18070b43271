// SPDX-License-Identifier: Apache-2.0

package function

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
)

// A pathMatches tries a route's path pattern on a path, as the gateway would.
type pathMatches struct{}

func newPathMatches() function.Function { return pathMatches{} }

func (pathMatches) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "path_matches"
}

func (pathMatches) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Whether a route's path pattern fits a path",
		MarkdownDescription: "Reads a pattern and a path with the gateway's own code and returns whether the pattern fits, " +
			"for `check` blocks and tests of your routes. To ask which of all routes takes a request, use the data source `penstock_route_match`.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "pattern", MarkdownDescription: "Pattern as in a route's `paths`."},
			function.StringParameter{Name: "path", MarkdownDescription: "Path of a request, without a query."},
		},
		Return: function.BoolReturn{},
	}
}

func (pathMatches) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var pattern, path string
	if resp.Error = req.Arguments.Get(ctx, &pattern, &path); resp.Error != nil {
		return
	}
	p, err := match.PathPattern(pattern).Parse()
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	clean, err := match.CleanPath(path)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(1, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, p.Matches(clean))
}
