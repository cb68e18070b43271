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
	Attempts        int             `json:"attempts" check:"min=1,max=10" doc:"How often a request is sent at most, the first time included."`
	On              []string        `json:"on" check:"unique,enum=connect|reset|timeout" doc:"Failures after which a request is sent again. connect: the target has not seen it. reset: the connection ended before a response. timeout: no response within per_try_timeout or response_timeout."`
	Statuses        []StatusRange   `json:"statuses,omitzero" check:"min=1,unique" doc:"Statuses after which a request is sent again, such as 503 or 502-504."`
	GRPCStatuses    []string        `json:"grpc_statuses,omitzero" check:"min=1,unique,enum=CANCELLED|UNKNOWN|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|ABORTED|INTERNAL|UNAVAILABLE|DATA_LOSS" doc:"Statuses after which a gRPC call is sent again, as far as they come without messages."`
	Unsafe          *bool           `json:"unsafe,omitzero" doc:"Send requests again that the target may have acted on though their method is not idempotent, such as POST, and every gRPC call: only for targets that do not mind."`
	MaxBodyBytes    int64           `json:"max_body_bytes,omitzero" check:"min=1,max=67108864" doc:"How much of a request's body is kept so that it can be sent again, in bytes; 64 KiB if not given. Requests with longer bodies are sent once."`
	PerTryTimeout   schema.Duration `json:"per_try_timeout,omitzero" check:"min=1ms,max=24h" doc:"How long one try may take to the head of its response; response_timeout if not given."`
	Backoff         schema.Duration `json:"backoff" check:"min=1ms,max=1m" doc:"Time before the first retry is random up to this, and up to twice as much before each further one. A retry of what the target has not seen does not wait."`
	MaxBackoff      schema.Duration `json:"max_backoff" check:"min=1ms,max=10m" doc:"The longest such time."`
	Budget          int             `json:"budget" check:"min=1,max=100" doc:"Retries of the whole upstream may be at most this percentage of its requests, so that targets in trouble do not get a multiple of them."`
	BudgetPerSecond int             `json:"budget_per_second" check:"min=0,max=10000" doc:"So many retries a second are allowed in any case, on each node."`
	Hedge           *Hedge          `json:"hedge,omitzero" doc:"Ask a second target when the first has not answered after a while, and take the answer that comes first. Only for requests without a body whose method is safe."`
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
	return errs.Err()
}

// A Hedge is a second try before the first has failed.
type Hedge struct {
	After schema.Duration `json:"after" check:"min=1ms,max=10m" doc:"How long the first target has to send the head of its response."`
}

// Limits bound what an upstream is asked at a time, by each node.
type Limits struct {
	MaxRequests    int             `json:"max_requests,omitzero" check:"min=1,max=1000000" doc:"How many requests the upstream serves at a time."`
	MaxConnections int             `json:"max_connections,omitzero" check:"min=1,max=1000000" doc:"How many connections may be open to each target."`
	MaxPending     int             `json:"max_pending,omitzero" check:"min=1,max=1000000" doc:"How many requests may wait for their turn when max_requests or max_connections is reached; more are answered 503 at once. Without it none waits."`
	PendingTimeout schema.Duration `json:"pending_timeout,omitzero" check:"min=1ms,max=10m" doc:"How long a request may wait; 1s if not given. Only with max_pending."`
}

// Validate holds the rules across fields.
func (l *Limits) Validate() error {
	if l.PendingTimeout != 0 && l.MaxPending == 0 {
		return schema.At("pending_timeout", "needs max_pending: without it no request waits")
	}
	return nil
}
