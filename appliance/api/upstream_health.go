// SPDX-License-Identifier: Apache-2.0

package api

import (
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Health says how it is found out which targets can take requests.
type Health struct {
	Active         *ActiveCheck  `json:"active,omitzero" doc:"Ask the targets by themselves, again and again."`
	Passive        *PassiveCheck `json:"passive,omitzero" doc:"Watch how they answer requests, and eject those that fail."`
	PanicThreshold int           `json:"panic_threshold,omitzero" check:"min=1,max=100" doc:"When a smaller percentage of the weight is available, health is ignored and every target gets requests: few targets must not be crushed by the load of all. Without it, unhealthy targets never get requests."`
}

// Types of active checks.
const (
	CheckHTTP = "http" // over TLS if the upstream is
	CheckTCP  = "tcp"
	CheckGRPC = "grpc" // gRPC health checking protocol
)

// An ActiveCheck asks a target whether it is well.
type ActiveCheck struct {
	Type               string            `json:"type" check:"enum=http|tcp|grpc" doc:"http: a GET, over TLS if the upstream's protocol is. tcp: a connection, and the TLS handshake if the upstream's protocol is over TLS. grpc: grpc.health.v1.Health/Check."`
	Path               RequestTarget     `json:"path,omitzero" doc:"Path and query of the GET; / if not given. Only for http."`
	Host               Authority         `json:"host,omitzero" doc:"Host that the check asks for; the target's address if not given. For http and grpc."`
	Headers            map[string]string `json:"headers,omitzero" check:"max=32,keys=header_name,each.format=header_value" doc:"Further header fields of the GET. Only for http."`
	Service            string            `json:"service,omitzero" check:"format=grpc_service" doc:"Service that the check asks for; the server as a whole if not given. Only for grpc."`
	Port               int               `json:"port,omitzero" check:"min=1,max=65535" doc:"Port that is asked; the target's own if not given."`
	ExpectedStatuses   []StatusRange     `json:"expected_statuses,omitzero" check:"min=1,unique" doc:"Statuses of a healthy target, such as 200 or 200-399; 200-299 if not given. Only for http."`
	ExpectedBody       string            `json:"expected_body,omitzero" check:"min=1,max=1024" doc:"Text that must be within the first 64 KiB of the response's body. Only for http."`
	Interval           schema.Duration   `json:"interval" check:"min=100ms,max=1h" doc:"Time between two checks of a target, 10% more or less so that they do not come together."`
	UnhealthyInterval  schema.Duration   `json:"unhealthy_interval,omitzero" check:"min=100ms,max=1h" doc:"The same for targets that are not healthy; interval if not given."`
	Timeout            schema.Duration   `json:"timeout" check:"min=10ms,max=10m" doc:"How long a check may take; no longer than interval."`
	HealthyThreshold   int               `json:"healthy_threshold" check:"min=1,max=100" doc:"So many checks in a row must succeed before an unhealthy target is healthy."`
	UnhealthyThreshold int               `json:"unhealthy_threshold" check:"min=1,max=100" doc:"So many checks in a row must fail before a healthy target is unhealthy. The first check of a new target decides alone."`
	InitiallyHealthy   bool              `json:"initially_healthy" doc:"Whether a target may take requests before its first check has ended."`
}

// SetDefaults gives a fresh value its defaults.
func (c *ActiveCheck) SetDefaults() {
	*c = ActiveCheck{
		Type: CheckHTTP, Interval: schema.Duration(10 * time.Second), Timeout: schema.Duration(2 * time.Second),
		HealthyThreshold: 2, UnhealthyThreshold: 3, InitiallyHealthy: true,
	}
}

// Validate holds the rules across fields.
func (c *ActiveCheck) Validate() error {
	var errs schema.Errors
	only := func(field string, given bool, kinds ...string) {
		for _, k := range kinds {
			if c.Type == k {
				return
			}
		}
		if given {
			errs = append(errs, schema.At(field, "means nothing with the type %q; leave it out", c.Type))
		}
	}
	only("path", c.Path != "", CheckHTTP)
	only("host", c.Host != "", CheckHTTP, CheckGRPC)
	only("headers", len(c.Headers) > 0, CheckHTTP)
	only("service", c.Service != "", CheckGRPC)
	only("expected_statuses", len(c.ExpectedStatuses) > 0, CheckHTTP)
	only("expected_body", c.ExpectedBody != "", CheckHTTP)
	if c.Timeout > c.Interval {
		errs = append(errs, schema.At("timeout", "must be at most interval, which is %s; it is %s", c.Interval, c.Timeout))
	}
	if c.UnhealthyInterval != 0 && c.Timeout > c.UnhealthyInterval {
		errs = append(errs, schema.At("timeout", "must be at most unhealthy_interval, which is %s; it is %s", c.UnhealthyInterval, c.Timeout))
	}
	return errs.Err()
}

// A PassiveCheck ejects targets that fail requests. A failure is a connection
// that could not be made or broke off, a response that did not come in time, or
// a status that counts as one.
type PassiveCheck struct {
	ConsecutiveFailures int             `json:"consecutive_failures" check:"min=0,max=10000" doc:"Eject a target when so many requests in a row have failed; 0: never for that."`
	FailureRatio        int             `json:"failure_ratio,omitzero" check:"min=1,max=100" doc:"Eject a target when this percentage of its requests of a window has failed."`
	LatencyFactor       float64         `json:"latency_factor,omitzero" check:"min=1.1,max=100" doc:"Eject a target that took so many times as long on average in a window as the median of the upstream's targets."`
	Window              schema.Duration `json:"window" check:"min=1s,max=10m" doc:"Length of the windows of failure_ratio and latency_factor."`
	MinRequests         int             `json:"min_requests" check:"min=1,max=1000000" doc:"Windows with fewer requests of a target are not judged."`
	Statuses            []StatusRange   `json:"statuses,omitzero" check:"min=1,unique" doc:"Statuses that are failures, such as 500 or 502-504; 500-599 if not given. Of gRPC calls UNAVAILABLE, INTERNAL, UNKNOWN, DATA_LOSS and DEADLINE_EXCEEDED are failures, as far as they come without messages."`
	EjectionTime        schema.Duration `json:"ejection_time" check:"min=100ms,max=1h" doc:"How long a target is ejected the first time; each further time as much longer, until it has stayed well for as long."`
	MaxEjectionTime     schema.Duration `json:"max_ejection_time" check:"min=100ms,max=24h" doc:"The longest ejection."`
	MaxEjected          int             `json:"max_ejected" check:"min=1,max=100" doc:"Largest percentage of the targets that may be ejected at a time; one target may in any case, if there are two or more."`
}

// SetDefaults gives a fresh value its defaults.
func (c *PassiveCheck) SetDefaults() {
	*c = PassiveCheck{
		ConsecutiveFailures: 5,
		Window:              schema.Duration(10 * time.Second), MinRequests: 20,
		EjectionTime: schema.Duration(30 * time.Second), MaxEjectionTime: schema.Duration(5 * time.Minute), MaxEjected: 50,
	}
}

// Validate holds the rules across fields.
func (c *PassiveCheck) Validate() error {
	if c.MaxEjectionTime < c.EjectionTime {
		return schema.At("max_ejection_time", "must be at least ejection_time, which is %s; it is %s", c.EjectionTime, c.MaxEjectionTime)
	}
	return nil
}
