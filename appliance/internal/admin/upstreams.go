// SPDX-License-Identifier: Apache-2.0

package admin

import (
	"net/http"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// targets answers GET /v1/upstreams/{id}/targets.
func (a *Admin) targets(c *call) (answer, error) {
	if a.Running == nil {
		return answer{}, notRunning()
	}
	body, ok := a.Running.UpstreamTargets(c.id)
	if !ok {
		return answer{}, failed(http.StatusNotFound, api.CodeNotFound,
			"this node serves no upstream %q; if there is one, GET /v1/problems says why it is left out", clip(c.id))
	}
	return answer{body: body}, nil
}

var targetsSpec = spec{
	id: "list_upstream_targets", tag: "upstreams",
	summary: "Show how the targets of an upstream do, as the node that answers sees it.",
	answers: map[int]described{http.StatusOK: {"The targets, those that were found after those that are configured.", "UpstreamTargets"}},
}
