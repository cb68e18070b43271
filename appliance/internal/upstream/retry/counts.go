// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"errors"
	"sync/atomic"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/message"
)

// A Reason is why a request was sent again.
type Reason uint8

// The reasons.
const (
	ForConnect    Reason = iota // there was no connection
	ForReset                    // it ended before the response began
	ForTimeout                  // the head of the response did not come in time
	ForStatus                   // the response had a status that is not wanted
	ForGRPCStatus               // the same, of gRPC
	reasons
)

// Reasons returns all reasons.
func Reasons() []Reason { return []Reason{ForConnect, ForReset, ForTimeout, ForStatus, ForGRPCStatus} }

// String returns the reason's name, such as "connect".
func (r Reason) String() string {
	switch r {
	case ForConnect:
		return "connect"
	case ForReset:
		return "reset"
	case ForTimeout:
		return "timeout"
	case ForStatus:
		return "status"
	case ForGRPCStatus:
		return "grpc_status"
	}
	return "unknown"
}

// counters outlive changes of the settings.
type counters struct {
	retries           [reasons]atomic.Int64
	denied, won, lost atomic.Int64
}

// Counts are what a policy and those before it have counted.
type Counts struct {
	Retries    [reasons]int64 // requests that were sent again, by reason
	Denied     int64          // retries and hedges for which the budget had nothing left
	HedgesWon  int64          // second targets that gave the answer
	HedgesLost int64          // those that did not
}

// Counts returns what has been counted so far.
func (p *Policy) Counts() Counts {
	c := Counts{Denied: p.counters.denied.Load(), HedgesWon: p.counters.won.Load(), HedgesLost: p.counters.lost.Load()}
	for i := range c.Retries {
		c.Retries[i] = p.counters.retries[i].Load()
	}
	return c
}

// SameCounts reports whether another policy counts together with this one, as
// policies do that follow each other.
func (p *Policy) SameCounts(other *Policy) bool { return p.counters == other.counters }

// Retried counts that a request is sent again, after an error or else after a
// response that is not wanted.
func (p *Policy) Retried(err error, response *message.Response) {
	p.counters.retries[p.reason(err, response)].Add(1)
}

// Hedged counts that a request was sent to a second target, and whether that one
// gave the answer.
func (p *Policy) Hedged(won bool) {
	if won {
		p.counters.won.Add(1)
	} else {
		p.counters.lost.Add(1)
	}
}

func (p *Policy) reason(err error, response *message.Response) Reason {
	if err == nil {
		if p.unwantedStatus(response.Status) {
			return ForStatus
		}
		return ForGRPCStatus
	}
	failed, ok := errors.AsType[*message.TransportError](err)
	switch {
	case !ok:
		return ForReset
	case failed.Phase == message.PhaseConnect || failed.Phase == message.PhaseTLS:
		return ForConnect
	case failed.Timeout():
		return ForTimeout
	}
	return ForReset
}

// Plus returns the sum of two counts.
func (c Counts) Plus(o Counts) Counts {
	for i := range c.Retries {
		c.Retries[i] += o.Retries[i]
	}
	c.Denied += o.Denied
	c.HedgesWon += o.HedgesWon
	c.HedgesLost += o.HedgesLost
	return c
}
