// SPDX-License-Identifier: Apache-2.0

package snapshot

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/plugin"

// Meters give every route something to count with.
type Meters struct {
	Route  func(id string) RouteMeter // the same one for the same id, until Forget
	Forget func(id string)            // the route is gone
}

// A RouteMeter counts the exchanges of one route.
type RouteMeter interface {
	Begin(x *plugin.Exchange)
	Done(x *plugin.Exchange) // after the last byte, whatever the end was
}
