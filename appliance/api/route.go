// SPDX-License-Identifier: Apache-2.0

package api

import (
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/match"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// A Route says which requests go to which upstream, with which plugins. All
// of its conditions must hold; of the values of one condition, one must.
type Route struct {
	Meta
	Listeners      []string            `json:"listeners,omitzero" check:"min=1,unique,ref=listener" doc:"Listeners that the route is served on; all of them if not given."`
	Hosts          []match.HostPattern `json:"hosts,omitzero" check:"min=1,unique" doc:"Host names: exact, or with a leading \"*.\" for every name below; any host if not given."`
	Paths          []match.PathPattern `json:"paths,omitzero" check:"min=1,unique" doc:"Paths: exact (\"/users\"), prefix (\"/users/*\"), with parameters (\"/users/{id}\"), or a regular expression after \"~\" (\"~^/v[0-9]+/\"); any path if not given."`
	Methods        []string            `json:"methods,omitzero" check:"min=1,unique,each.format=method" doc:"Request methods, in capitals; any if not given."`
	Headers        []ValueMatch        `json:"headers,omitzero" check:"min=1,max=32" doc:"Conditions on header fields."`
	Query          []ValueMatch        `json:"query,omitzero" check:"min=1,max=32" doc:"Conditions on parameters of the query."`
	Cookies        []ValueMatch        `json:"cookies,omitzero" check:"min=1,max=32" doc:"Conditions on cookies."`
	ClientNetworks []string            `json:"client_networks,omitzero" check:"min=1,unique,format=cidr" doc:"Addresses and networks that the client must be in."`
	GRPC           []GRPCMatch         `json:"grpc,omitzero" check:"min=1" doc:"gRPC services and methods; only gRPC requests match. Takes the place of paths."`
	Condition      match.Condition     `json:"condition,omitzero" doc:"Expression in CEL that must be true, over request.method, request.host, request.path, request.scheme, request.headers, request.query, request.cookies, client.ip."`

	Service         string          `json:"service,omitzero" check:"ref=service" doc:"Service that gives the upstream and plugins. Give a service, an upstream, or both: the route's upstream then takes the place of the service's."`
	Upstream        string          `json:"upstream,omitzero" check:"ref=upstream" doc:"Upstream that takes the requests."`
	Policies        []string        `json:"policies,omitzero" check:"unique,ref=policy" doc:"Policies that apply, later ones overriding earlier ones plugin by plugin."`
	Plugins         Plugins         `json:"plugins,omitzero" doc:"Plugins of this route; they override those of its policies, its service and the cluster."`
	DisabledPlugins []string        `json:"disabled_plugins,omitzero" check:"unique" doc:"Names of inherited plugins that do not apply to this route."`
	Timeout         schema.Duration `json:"timeout,omitzero" check:"min=1ms,max=24h" doc:"How long a whole exchange may take; without it as long as it wants."`
}

// A ValueMatch is a condition on a named value of a request. With none of
// value, regex and present, the name must be there.
type ValueMatch struct {
	Name    string  `json:"name" check:"min=1,max=256" doc:"Name of the header field, parameter or cookie."`
	Value   *string `json:"value,omitzero" check:"max=4096" doc:"Exact value."`
	Regex   string  `json:"regex,omitzero" check:"format=regexp" doc:"Regular expression in RE2 syntax that matches somewhere in the value."`
	Present *bool   `json:"present,omitzero" doc:"Whether the name must be there or must not be."`
}

// Validate holds the rules across fields.
func (m *ValueMatch) Validate() error {
	given := 0
	for _, is := range []bool{m.Value != nil, m.Regex != "", m.Present != nil} {
		if is {
			given++
		}
	}
	if given > 1 {
		return schema.At("", "give one of value, regex and present, not several")
	}
	return nil
}

// A GRPCMatch is a gRPC service, or one method of it.
type GRPCMatch struct {
	Service string `json:"service" check:"format=grpc_service" doc:"Full name of the service, such as helloworld.Greeter."`
	Method  string `json:"method,omitzero" check:"format=grpc_method" doc:"Name of the method, such as SayHello; all of them if not given."`
}

// PluginSettings returns the plugins that the object itself carries.
func (r *Route) PluginSettings() Plugins { return r.Plugins }

// Validate holds the rules across fields.
func (r *Route) Validate() error {
	var errs schema.Errors
	if r.Service == "" && r.Upstream == "" {
		errs = append(errs, schema.At("upstream", "is required where no service is given"))
	}
	if len(r.GRPC) > 0 && len(r.Paths) > 0 {
		errs = append(errs, schema.At("grpc", "cannot be combined with paths: a gRPC method is a path; give one of the two"))
	}
	if r.combinations() > MaxRouteClaims {
		errs = append(errs, schema.At("", "spells out more than %d combinations of listener, host, path and method: split the route, or use wildcards and prefixes", MaxRouteClaims))
	}
	for i := range r.Headers {
		if err := schema.CheckFormat("header_name", r.Headers[i].Name); err != nil {
			errs = append(errs, schema.At(schema.Index("headers", i)+".name", "%s", err))
		}
	}
	for i, name := range r.DisabledPlugins {
		if _, ok := r.Plugins[name]; ok {
			errs = append(errs, schema.At(schema.Index("disabled_plugins", i), "%q is in plugins too; take it out of one of the two", name))
		}
	}
	return errs.Err()
}
