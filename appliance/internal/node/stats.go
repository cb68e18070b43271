// SPDX-License-Identifier: Apache-2.0

package node

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/engine"

// Listeners returns the figures of the listeners that are served, by id.
func (n *Node) Listeners() map[string]engine.Stats { return n.listeners.stats() }
