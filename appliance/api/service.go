// SPDX-License-Identifier: Apache-2.0

package api

// A Service gives several routes one upstream and one set of plugins.
type Service struct {
	Meta
	Upstream string   `json:"upstream" check:"ref=upstream" doc:"Where the requests of the service's routes go, unless a route names another."`
	Policies []string `json:"policies,omitzero" check:"unique,ref=policy" doc:"Policies that apply, later ones overriding earlier ones plugin by plugin."`
	Plugins  Plugins  `json:"plugins,omitzero" doc:"Plugins of the service's routes; they override those of its policies and of the cluster."`
}

// PluginSettings returns the plugins that the object itself carries.
func (s *Service) PluginSettings() Plugins { return s.Plugins }

// A Policy is a reusable set of plugins.
type Policy struct {
	Meta
	Plugins Plugins `json:"plugins" doc:"The plugins of the set, by name."`
}

// PluginSettings returns the plugins that the object itself carries.
func (p *Policy) PluginSettings() Plugins { return p.Plugins }

// ClusterSettings apply to everything in the cluster.
type ClusterSettings struct {
	Meta
	Policies []string `json:"policies,omitzero" check:"unique,ref=policy" doc:"Policies that apply to every route, later ones overriding earlier ones plugin by plugin."`
	Plugins  Plugins  `json:"plugins,omitzero" doc:"Plugins of every route, unless something nearer to the route overrides them."`
}

// PluginSettings returns the plugins that the object itself carries.
func (s *ClusterSettings) PluginSettings() Plugins { return s.Plugins }
