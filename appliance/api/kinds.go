// SPDX-License-Identifier: Apache-2.0

package api

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"

// Names of the kinds.
const (
	KindCertificate     = "certificate"
	KindPolicy          = "policy"
	KindClusterSettings = "cluster_settings"
	KindListener        = "listener"
	KindUpstream        = "upstream"
	KindInstance        = "instance"
	KindService         = "service"
	KindRoute           = "route"
	KindConsumer        = "consumer"
	KindCredential      = "credential"
)

var kinds = []*Kind{
	{
		Name: KindCertificate, Plural: "certificates", Type: schema.Of(func() Certificate { return Certificate{} }),
		Doc: "A certificate is a chain, its private key, and the server names it answers to.",
	},
	{
		Name: KindPolicy, Plural: "policies", Type: schema.Of(func() Policy { return Policy{} }),
		Doc: "A policy is a named set of plugins that services, routes, consumers and the cluster's settings refer to.",
	},
	{
		Name: KindClusterSettings, Plural: "cluster_settings", Singleton: "cluster", Type: schema.Of(func() ClusterSettings { return ClusterSettings{} }),
		Doc: "The cluster's settings hold the plugins that every route gets. There is one such object, with the id `cluster`.",
	},
	{
		Name: KindListener, Plural: "listeners", Type: schema.Of(defaultListener),
		Doc: "A listener is an address on which the gateway accepts HTTP/1.1, HTTP/2, gRPC and WebSocket, all on one port.",
	},
	{
		Name: KindUpstream, Plural: "upstreams", Type: schema.Of(defaultUpstream),
		Doc: "An upstream is a group of targets that serve the same thing, with how they are spoken to.",
	},
	{
		Name: KindInstance, Plural: "instances", Reported: true, Type: schema.Of(func() Instance { return Instance{} }),
		Doc: "An instance is a target of an upstream that a deployment platform reports, one by one, beside those that the upstream lists itself.",
	},
	{
		Name: KindService, Plural: "services", Type: schema.Of(func() Service { return Service{} }),
		Doc: "A service gives several routes one upstream and one set of plugins.",
	},
	{
		Name: KindRoute, Plural: "routes", Type: schema.Of(func() Route { return Route{} }),
		Doc: "A route says which requests go to which upstream, with which plugins. The most specific route that matches a request takes it.",
	},
	{
		Name: KindConsumer, Plural: "consumers", Type: schema.Of(func() Consumer { return Consumer{} }),
		Doc: "A consumer is somebody who calls through the gateway. What proves that it is them are credentials.",
	},
	{
		Name: KindCredential, Plural: "credentials", Type: schema.Of(func() Credential { return Credential{} }),
		Doc: "A credential proves who calls: whoever presents it is taken for its consumer.",
	},
}
