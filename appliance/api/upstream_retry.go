// SPDX-License-Identifier: Apache-2.0

package api

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Conditions on which a request is sent again.
const (
	RetryConnect = "connect" // the target has not seen the request
	RetryReset   = "reset"   // the connection ended before the response began
	RetryTimeout = "timeout" // the head of the response did not come in time
)

// Retries says when a request is sent again, to another target if there is one.
// Without it, requests are sent to up to three targets that have certainly not
// seen them.
type Retries struct {
	Attempts        int             `json:"attempts" check:"min=1,max=10" doc:"How often a request is sent at most, the first time and a hedge included; with 1 it is never sent again."`
	On              []string        `json:"on" check:"unique,enum=connect|reset|timeout" doc:"Failures after which a request is sent again. connect: there was no connection, or it ended before the target can have seen the request. reset: it ended before the response began. timeout: the head of the response did not come within per_try_timeout or response_timeout; without either of them that does not happen. After reset and timeout only if the method is idempotent, or with unsafe."`
	Statuses        []StatusRange   `json:"statuses,omitzero" check:"min=1,unique" doc:"Statuses after which a request is sent again, such as 503 or 502-504, if its method is idempotent, or with unsafe. When all tries have such statuses, the client gets the last response."`
	GRPCStatuses    []string        `json:"grpc_statuses,omitzero" check:"min=1,unique,enum=CANCELLED|UNKNOWN|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|ABORTED|INTERNAL|UNAVAILABLE|DATA_LOSS" doc:"Statuses after which a gRPC call is sent again, if nothing but the status was answered. Only with unsafe: every gRPC call is a POST."`
	Unsafe          *bool           `json:"unsafe,omitzero" doc:"Also send requests again that the target may have acted on and whose method is not idempotent, such as POST, which every gRPC call is. Only for targets that do not mind to be asked twice."`
	MaxBodyBytes    int64           `json:"max_body_bytes,omitzero" check:"min=1,max=67108864" doc:"How much of a request's body is kept so that it can be sent again, in bytes; 65536 if not given. A request with a longer body is sent again only if no target has seen it."`
	PerTryTimeout   schema.Duration `json:"per_try_timeout,omitzero" check:"min=1ms,max=24h" doc:"How long one try may take to the head of its response, sending the request included; without it response_timeout alone applies."`
	Backoff         schema.Duration `json:"backoff" check:"min=1ms,max=1m" doc:"The wait before the first retry is random, up to this; before each further one up to twice as much. What a target has not seen goes to another one without a wait."`
	MaxBackoff      schema.Duration `json:"max_backoff" check:"min=1ms,max=10m" doc:"The longest such wait."`
	Budget          int             `json:"budget" check:"min=1,max=100" doc:"Retries may be at most this percentage of the upstream's requests of the last 10 seconds, on each node, so that targets in trouble do not get a multiple of the traffic. Those after failures to connect count too, and so do hedges. When it is spent, the client gets the failure."`
	BudgetPerSecond int             `json:"budget_per_second" check:"min=0,max=10000" doc:"So many retries a second are allowed in any case, on each node, so that an upstream with few requests has some."`
	Hedge           *Hedge          `json:"hedge,omitzero" doc:"Ask a second target when the first has not answered after a while, and take the answer that comes first. Only for requests without a body whose method is safe: GET, HEAD, OPTIONS and TRACE."`
}

// SetDefaults gives a fresh value its defaults.
func (r *Retries) SetDefaults() {
	*r = Retries{
		Attempts: 3, On: []string{RetryConnect, RetryReset},
		Backoff: schema.Duration(25 * time.Millisecond), MaxBackoff: schema.Duration(250 * time.Millisecond),
		Budget: 20, BudgetPerSecond: 3,
	}
}

// Validate holds the rules across fields.
func (r *Retries) Validate() error {
	var errs schema.Errors
	if r.MaxBackoff < r.Backoff {
		errs = append(errs, schema.At("max_backoff", "must be at least backoff, which is %s; it is %s", r.Backoff, r.MaxBackoff))
	}
	if r.Hedge != nil && r.Attempts < 2 {
		errs = append(errs, schema.At("hedge", "needs attempts of 2 or more; it is %d", r.Attempts))
	}
	if len(r.GRPCStatuses) > 0 && (r.Unsafe == nil || !*r.Unsafe) {
		errs = append(errs, schema.At("grpc_statuses", "needs unsafe to be true: a gRPC call that the target may have acted on is not sent again otherwise"))
	}
	return errs.Err()
}

// A Hedge is a second try before the first has failed.
type Hedge struct {
	After schema.Duration `json:"after" check:"min=1ms,max=10m" doc:"How long the first target has to send the head of its response before the second one is asked."`
}

// Limits bound what an upstream is asked at a time, by each node.
type Limits struct {
	MaxRequests    int             `json:"max_requests,omitzero" check:"min=1,max=1000000" doc:"How many requests all targets together serve at a time."`
	MaxConnections int             `json:"max_connections,omitzero" check:"min=1,max=1000000" doc:"How many connections may be open to each target. Over HTTP/2, where a connection carries many requests, 256 if not given."`
	MaxPending     int             `json:"max_pending,omitzero" check:"min=1,max=1000000" doc:"How many requests may wait for their turn when max_requests is reached, or max_connections of every target that speaks HTTP/1.1; more are answered 503 at once. Without it none waits."`
	PendingTimeout schema.Duration `json:"pending_timeout,omitzero" check:"min=1ms,max=10m" doc:"How long a request may wait for its turn before it is answered 503; 1s if not given. Only with max_pending."`
}

// Validate holds the rules across fields.
func (l *Limits) Validate() error {
	if l.PendingTimeout != 0 && l.MaxPending == 0 {
		return schema.At("pending_timeout", "needs max_pending: without it no request waits")
	}
	return nil
}
