// SPDX-License-Identifier: Apache-2.0

package gateway

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/internal/observe"

// listenerFigures returns what the node's listeners count, for the metrics.
func (g *Gateway) listenerFigures() map[string]observe.ListenerFigures {
	figures := make(map[string]observe.ListenerFigures)
	for id, s := range g.node.Listeners() {
		figures[id] = observe.ListenerFigures{
			Connections: s.Connections, Tunnels: s.Tunnels, Accepted: s.Accepted, Full: s.Full, Refused: s.Refused,
		}
	}
	return figures
}
