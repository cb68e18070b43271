// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
)

// claims decide who holds what only one object may hold. Objects take all
// they claim or nothing, in the order of their keys: whoever comes first in
// the alphabet wins, so that the outcome does not depend on who came first in
// time. The Admin API never lets it come to that; files can.
type claims struct {
	of        map[api.Key][]string
	claimants map[string]claimants
	lost      map[api.Key]loss
	undecided keyHeap
}

// claimants are those who claim one thing, in order.
type claimants struct {
	first api.Key
	more  []api.Key // behind the first
}

// A loss says which claim an object lost to whom.
type loss struct {
	claim string
	to    api.Key
}

func newClaims() *claims {
	return &claims{of: make(map[api.Key][]string), claimants: make(map[string]claimants), lost: make(map[api.Key]loss)}
}

// set replaces what an object claims. resolve then says what that changed.
func (c *claims) set(key api.Key, names []string) {
	if len(names)+len(c.of[key]) == 0 {
		return
	}
	c.reconsider(key)
	for _, name := range c.of[key] {
		if left := slices.DeleteFunc(c.all(name), func(k api.Key) bool { return k == key }); len(left) > 0 {
			c.claimants[name] = claimants{left[0], left[1:]}
		} else {
			delete(c.claimants, name)
		}
	}
	if len(names) == 0 {
		delete(c.of, key)
		return
	}
	c.of[key] = names
	for _, name := range names {
		if _, contended := c.claimants[name]; !contended {
			c.claimants[name] = claimants{first: key}
			continue
		}
		all := c.all(name)
		i, _ := slices.BinarySearchFunc(all, key, compareClaimants)
		all = slices.Insert(all, i, key)
		c.claimants[name] = claimants{all[0], all[1:]}
	}
	c.reconsider(key)
}

func (c *claims) all(name string) []api.Key {
	who := c.claimants[name]
	return append([]api.Key{who.first}, who.more...)
}

// reconsider marks an object and all behind it that claim the same.
func (c *claims) reconsider(key api.Key) {
	heap.Push(&c.undecided, key)
	for _, name := range c.of[key] {
		for _, behind := range c.claimants[name].more {
			if compareClaimants(behind, key) > 0 {
				heap.Push(&c.undecided, behind)
			}
		}
	}
}

// resolve decides what is undecided and returns whose loss has changed. An
// object's fate depends on those before it only, so one pass in order will do.
func (c *claims) resolve() []api.Key {
	var changed []api.Key
	var last api.Key
	for len(c.undecided) > 0 {
		key := heap.Pop(&c.undecided).(api.Key)
		if key == last {
			continue
		}
		last = key
		was, had := c.lost[key]
		is, has := c.loss(key)
		if was == is && had == has {
			continue
		}
		changed = append(changed, key)
		if has {
			c.lost[key] = is
		} else {
			delete(c.lost, key)
		}
		if had != has {
			c.reconsider(key)
		}
	}
	return changed
}

// loss returns the first claim of an object that somebody before it holds.
func (c *claims) loss(key api.Key) (loss, bool) {
	for _, name := range c.of[key] {
		who := c.claimants[name]
		if who.first == key {
			continue
		}
		for _, before := range append([]api.Key{who.first}, who.more...) {
			if before == key {
				break
			}
			if _, lost := c.lost[before]; !lost {
				return loss{name, before}, true
			}
		}
	}
	return loss{}, false
}

func compareClaimants(a, b api.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// A keyHeap gives the smallest key first.
type keyHeap []api.Key

func (h keyHeap) Len() int           { return len(h) }
func (h keyHeap) Less(i, j int) bool { return compareClaimants(h[i], h[j]) < 0 }
func (h keyHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *keyHeap) Push(x any)        { *h = append(*h, x.(api.Key)) }
func (h *keyHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
