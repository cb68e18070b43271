// SPDX-License-Identifier: Apache-2.0

package snapshot

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/api"

var settingsKey = api.Key{Kind: api.KindClusterSettings, ID: api.KindOf(api.KindClusterSettings).Singleton}

// makeSettings starts the cluster's plugins for requests that no route takes.
// Routes start their own, for each may have other settings.
func (b *build) makeSettings(o *object, config *api.ClusterSettings) {
	instances, ok := b.instantiate(o, b.clusterPlugins(config), b.settings)
	if !ok {
		return
	}
	b.settings = instances
	all := newChain(instances)
	b.unrouted = &Chain{Done: all.Done, instances: all.instances}
}

// clusterPlugins returns the plugins that every route begins with.
func (b *build) clusterPlugins(s *api.ClusterSettings) plugins {
	return merge(b.policies(s.Policies), s.Plugins)
}
