// SPDX-License-Identifier: Apache-2.0

package upstream

// overprovision is by how much a tier may lack targets before its requests go
// to the next one: with 1.4, down to five of seven.
const overprovision = 1.4

// A capacity is the weight of a group of targets: of those that are available,
// and of all.
type capacity struct{ available, total float64 }

// tierShares returns the share of the requests that each tier gets, in the
// order of failover: as much as a tier can take, the rest to the ones after it.
// When all of them together cannot take everything, they share it by what they
// can. The shares add up to 1, or all are 0 when nothing is available.
func tierShares(tiers []capacity) []float64 {
	shares := make([]float64, len(tiers))
	left, sum := 1.0, 0.0
	for i, t := range tiers {
		if t.total == 0 {
			continue
		}
		shares[i] = min(left, overprovision*t.available/t.total)
		left -= shares[i]
		sum += shares[i]
	}
	if left > 0 && sum > 0 {
		for i := range shares {
			shares[i] /= sum
		}
	}
	return shares
}

// zoneShares returns the share of a node's requests that each zone gets. own is
// the node's zone, -1 if no target is in it. arrives is the share of the
// cluster's requests that comes to the nodes of each zone; together they may be
// less than 1. minHealthy is the percentage of a zone's weight that makes it
// count as whole.
//
// The own zone comes first, with as much as is fair: its part of all targets'
// capacity, measured by what comes to its nodes. The rest goes to zones that
// have more capacity than their own nodes bring, in proportion to that. So a
// target gets the same wherever it is as long as capacity and clients are
// spread differently, and requests stay in their zone when they are not. The
// shares add up to 1, or all are 0 when nothing is available.
func zoneShares(own int, zones []capacity, arrives []float64, minHealthy int) []float64 {
	shares, sum := make([]float64, len(zones)), 0.0
	capacities := make([]float64, len(zones))
	for i, z := range zones {
		capacities[i] = z.available
		if z.available > 0 && z.available*100 >= z.total*float64(minHealthy) {
			capacities[i] = z.total
		}
		sum += capacities[i]
	}
	if sum == 0 {
		return shares
	}
	local := 0.0
	if own >= 0 {
		if local = capacities[own] / sum; arrives[own] > 0 {
			local = min(1, local/arrives[own])
		}
		shares[own] = local
	}
	if local == 1 {
		return shares
	}
	weights, all := make([]float64, len(zones)), 0.0
	for i := range zones {
		if i != own {
			weights[i] = max(0, capacities[i]/sum-arrives[i])
			all += weights[i]
		}
	}
	if all == 0 { // nobody has any to spare
		for i := range zones {
			if i != own {
				weights[i] = capacities[i]
				all += weights[i]
			}
		}
	}
	if all == 0 { // there is no other zone
		shares[own] = 1
		return shares
	}
	for i := range zones {
		shares[i] += (1 - local) * weights[i] / all
	}
	return shares
}
