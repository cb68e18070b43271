// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"cmp"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// members are the instances that are reported of one upstream, in order:
// those at the same address are neighbours, the one that is used first.
type members []*member

// A member is one instance.
type member struct {
	key     api.Key
	address string
	target  api.Target
	drains  bool
	instead api.Key // what is used in its place; the zero key: nothing is
}

func newMember(o *object, config *api.Instance) *member {
	return &member{key: o.Key, address: config.Address(), target: config.Effective(), drains: config.Drains()}
}

// compareMembers orders by address. Of several there, one that drains comes
// last: an address may be given to another instance before the old one, which
// had it, is deleted.
func compareMembers(a, b *member) int {
	return cmp.Or(cmp.Compare(a.address, b.address), compareFlags(a.drains, b.drains), cmp.Compare(a.key.ID, b.key.ID))
}

// compareFlags orders false before true.
func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// join enters an instance, and leave strikes it out. Both mark the upstream,
// if there is one: its pool is made once, however many of its instances change.
func (c *Compiler) join(o *object, dirty dirt) {
	if config, ok := o.value.(*api.Instance); ok {
		m := newMember(o, config)
		all := c.members[config.Upstream]
		i, _ := slices.BinarySearchFunc(all, m, compareMembers)
		c.members[config.Upstream] = slices.Insert(all, i, m)
		c.markUpstream(config.Upstream, dirty)
	}
}

func (c *Compiler) leave(o *object, dirty dirt) {
	if config, ok := o.value.(*api.Instance); ok {
		all := c.members[config.Upstream]
		if i, found := slices.BinarySearchFunc(all, newMember(o, config), compareMembers); found {
			all = slices.Delete(all, i, i+1)
		}
		if c.members[config.Upstream] = all; len(all) == 0 {
			delete(c.members, config.Upstream)
		}
		c.markUpstream(config.Upstream, dirty)
	}
}

func (c *Compiler) markUpstream(id string, dirty dirt) {
	if key := (api.Key{Kind: api.KindUpstream, ID: id}); c.objects[key] != nil {
		dirty.mark(key)
	}
}

// manned returns an upstream with the instances that are reported of it behind
// the targets that it lists. An address that it lists is its own to describe.
func (b *build) manned(config *api.Upstream) *api.Upstream {
	all := b.members[config.ID]
	if len(all) == 0 {
		return config
	}
	self := api.Key{Kind: api.KindUpstream, ID: config.ID}
	listed := make(map[string]bool, len(config.Targets))
	for i := range config.Targets {
		listed[config.Targets[i].Address()] = true
	}
	targets := append(make([]api.Target, 0, len(config.Targets)+len(all)), config.Targets...)
	var last *member // that is used
	for _, m := range all {
		var instead api.Key
		switch {
		case listed[m.address]:
			instead = self
		case last != nil && last.address == m.address:
			instead = last.key
		default:
			targets = append(targets, m.target)
			last = m
		}
		if instead != m.instead {
			m.instead = instead
			b.dirty.mark(m.key) // instances come after upstreams
		}
	}
	copied := *config
	copied.Targets = targets
	return &copied
}

// makeInstance tells of an instance that is not used. What is used is in its
// upstream's pool already.
func (b *build) makeInstance(o *object, config *api.Instance) {
	if b.pools.next.find(config.Upstream) == nil {
		return // the upstream has problems of its own
	}
	all := b.members[config.Upstream]
	i, found := slices.BinarySearchFunc(all, newMember(o, config), compareMembers)
	if !found || all[i].instead == (api.Key{}) {
		return
	}
	instead, message := all[i].instead, "%s is at %s too; that one is used"
	if instead.Kind == api.KindUpstream {
		message = "%s lists %s itself; its own target is used"
	}
	o.fail(api.CodeConflict, "host", &instead, message, instead, all[i].address)
}
