// SPDX-License-Identifier: Apache-2.0

package planned

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/api"

// Wait notes that an object, which the plan changes in place, can be written
// only once another one has given up what it holds now. If that closes a
// circle, none of its objects can ever be written first: they are returned,
// sorted. Of several circles it is a shortest one. What is planned again with
// Put has waited for nothing yet.
func (p *Plan) Wait(key, other api.Key) (circle []api.Key) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits == nil {
		p.waits = make(map[api.Key]map[api.Key]bool)
	}
	if p.waits[key] == nil {
		p.waits[key] = make(map[api.Key]bool)
	}
	p.waits[key][other] = true
	from := map[api.Key]api.Key{other: key} // by which object each was reached
	for reached := []api.Key{other}; len(reached) > 0; reached = reached[1:] {
		at := reached[0]
		if at == key {
			members := make(map[api.Key]bool)
			for ; !members[at]; at = from[at] {
				members[at] = true
			}
			return sorted(members)
		}
		for _, next := range sorted(p.waits[at]) {
			if _, seen := from[next]; !seen {
				from[next] = at
				reached = append(reached, next)
			}
		}
	}
	return nil
}
