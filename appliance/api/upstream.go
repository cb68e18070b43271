// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Protocols of an upstream.
const (
	ProtocolHTTP  = "http"  // HTTP/1.1
	ProtocolHTTPS = "https" // HTTP/1.1 or HTTP/2 over TLS, as the target chooses
	ProtocolH2C   = "h2c"   // HTTP/2 by prior knowledge
	ProtocolGRPC  = "grpc"  // gRPC over HTTP/2 by prior knowledge
	ProtocolGRPCS = "grpcs" // gRPC over HTTP/2 over TLS
)

// An Upstream is a group of targets that serve the same thing.
type Upstream struct {
	Meta
	Protocol        string          `json:"protocol" check:"enum=http|https|h2c|grpc|grpcs" doc:"What the targets speak. http: HTTP/1.1. https: HTTP over TLS, HTTP/2 where the target offers it and HTTP/1.1 elsewhere. h2c: HTTP/2 without TLS. grpc: gRPC without TLS. grpcs: gRPC over TLS."`
	Targets         []Target        `json:"targets,omitzero" doc:"The servers that requests go to, beside those that discovery finds."`
	Discovery       *Discovery      `json:"discovery,omitzero" doc:"Find targets beside those that are listed in targets."`
	Balance         *Balance        `json:"balance,omitzero" doc:"How the target of a request is chosen; without it in turn, by weight."`
	Zones           *Zones          `json:"zones,omitzero" doc:"Prefer the targets in the zone that the node runs in, as the flag --zone of penstock run says. Without it the zones of targets mean nothing."`
	Health          *Health         `json:"health,omitzero" doc:"How it is found out which targets can take requests; without it all of them are taken for healthy."`
	Retries         *Retries        `json:"retries,omitzero" doc:"When a request is sent again. Without it, a request that its target has certainly not seen is sent to another one, up to three in all."`
	Limits          *Limits         `json:"limits,omitzero" doc:"How much the upstream is asked at a time, at most; without it as much as comes."`
	TLS             *UpstreamTLS    `json:"tls,omitzero" doc:"How the targets prove themselves, and the gateway to them; only for https and grpcs."`
	ConnectTimeout  schema.Duration `json:"connect_timeout" check:"min=1ms,max=10m" doc:"How long a connection to a target may take to be made, TLS included."`
	ResponseTimeout schema.Duration `json:"response_timeout,omitzero" check:"min=1ms,max=24h" doc:"How long a target may take from the end of the request to the head of its response, in each try; without it as long as it wants."`
	RequestTimeout  schema.Duration `json:"request_timeout,omitzero" check:"min=1ms,max=24h" doc:"How long a request may take, all its tries and its response included, from when its first target is chosen; without it as long as it wants. A route's timeout may end it earlier."`
	StallTimeout    schema.Duration `json:"stall_timeout,omitzero" check:"min=1ms,max=24h" doc:"How long a target may stay silent in the middle of a response; without it as long as it wants."`
	IdleTimeout     schema.Duration `json:"idle_timeout" check:"min=100ms,max=24h" doc:"How long an unused connection to a target is kept."`
	MaxIdle         int             `json:"max_idle" check:"min=1,max=65535" doc:"How many unused connections are kept for each target that speaks HTTP/1.1."`
}

// A Target is one server of an upstream.
type Target struct {
	Host   string            `json:"host" check:"format=host" doc:"Host name or IP address."`
	Port   int               `json:"port" check:"min=1,max=65535" doc:"Port number."`
	Weight *int              `json:"weight,omitzero" check:"min=0,max=10000" doc:"Share of the requests relative to the other targets, 1 if not given; with 0 the target gets nobody new, and clients that a cookie keeps there stay."`
	Zone   string            `json:"zone,omitzero" check:"format=id" doc:"Zone that the target runs in. It counts if the upstream has zones."`
	Tier   *int              `json:"tier,omitzero" check:"min=0,max=9" doc:"Order of failover, 0 if not given. Targets of tier 0 get everything as long as enough of them are available; what they cannot take goes to tier 1, then to tier 2 and so on."`
	Tags   map[string]string `json:"tags,omitzero" check:"max=64,keys=label,each.max=256" doc:"Free names and values, such as a version."`
}

// Share returns the weight that applies.
func (t *Target) Share() int {
	if t.Weight == nil {
		return 1
	}
	return *t.Weight
}

// Rank returns the tier that applies.
func (t *Target) Rank() int {
	if t.Tier == nil {
		return 0
	}
	return *t.Tier
}

// UpstreamTLS says how a target proves itself, and the gateway to it.
type UpstreamTLS struct {
	ServerName         string `json:"server_name,omitzero" check:"format=host" doc:"Name that the target's certificate must have; the target's host if not given. Required with discovery, which finds addresses, unless insecure_skip_verify is true."`
	CACertificate      string `json:"ca_certificate,omitzero" check:"format=pem_certificate" doc:"PEM bundle of the authorities to trust instead of the system's."`
	InsecureSkipVerify *bool  `json:"insecure_skip_verify,omitzero" doc:"Accept any certificate. For tests only."`
	ClientCertificate  string `json:"client_certificate,omitzero" check:"ref=certificate" doc:"Certificate by which the gateway proves itself to targets that ask for one."`
	MinVersion         string `json:"min_version" check:"enum=1.2|1.3" doc:"Lowest TLS version accepted."`
}

// TLS versions.
const (
	TLS12 = "1.2"
	TLS13 = "1.3"
)

// SetDefaults gives a fresh value its defaults.
func (t *UpstreamTLS) SetDefaults() { t.MinVersion = TLS12 }

// verifiesAddresses reports whether targets that are known by their address alone
// can prove themselves.
func (t *UpstreamTLS) verifiesAddresses() bool {
	return t != nil && (t.ServerName != "" || t.InsecureSkipVerify != nil && *t.InsecureSkipVerify)
}

const defaultConnectTimeout = schema.Duration(5 * time.Second)

func defaultUpstream() Upstream {
	return Upstream{
		Protocol:       ProtocolHTTP,
		ConnectTimeout: defaultConnectTimeout,
		IdleTimeout:    schema.Duration(60 * time.Second),
		MaxIdle:        256,
	}
}

// Secure reports whether the targets speak TLS.
func (u *Upstream) Secure() bool { return u.Protocol == ProtocolHTTPS || u.Protocol == ProtocolGRPCS }

// Validate holds the rules across fields.
func (u *Upstream) Validate() error {
	var errs schema.Errors
	if u.TLS != nil && !u.Secure() {
		errs = append(errs, schema.At("tls", `needs the protocol "https" or "grpcs"; it is %q`, u.Protocol))
	}
	errs = append(errs, u.contradictions()...)
	weight, seen := 0, make(map[string]int)
	for i := range u.Targets {
		t := &u.Targets[i]
		weight += t.Share()
		name := net.JoinHostPort(strings.ToLower(t.Host), strconv.Itoa(t.Port))
		if j, ok := seen[name]; ok {
			errs = append(errs, schema.At(schema.Index("targets", i), "%s is targets[%d] already; give it once, with the sum of the weights", name, j))
		}
		seen[name] = i
	}
	if len(u.Targets) > 0 && weight == 0 {
		errs = append(errs, schema.At("targets", "every weight is 0, so no target would get a request; give one a weight of 1 or more"))
	}
	return errs.Err()
}

// contradictions are between the parts of the upstream.
func (u *Upstream) contradictions() (errs schema.Errors) {
	if u.Balance != nil {
		errs = append(errs, schema.Under("", u.Balance.validate(u.Zones))...)
	}
	if u.Discovery != nil && u.Discovery.DNS == nil {
		errs = append(errs, schema.At("discovery", "finds nothing: give dns"))
	}
	if l := u.Limits; l != nil && l.MaxRequests == 0 && l.MaxConnections == 0 {
		errs = append(errs, schema.At("limits", "limits nothing: give max_requests or max_connections"))
	}
	if h := u.Health; h != nil && h.Active == nil && h.Passive == nil {
		errs = append(errs, schema.At("health", "checks nothing: give active or passive"))
	}
	if d := u.Discovery; d != nil && d.DNS != nil && u.Secure() && !u.TLS.verifiesAddresses() {
		errs = append(errs, schema.At("tls.server_name", "is required with discovery, which finds addresses: give the name that the targets' certificates have"))
	}
	errs = append(errs, u.timeouts()...)
	if z := u.Zones; z != nil && u.Discovery == nil && len(u.Targets) > 0 {
		named := false
		for i := range u.Targets {
			named = named || u.Targets[i].Zone != ""
		}
		if !named {
			errs = append(errs, schema.At("zones", "needs targets with a zone, and none has one"))
		}
	}
	return errs
}
