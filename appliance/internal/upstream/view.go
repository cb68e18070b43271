// SPDX-License-Identifier: Apache-2.0

package upstream

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/upstream/balance"
)

// A view is what can be picked from a pool at the moment: its targets that are
// available, in groups by tier and zone, each with its share of the requests.
// It never changes; whatever changes makes another one.
type view struct {
	targets []*Target // all of the pool, in its order
	groups  []group
	stuck   map[string]*Target // by the name that cookies have for them; nil without
	warming bool               // the share of a target is still growing
	panics  bool               // there is a tier in which health is ignored
}

// A group is the targets of one tier and zone. One whose share is 0 only gets what
// others have nobody left for, such as retries.
type group struct {
	targets  []*Target
	balancer balance.Balancer
	out      func(i int) bool // which of them get nothing; nil: all get something
	upTo     float64          // the share of the requests that this group and those before it get
}

// A viewer makes views.
type viewer struct {
	algorithm  string
	slowStart  time.Duration
	zones      *api.Zones
	own        string             // the node's zone
	arrives    map[string]float64 // share of the cluster's requests that comes to the nodes of a zone; nil: to all alike
	panicBelow int                // percentage of a tier's weight
	sticky     *sticky
	hashed     []hashedSet // of the last view, its tiers in order
	hashing    []hashedSet // of the view that is being made
}

// view makes a view of targets that have settled.
func (m *viewer) view(targets []*Target, now time.Time) *view {
	v := &view{targets: targets}
	if m.sticky != nil {
		v.stuck = make(map[string]*Target, len(targets))
		for _, t := range targets {
			v.stuck[t.name] = t
		}
	}
	tiers := byOrder(targets, func(t *Target) int { return t.Spec.Rank() })
	capacities := make([]capacity, len(tiers))
	for i, tier := range tiers {
		capacities[i] = capacityOf(tier)
	}
	panics := panicking(capacities, m.panicBelow)
	before := 0.0
	v.panics = slices.Contains(panics, true)
	for i, share := range tierShares(capacities) {
		m.addTier(v, tiers[i], panics[i], before, share, now)
		before += share
	}
	m.hashed, m.hashing = m.hashing, nil
	for i := range v.groups {
		if v.groups[i].upTo > 1-1e-9 { // whatever was lost in adding
			v.groups[i].upTo = 1
		}
	}
	return v
}

// panicking tells in which tiers health is to be ignored, and makes those count
// as whole: tiers of which less than a percentage is available, when all
// together cannot take the requests.
func panicking(tiers []capacity, below int) []bool {
	panics, able := make([]bool, len(tiers)), 0.0
	for _, t := range tiers {
		if t.total > 0 {
			able += overprovision * t.available / t.total
		}
	}
	for i, t := range tiers {
		if able < 1 && t.available*100 < t.total*float64(below) {
			panics[i], tiers[i].available = true, t.total
		}
	}
	return panics
}

// byOrder groups targets by a key, the groups in its order.
func byOrder[K cmp.Ordered](targets []*Target, key func(*Target) K) [][]*Target {
	groups := make(map[K][]*Target)
	var keys []K
	for _, t := range targets {
		k := key(t)
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], t)
	}
	slices.Sort(keys)
	ordered := make([][]*Target, len(keys))
	for i, k := range keys {
		ordered[i] = groups[k]
	}
	return ordered
}

func capacityOf(targets []*Target) capacity {
	var c capacity
	for _, t := range targets {
		weight := float64(t.Spec.Share())
		c.total += weight
		if t.up {
			c.available += weight
		}
	}
	return c
}

// addTier adds the groups of a tier.
func (m *viewer) addTier(v *view, targets []*Target, everybody bool, before, share float64, now time.Time) {
	if m.zones == nil || m.own == "" {
		m.addGroup(v, targets, everybody, before+share, now)
		return
	}
	zones := byOrder(targets, func(t *Target) string { return t.Spec.Zone })
	own, capacities := -1, make([]capacity, len(zones))
	for i, zone := range zones {
		capacities[i] = capacityOf(zone)
		if everybody {
			capacities[i].available = capacities[i].total
		}
		if zone[0].Spec.Zone == m.own {
			own = i
		}
	}
	for i, part := range zoneShares(own, capacities, m.arriving(zones, own), m.zones.MinHealthy) {
		before += share * part
		m.addGroup(v, zones[i], everybody, before, now)
	}
}

// arriving returns the share of the cluster's requests that comes to the nodes
// of each zone. Where nobody knows, the nodes are spread over the zones alike.
func (m *viewer) arriving(zones [][]*Target, own int) []float64 {
	shares, n := make([]float64, len(zones)), len(zones)
	if own < 0 {
		n++ // the node's own zone is one more
	}
	for i, zone := range zones {
		if m.arrives != nil {
			shares[i] = m.arrives[zone[0].Spec.Zone]
		} else {
			shares[i] = 1 / float64(n)
		}
	}
	return shares
}

// addGroup adds a group of those of the targets that can get requests.
func (m *viewer) addGroup(v *view, targets []*Target, everybody bool, upTo float64, now time.Time) {
	if m.algorithm == api.ConsistentHash {
		m.addHashed(v, targets, everybody, upTo)
		return
	}
	g := group{upTo: upTo}
	set := make([]balance.Target, 0, len(targets))
	for _, t := range targets {
		weight := float64(t.Spec.Share())
		if weight == 0 || !everybody && !t.up {
			continue
		}
		warmth := t.warmth(m.slowStart, now)
		v.warming = v.warming || warmth < 1
		g.targets = append(g.targets, t)
		set = append(set, balance.Target{Key: t.endpoint.address, Weight: weight * warmth, Load: t.load})
	}
	if len(set) > 0 {
		g.balancer = balance.New(m.algorithm, set)
		v.groups = append(v.groups, g)
	}
}

// addHashed adds a group whose targets all have their places, and those that are
// not available are passed over: so a value goes to the same target on nodes
// that do not agree about others, and nothing moves between those that are well.
func (m *viewer) addHashed(v *view, targets []*Target, everybody bool, upTo float64) {
	g := group{upTo: upTo}
	var set []balance.Target
	var away []bool
	left, missing := 0, false
	for _, t := range targets {
		if t.Spec.Share() == 0 {
			continue
		}
		available := everybody || t.up
		if available {
			left++
		}
		missing = missing || !available
		away = append(away, !available)
		g.targets = append(g.targets, t)
		set = append(set, balance.Target{Key: t.endpoint.address, Weight: float64(t.Spec.Share()), Load: t.load})
	}
	if len(set) == 0 {
		return
	}
	hashed := m.hash(set)
	if left == 0 {
		return
	}
	if missing {
		g.out = func(i int) bool { return away[i] }
	}
	g.balancer = hashed
	v.groups = append(v.groups, g)
}

// hash returns the balancer of a set, that of the last view if it had one.
func (m *viewer) hash(set []balance.Target) balance.Balancer {
	made := hashedSet{set: set}
	if i := slices.IndexFunc(m.hashed, func(old hashedSet) bool { return old.isOf(set) }); i >= 0 {
		made.balancer = m.hashed[i].balancer
	} else {
		made.balancer = balance.New(m.algorithm, set)
	}
	m.hashing = append(m.hashing, made)
	return made.balancer
}

// A hashedSet is a balancer that can be used again for the same targets: it is
// the dearest to make.
type hashedSet struct {
	set      []balance.Target
	balancer balance.Balancer
}

func (h *hashedSet) isOf(set []balance.Target) bool {
	return slices.EqualFunc(h.set, set, func(a, b balance.Target) bool { return a.Key == b.Key && a.Weight == b.Weight })
}

// pick chooses a target. A group that has none left passes the request on.
func (v *view) pick(q balance.Question, skip func(*Target) bool) *Target {
	if len(v.groups) == 0 {
		return nil
	}
	chosen := 0
	if len(v.groups) > 1 {
		at := rand.Float64()
		for chosen < len(v.groups)-1 && v.groups[chosen].upTo <= at {
			chosen++
		}
	}
	for i := range v.groups {
		g := &v.groups[(chosen+i)%len(v.groups)]
		if q.Skip = g.out; skip != nil {
			q.Skip = func(i int) bool { return g.out != nil && g.out(i) || skip(g.targets[i]) }
		}
		if i := g.balancer.Pick(q); i >= 0 {
			return g.targets[i]
		}
	}
	return nil
}
