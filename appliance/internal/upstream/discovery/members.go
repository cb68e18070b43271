// SPDX-License-Identifier: Apache-2.0

package discovery

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// Bounds of an [api.Target].
const (
	maxWeight = 10_000
	maxTier   = 9
)

// maxTargets is how many targets a list has at most.
const maxTargets = 10_000

// A record is a target as an answer has it.
type record struct {
	address  netip.AddrPort
	weight   int    // 1 or more, without an upper bound
	priority int    // lower ones are meant to be used first
	part     string // which question it answers
}

// members make a list of the answers over time.
//
// A target that an answer no longer has goes on to be in the list until
// answers have been without it for the time of keep. Only an answer removes:
// where nothing answers, nothing leaves.
type members struct {
	keep time.Duration
	all  map[netip.AddrPort]*member
	list []entry
}

type member struct {
	record
	missing time.Time // when the first answer without it came; zero: the last one has it
}

// An entry is what is told of a member. Equal entries make equal targets.
type entry struct {
	address      netip.AddrPort
	weight, tier int
}

func newMembers(keep time.Duration) *members {
	return &members{keep: keep, all: make(map[netip.AddrPort]*member)}
}

// update takes an answer: the records that were found, each address once, and
// the parts of which nothing is known this time. It returns whether the list
// has changed, and when a member is going to leave unless answers have it
// again; that is zero if none is.
func (m *members) update(now time.Time, found []record, unknown map[string]bool) (changed bool, leaves time.Time) {
	present := make(map[netip.AddrPort]bool, len(found))
	for _, r := range found {
		present[r.address] = true
		m.all[r.address] = &member{record: r}
	}
	for address, e := range m.all {
		if present[address] || unknown[e.part] {
			continue
		}
		if e.missing.IsZero() {
			e.missing = now
		}
		end := e.missing.Add(m.keep)
		if !now.Before(end) {
			delete(m.all, address)
		} else if leaves.IsZero() || end.Before(leaves) {
			leaves = end
		}
	}
	m.bound()
	list := m.entries()
	changed = !slices.Equal(list, m.list)
	m.list = list
	return changed, leaves
}

// bound keeps the list from growing for ever where every answer has other
// addresses: those leave first that have been missing for longest.
func (m *members) bound() {
	over := len(m.all) - maxTargets
	if over <= 0 {
		return
	}
	all := make([]*member, 0, len(m.all))
	for _, e := range m.all {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *member) int {
		if a.missing.IsZero() != b.missing.IsZero() {
			if b.missing.IsZero() {
				return -1
			}
			return 1
		}
		return cmp.Or(a.missing.Compare(b.missing), byRank(b.record, a.record))
	})
	for _, e := range all[:over] {
		delete(m.all, e.address)
	}
}

// kept returns how many members the last answer did not have.
func (m *members) kept() (n int) {
	for _, e := range m.all {
		if !e.missing.IsZero() {
			n++
		}
	}
	return n
}

// entries ranks priorities and brings weights into bounds. Both go by all
// members, so that an answer with some of the records changes neither.
func (m *members) entries() []entry {
	records := make([]record, 0, len(m.all))
	heaviest := 0
	for _, e := range m.all {
		records = append(records, e.record)
		heaviest = max(heaviest, e.weight)
	}
	slices.SortFunc(records, byRank)
	list := make([]entry, len(records))
	tier := 0
	for i, r := range records {
		if i > 0 && r.priority != records[i-1].priority {
			tier = min(tier+1, maxTier)
		}
		weight := r.weight
		if heaviest > maxWeight {
			weight = max(1, weight*maxWeight/heaviest)
		}
		list[i] = entry{r.address, weight, tier}
	}
	// The last tier may hold several priorities.
	slices.SortStableFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.tier, b.tier), a.address.Compare(b.address))
	})
	return list
}

// targets returns the list, as targets in a zone.
func (m *members) targets(zone string) []api.Target {
	list := make([]api.Target, len(m.list))
	for i, e := range m.list {
		list[i] = api.Target{
			Host: e.address.Addr().String(), Port: int(e.address.Port()),
			Weight: &e.weight, Zone: zone,
		}
		if e.tier > 0 {
			list[i].Tier = &e.tier
		}
	}
	return list
}

// byRank orders records by priority, then by address.
func byRank(a, b record) int {
	return cmp.Or(cmp.Compare(a.priority, b.priority), a.address.Compare(b.address))
}

// unique makes one of the records with the same address: the lower priority
// counts, and with equal ones the sum of the weights. It returns the records
// by rank, at most [maxTargets] of them, and how many there were without that
// bound. It reuses the slice.
func unique(records []record) (bounded []record, total int) {
	slices.SortStableFunc(records, func(a, b record) int {
		return cmp.Or(a.address.Compare(b.address), cmp.Compare(a.priority, b.priority), cmp.Compare(a.part, b.part))
	})
	kept := records[:0]
	for _, r := range records {
		if n := len(kept); n > 0 && kept[n-1].address == r.address {
			if kept[n-1].priority == r.priority {
				kept[n-1].weight += r.weight
			}
			continue
		}
		kept = append(kept, r)
	}
	slices.SortFunc(kept, byRank)
	return kept[:min(len(kept), maxTargets)], len(kept)
}
