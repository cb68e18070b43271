// SPDX-License-Identifier: Apache-2.0

package node

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Pool returns the pool of an upstream that the node serves now, or nil.
func (n *Node) Pool(id string) *upstream.Pool {
	return n.proxy.Current().Upstream(id)
}

// Pools returns the pools of all upstreams that the node serves now, by id.
func (n *Node) Pools() map[string]*upstream.Pool {
	all := make(map[string]*upstream.Pool)
	for p := range n.proxy.Current().Upstreams() {
		all[p.ID()] = p
	}
	return all
}

// UpstreamTargets tells how the targets of an upstream do. It reports false of
// an upstream that the node does not serve.
func (n *Node) UpstreamTargets(id string) (api.UpstreamTargets, bool) {
	p := n.Pool(id)
	if p == nil {
		return api.UpstreamTargets{}, false
	}
	all := p.Status()
	said := api.UpstreamTargets{Node: n.options.ID, Targets: make([]api.TargetStatus, len(all))}
	for i := range all {
		said.Targets[i] = statusOf(&all[i])
	}
	return said, true
}

func statusOf(s *upstream.TargetStatus) api.TargetStatus {
	t := s.Target
	figures := t.Stats()
	said := api.TargetStatus{
		Address: t.Address(), Weight: t.Spec.Share(), Zone: t.Spec.Zone, Tier: t.Spec.Rank(),
		Source: api.TargetConfigured, State: s.State.String(), Since: when(s.Since),
		InFlight: t.InFlight(), Requests: figures.Requests, Connections: figures.Connections,
		Latency: schema.Duration(s.Latency.Round(time.Microsecond)),
	}
	if s.Discovered {
		said.Source = api.TargetDiscovered
	}
	if c := s.Check; c != nil {
		said.Check = &api.TargetCheck{Last: when(c.LastCheck), Successes: c.Successes, Failures: c.Failures, Error: c.Error}
	}
	if e := s.Ejection; e != nil && e.Times > 0 {
		said.Ejection = &api.TargetEjection{Reason: e.Reason, Since: when(e.Since), Until: when(e.Until), Times: e.Times}
	}
	return said
}

// when writes a time, "" if it is not known.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
