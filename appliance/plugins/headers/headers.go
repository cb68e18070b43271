// SPDX-License-Identifier: Apache-2.0

// Package headers is the plugin headers, which changes header fields of
// requests and responses.
package headers

import (
	_ "embed"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"
)

//go:embed README.md
var readme string

// Spec declares headers, which changes header fields of requests and responses.
var Spec = plugin.Define("headers", readme, func() Config { return Config{} })

// A Config says what changes on the way to the upstream and back.
type Config struct {
	Request  *Changes `json:"request,omitzero" doc:"Changes to the request before it goes to the upstream."`
	Response *Changes `json:"response,omitzero" doc:"Changes to the response before it goes to the client."`
}

// Validate leaves it to each Changes to hold its own rules.
func (c *Config) Validate() error { return nil }

// New builds the runtime, which has the phases that there are changes for.
func (c *Config) New(*plugin.Env) (any, error) {
	switch {
	case c.Response == nil:
		return request{newEdits(c.Request)}, nil
	case c.Request == nil:
		return response{newEdits(c.Response)}, nil
	}
	return both{request{newEdits(c.Request)}, response{newEdits(c.Response)}}, nil
}

type (
	request  struct{ *edits }
	response struct{ *edits }
	both     struct {
		request
		response
	}
)

var (
	_ plugin.RequestPhase  = request{}
	_ plugin.ResponsePhase = response{}
	_ plugin.RequestPhase  = both{}
	_ plugin.ResponsePhase = both{}
)

// OnRequest changes the request.
func (r request) OnRequest(x *plugin.Exchange) error {
	r.apply(&x.Request.Header)
	return nil
}

// OnResponse changes the response.
func (r response) OnResponse(x *plugin.Exchange) error {
	r.apply(&x.Response.Header)
	return nil
}
