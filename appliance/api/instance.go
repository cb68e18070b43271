// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net"
	"strconv"
	"strings"
)

// An Instance is a target of an upstream that a deployment platform reports.
type Instance struct {
	Meta
	Upstream string `json:"upstream" check:"ref=upstream" doc:"Upstream that gets the target, beside those it lists itself. It must exist when the instance is written; it can be deleted nevertheless, and the instance then waits for an upstream of that id."`
	Target
	Draining *bool `json:"draining,omitzero" doc:"Send the instance nobody new: its weight counts as 0, while what it is doing goes on and the clients that sticky sessions keep there stay. To be set before the instance is stopped and deleted."`
}

// Address returns "host:port", the same for every spelling of the host.
func (i *Instance) Address() string { return i.Target.Address() }

// Drains reports whether the instance is to get nobody new.
func (i *Instance) Drains() bool { return i.Draining != nil && *i.Draining }

// Effective returns the target as it counts for its upstream: without weight
// while it drains.
func (i *Instance) Effective() Target {
	t := i.Target
	if i.Drains() {
		t.Weight = new(int)
	}
	return t
}

// Address returns "host:port", the same for every spelling of the host.
func (t *Target) Address() string {
	return net.JoinHostPort(strings.ToLower(strings.Trim(t.Host, "[]")), strconv.Itoa(t.Port))
}
