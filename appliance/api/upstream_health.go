// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Health says how it is found out which targets can take requests.
type Health struct {
	Active         *ActiveCheck  `json:"active,omitzero" doc:"Active checks: ask each target at intervals whether it is well."`
	Passive        *PassiveCheck `json:"passive,omitzero" doc:"Passive checks: watch how targets answer requests, and eject those that fail, which is to send them none for a while."`
	PanicThreshold int           `json:"panic_threshold,omitzero" check:"min=1,max=100" doc:"When less than this percentage of a tier's weight is available, and other tiers cannot make up for it, health is ignored there and every target gets requests: the few that are left must not be crushed by the load of all. Without it, targets that are not available never get requests."`
}

// Types of active checks.
const (
	CheckHTTP = "http" // over TLS if the upstream is
	CheckTCP  = "tcp"
	CheckGRPC = "grpc" // gRPC health checking protocol
)

// An ActiveCheck asks a target whether it is well.
type ActiveCheck struct {
	Type               string            `json:"type" check:"enum=http|tcp|grpc" doc:"http: a GET in the upstream's protocol, TLS included. tcp: a connection, and the TLS handshake if the upstream's protocol has one. grpc: grpc.health.v1.Health/Check."`
	Path               RequestTarget     `json:"path,omitzero" doc:"Path and query of the GET; / if not given. Only for http."`
	Host               Authority         `json:"host,omitzero" doc:"Host that the check asks for; the target's address if not given. For http and grpc."`
	Headers            map[string]string `json:"headers,omitzero" check:"max=32,keys=header_name,each.format=header_value" doc:"Further header fields of the GET. Those that are about the connection or the body cannot be given, and Host has a field of its own, host. Only for http."`
	Service            string            `json:"service,omitzero" check:"format=grpc_service" doc:"gRPC service that the check asks for; the server as a whole if not given. Only for grpc."`
	Port               int               `json:"port,omitzero" check:"min=1,max=65535" doc:"Port that is asked, if it is not the one that requests go to."`
	ExpectedStatuses   []StatusRange     `json:"expected_statuses,omitzero" check:"min=1,unique" doc:"Statuses of a healthy target, such as 200 or 200-399; 200-299 if not given. Only for http."`
	ExpectedBody       string            `json:"expected_body,omitzero" check:"min=1,max=1024" doc:"Text that must be within the first 64 KiB of the response's body. Only for http."`
	Interval           schema.Duration   `json:"interval" check:"min=100ms,max=1h" doc:"Time between two checks of a target, up to 10% more or less so that they do not come all together."`
	UnhealthyInterval  schema.Duration   `json:"unhealthy_interval,omitzero" check:"min=100ms,max=1h" doc:"Time between two checks of a target that is unhealthy; interval if not given."`
	Timeout            schema.Duration   `json:"timeout" check:"min=10ms,max=10m" doc:"How long a check may take; no longer than interval and unhealthy_interval."`
	HealthyThreshold   int               `json:"healthy_threshold" check:"min=1,max=100" doc:"How many checks in a row must succeed before an unhealthy target is healthy."`
	UnhealthyThreshold int               `json:"unhealthy_threshold" check:"min=1,max=100" doc:"How many checks in a row must fail before a healthy target is unhealthy. The first check of a new target decides alone."`
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
	if c.Type == CheckHTTP {
		errs = append(errs, c.headers()...)
	}
	if c.Timeout > c.Interval {
		errs = append(errs, schema.At("timeout", "must be at most interval, which is %s; it is %s", c.Interval, c.Timeout))
	}
	if c.UnhealthyInterval != 0 && c.Timeout > c.UnhealthyInterval {
		errs = append(errs, schema.At("timeout", "must be at most unhealthy_interval, which is %s; it is %s", c.UnhealthyInterval, c.Timeout))
	}
	return errs.Err()
}

// headers are those that a check cannot have.
func (c *ActiveCheck) headers() (errs schema.Errors) {
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		switch small := strings.ToLower(name); {
		case small == "host":
			errs = append(errs, schema.At(schema.Key("headers", name), "has a field of its own: give host instead"))
		case slices.Contains(unsendable, small):
			errs = append(errs, schema.At(schema.Key("headers", name), "is about the connection or the body, which are the gateway's; leave it out"))
		}
	}
	return errs
}

// unsendable are header fields that whoever holds the connection writes (RFC
// 9110, sections 7.6.1, 8.6 and 10.1.1).
var unsendable = []string{
	"connection", "content-length", "expect", "http2-settings", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}

// A PassiveCheck ejects targets that fail requests. A failure is a connection
// that could not be made or broke off, a response that did not come in time, or
// a status that counts as one.
type PassiveCheck struct {
	ConsecutiveFailures int             `json:"consecutive_failures" check:"min=0,max=10000" doc:"Eject a target when so many of its requests in a row have failed; 0: never for that."`
	FailureRatio        int             `json:"failure_ratio,omitzero" check:"min=1,max=100" doc:"Eject a target when this percentage of its requests in a window has failed."`
	LatencyFactor       float64         `json:"latency_factor,omitzero" check:"min=1.1,max=100" doc:"Eject a target whose responses took so many times as long, on average in a window, as those of the median of the upstream's targets, such as 3."`
	Window              schema.Duration `json:"window" check:"min=1s,max=10m" doc:"Length of the windows in which failure_ratio and latency_factor are judged."`
	MinRequests         int             `json:"min_requests" check:"min=1,max=1000000" doc:"A target with fewer requests in a window is not judged by it."`
	Statuses            []StatusRange   `json:"statuses,omitzero" check:"min=1,unique" doc:"Statuses that are failures, such as 500 or 502-504; 500-599 if not given. Of gRPC calls UNAVAILABLE, INTERNAL, UNKNOWN, DATA_LOSS and DEADLINE_EXCEEDED are failures, if nothing but the status was answered."`
	EjectionTime        schema.Duration `json:"ejection_time" check:"min=100ms,max=1h" doc:"How long a target is ejected the first time. Each further time is longer by as much, until the target has stayed well for as long as it was ejected last."`
	MaxEjectionTime     schema.Duration `json:"max_ejection_time" check:"min=100ms,max=24h" doc:"The longest ejection."`
	MaxEjected          int             `json:"max_ejected" check:"min=1,max=100" doc:"Largest percentage of the targets that may be ejected at a time. One may in any case, if there are two or more."`
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
	var errs schema.Errors
	if c.ConsecutiveFailures == 0 && c.FailureRatio == 0 && c.LatencyFactor == 0 {
		errs = append(errs, schema.At("", "ejects for nothing: give consecutive_failures, failure_ratio or latency_factor"))
	}
	if c.MaxEjectionTime < c.EjectionTime {
		errs = append(errs, schema.At("max_ejection_time", "must be at least ejection_time, which is %s; it is %s", c.EjectionTime, c.MaxEjectionTime))
	}
	return errs.Err()
}
