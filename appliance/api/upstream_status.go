// SPDX-License-Identifier: Apache-2.0

package api

import "github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"

// States of a target. It is in the last one that applies.
const (
	TargetAvailable = "available" // it gets its share of the requests
	TargetEjected   = "ejected"   // it has failed requests, and gets none for a while
	TargetUnhealthy = "unhealthy" // its active checks fail
	TargetNoWeight  = "no_weight" // its weight is 0
)

// Sources of a target.
const (
	TargetConfigured = "configured" // the upstream lists it, or an instance is reported
	TargetDiscovered = "discovered" // the upstream's discovery has found it
)

// UpstreamTargets tells how the targets of an upstream do, as one node sees it.
type UpstreamTargets struct {
	Node    string         `json:"node"` // that sees it
	Targets []TargetStatus `json:"targets"`
}

// A TargetStatus is how a target does, as one node sees it. Times are as in RFC
// 3339.
type TargetStatus struct {
	Address     string          `json:"address"` // host and port
	Weight      int             `json:"weight"`
	Zone        string          `json:"zone,omitzero"`
	Tier        int             `json:"tier"`
	Source      string          `json:"source" check:"enum=configured|discovered"`
	State       string          `json:"state" check:"enum=available|ejected|unhealthy|no_weight"`
	Since       string          `json:"since,omitzero"`    // of the state, as far as it is known
	InFlight    int64           `json:"in_flight"`         // requests that it is serving
	Requests    int64           `json:"requests"`          // so far, by its connections of now
	Connections int64           `json:"connections"`       // open now
	Latency     schema.Duration `json:"latency,omitzero"`  // to the head of a response, a decaying average; known where balancing goes by it
	Check       *TargetCheck    `json:"check,omitzero"`    // where there are active checks
	Ejection    *TargetEjection `json:"ejection,omitzero"` // the last one
}

// A TargetCheck is what the active checks of a target say.
type TargetCheck struct {
	Last      string `json:"last,omitzero"`  // when the last one ended; none has without it
	Successes int    `json:"successes"`      // in a row, up to now
	Failures  int    `json:"failures"`       // in a row, up to now
	Error     string `json:"error,omitzero"` // why the last one failed that did, unless the target has been well since
}

// A TargetEjection is why a target gets no requests for a while.
type TargetEjection struct {
	Reason string `json:"reason"`
	Since  string `json:"since"`
	Until  string `json:"until"` // when it is over, or was
	Times  int    `json:"times"` // that the target has been ejected
}
