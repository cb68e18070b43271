// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// Upstreams that are right, each at the edge of a rule (issue 4: bad input is
// refused, and nothing else).
func TestUpstreamAccepted(t *testing.T) {
	for _, members := range []string{
		// Targets.
		`"targets":[{"host":"a","port":1},{"host":"a","port":2,"tier":9},{"host":"a","port":3,"tier":0},{"host":"b","port":1,"weight":0}]`,
		`"targets":[{"host":"fd00::1","port":65535,"weight":10000,"zone":"eu-1a","tier":1}]`,

		// Balancing.
		`"balance":{}`,
		`"balance":{"algorithm":"least_request","slow_start":"1s","sticky":{"cookie":"c"}}`,
		`"balance":{"algorithm":"ewma","slow_start":"1h"}`,
		`"balance":{"algorithm":"random"}`,
		`"balance":{"algorithm":"consistent_hash","hash_on":[{"source":"header","name":"X-Tenant"},{"source":"cookie","name":"a b"},
			{"source":"query","name":"user id"},{"source":"consumer"},{"source":"path"},{"source":"client_address"}]}`,
		`"balance":{"sticky":{"cookie":"__Host-t","ttl":"1s","path":"/shop","secure":true,"same_site":"none"}}`,
		`"balance":{"sticky":{"cookie":"t","same_site":"none"}}`,
		`"balance":{"sticky":{"cookie":"t","ttl":"8784h","secure":false,"same_site":"strict"}}`,

		// Zones.
		`"zones":{}`,
		`"zones":{"min_healthy":0},"targets":[{"host":"a","port":1},{"host":"b","port":1,"zone":"z"}]`,
		`"zones":{"min_healthy":100},"discovery":{"dns":{"name":"a","port":1,"zone":"z"}},"balance":{"sticky":{"cookie":"c"}}`,

		// Health.
		`"health":{"active":{}}`,
		`"health":{"active":{"type":"http","path":"/h?full=1","host":"[::1]:80","headers":{"X-Probe":"a","User-Agent":"b","Accept":"c"},"port":1,"expected_statuses":["200","301-399"],"expected_body":"ok"}}`,
		`"health":{"active":{"type":"grpc","host":"orders.internal","service":"a.B","port":1}}`,
		`"health":{"active":{"type":"tcp","port":1,"interval":"2s","timeout":"2s","unhealthy_interval":"2s"}}`,
		`"health":{"active":{"initially_healthy":false,"healthy_threshold":100,"unhealthy_threshold":1}}`,
		`"health":{"passive":{}}`,
		`"health":{"passive":{"consecutive_failures":0,"failure_ratio":1}}`,
		`"health":{"passive":{"consecutive_failures":0,"latency_factor":1.1,"window":"1s"}}`,
		`"health":{"passive":{"statuses":["100","500-599"],"ejection_time":"5m","max_ejection_time":"5m","max_ejected":100},"panic_threshold":100}`,

		// Discovery.
		`"discovery":{"dns":{"name":"orders.internal","port":80}}`,
		`"discovery":{"dns":{"name":"orders.internal.","type":"a","port":80,"weight":10000,"resolver":["10.0.0.2","10.0.0.2:5353","fd00::2","[fd00::2]:5353"]}}`,
		`"discovery":{"dns":{"name":"_http._tcp.orders.internal","type":"srv","weight":1,"min_ttl":"1m","keep":"0s"}}`,
		`"protocol":"https","discovery":{"dns":{"name":"a","port":1}},"tls":{"server_name":"a"}`,
		`"protocol":"grpcs","discovery":{"dns":{"name":"a","port":1}},"tls":{"insecure_skip_verify":true}`,
		`"protocol":"https","targets":[{"host":"10.0.0.1","port":443}]`,
		`"protocol":"h2c","discovery":{"dns":{"name":"a","port":1}}`,

		// Retries and limits.
		`"retries":{}`,
		`"retries":{"attempts":1,"on":[]}`,
		`"retries":{"attempts":10,"on":["connect","reset","timeout"],"statuses":["502-504"],"per_try_timeout":"1s","max_body_bytes":67108864,"budget":100,"budget_per_second":0}`,
		`"retries":{"unsafe":true,"grpc_statuses":["UNAVAILABLE","ABORTED"]}`,
		`"retries":{"unsafe":false}`,
		`"retries":{"backoff":"250ms","max_backoff":"250ms"}`,
		`"retries":{"attempts":2,"hedge":{"after":"1ms"}}`,
		`"limits":{"max_requests":1}`,
		`"limits":{"max_connections":1}`,
		`"limits":{"max_requests":1,"max_pending":1,"pending_timeout":"10m"}`,

		// Time.
		`"request_timeout":"1s"`, // the default of connect_timeout is longer
		`"request_timeout":"1s","connect_timeout":"1s","response_timeout":"1s","stall_timeout":"1s","retries":{"per_try_timeout":"1s","hedge":{"after":"999ms"}}`,
		`"response_timeout":"1s","retries":{"per_try_timeout":"1s"}`,
		`"connect_timeout":"10m","response_timeout":"1s","stall_timeout":"24h"`,
	} {
		if _, err := decode(t, "upstream", `{"id":"u",`+members+`}`); err != nil {
			t.Errorf("%s\nis refused: %v", members, err)
		}
	}
}

// Upstreams that are wrong, each in one way: the path of the mistake and the
// beginning of what is said about it.
func TestUpstreamRefused(t *testing.T) {
	const targets = `"targets":[{"host":"a","port":1},{"host":"b","port":1}]`
	balance := func(members string) string { return `"balance":{` + members + `}` }
	hash := func(input string) string {
		return balance(`"algorithm":"consistent_hash","hash_on":[{"source":"path"},{` + input + `}]`)
	}
	sticky := func(members string) string { return balance(`"sticky":{` + members + `}`) }
	active := func(members string) string { return `"health":{"active":{` + members + `}}` }
	passive := func(members string) string { return `"health":{"passive":{` + members + `}}` }
	dns := func(members string) string { return `"discovery":{"dns":{"name":"orders.internal",` + members + `}}` }
	retries := func(members string) string { return `"retries":{` + members + `}` }
	limits := func(members string) string { return `"limits":{` + members + `}` }
	tests := []struct{ members, path, message string }{
		// Targets.
		{`"targets":[{"host":"a","port":1,"tier":-1}]`, "targets[0].tier", "must be between 0 and 9, is -1"},
		{`"targets":[{"host":"a","port":1,"tier":10}]`, "targets[0].tier", "must be between 0 and 9, is 10"},
		{`"targets":[{"host":"a","port":1,"weight":10001}]`, "targets[0].weight", "must be between 0 and 10000"},
		{`"targets":[{"host":"a","port":1,"weight":0},{"host":"b","port":1,"weight":0,"tier":1}]`, "targets", "every weight is 0"},
		{`"targets":[{"host":"a","port":1,"zone":"eu west"}]`, "targets[0].zone", "must be an id"},
		{`"targets":[{"host":"a","port":1,"tags":{"a b":"c"}}]`, `targets[0].tags["a b"]`, "the key must be a label name"},
		{`"targets":[{"host":"a","port":1,"teir":1}]`, "targets[0].teir", `did you mean "tier"?`},

		// Balancing.
		{balance(`"algorithm":"roundrobin"`), "balance.algorithm", `did you mean "round_robin"?`},
		{balance(`"algorithm":""`), "balance.algorithm", "must be one of"},
		{balance(`"algorithm":"consistent_hash"`), "balance.hash_on", `is required with the algorithm "consistent_hash"`},
		{balance(`"algorithm":"consistent_hash","hash_on":[]`), "balance.hash_on", "must not be empty"},
		{balance(`"hash_on":[{"source":"path"}]`), "balance.hash_on", `means nothing with the algorithm "round_robin"`},
		{balance(`"algorithm":"consistent_hash","hash_on":[{"source":"path"}],"sticky":{"cookie":"c"}`), "balance.sticky", `cannot be combined with "consistent_hash"`},
		{balance(`"algorithm":"consistent_hash","hash_on":[{"source":"path"}]`) + `,"zones":{}`, "zones", `cannot be combined with "consistent_hash"`},
		{balance(`"algorithm":"consistent_hash","hash_on":[{"source":"path"}],"slow_start":"30s"`), "balance.slow_start", `means nothing with the algorithm "consistent_hash"`},
		{balance(`"slow_start":"0s"`), "balance.slow_start", "must be between 1s and 1h"},
		{balance(`"slowstart":"1s"`), "balance.slowstart", `did you mean "slow_start"?`},
		{hash(`"source":"header"`), "balance.hash_on[1].name", `is required with the source "header"`},
		{hash(`"source":"cookie"`), "balance.hash_on[1].name", `is required with the source "cookie"`},
		{hash(`"source":"query"`), "balance.hash_on[1].name", `is required with the source "query"`},
		{hash(`"source":"client_address","name":"a"`), "balance.hash_on[1].name", `means nothing with the source "client_address"`},
		{hash(`"source":"path","name":"a"`), "balance.hash_on[1].name", `means nothing with the source "path"`},
		{hash(`"source":"consumer","name":"a"`), "balance.hash_on[1].name", `means nothing with the source "consumer"`},
		{hash(`"source":"header","name":"a b"`), "balance.hash_on[1].name", "must be a header name"},
		{hash(`"source":"header","name":""`), "balance.hash_on[1].name", "must not be empty"},
		{hash(`"source":"client_ip"`), "balance.hash_on[1].source", "must be one of"},
		{hash(`"name":"a"`), "balance.hash_on[1].source", "is required"},
		{hash(`"source":"path","nane":"a"`), "balance.hash_on[1].nane", `did you mean "name"?`},
		{sticky(``), "balance.sticky.cookie", "is required"},
		{sticky(`"cookie":"a b"`), "balance.sticky.cookie", "must be the name of a cookie"},
		{sticky(`"cookie":"` + strings.Repeat("a", 129) + `"`), "balance.sticky.cookie", "must be the name of a cookie"},
		{sticky(`"cookie":"c","path":"shop"`), "balance.sticky.path", "must be a path"},
		{sticky(`"cookie":"c","path":"/a;b"`), "balance.sticky.path", `must have no ";" and no "?"`},
		{sticky(`"cookie":"c","path":"/a?b"`), "balance.sticky.path", `must have no ";" and no "?"`},
		{sticky(`"cookie":"c","same_site":"none","secure":false`), "balance.sticky.same_site", `"none" needs secure`},
		{sticky(`"cookie":"c","same_site":"Lax"`), "balance.sticky.same_site", `did you mean "lax"?`},
		{sticky(`"cookie":"c","ttl":"8785h"`), "balance.sticky.ttl", "must be between 1s and 8784h"},
		{sticky(`"cookie":"c","http_only":true`), "balance.sticky.http_only", "is not a field here"},

		// Zones.
		{`"zones":{},` + targets, "zones", "needs targets with a zone"},
		{`"zones":{"min_healthy":101}`, "zones.min_healthy", "must be between 0 and 100"},
		{`"zones":{"min_healty":50}`, "zones.min_healty", `did you mean "min_healthy"?`},

		// Health.
		{`"health":{}`, "health", "checks nothing: give active or passive"},
		{`"health":{"panic_threshold":50}`, "health", "checks nothing: give active or passive"},
		{`"health":{"passive":{},"panic_threshold":0}`, "health.panic_threshold", "must be between 1 and 100"},
		{`"health":{"activ":{},"passive":{}}`, "health.activ", `did you mean "active"?`},
		{active(`"type":"https"`), "health.active.type", `did you mean "http"?`},
		{active(`"path":"healthz"`), "health.active.path", "must be a path"},
		{active(`"path":""`), "health.active.path", "must not be empty"},
		{active(`"host":"http://a"`), "health.active.host", "must be a host, with a port or without"},
		{active(`"host":"a:0"`), "health.active.host", "must be a host, with a port or without"},
		{active(`"type":"tcp","path":"/"`), "health.active.path", `means nothing with the type "tcp"`},
		{active(`"type":"grpc","path":"/"`), "health.active.path", `means nothing with the type "grpc"`},
		{active(`"type":"tcp","host":"a"`), "health.active.host", `means nothing with the type "tcp"`},
		{active(`"type":"grpc","headers":{"a":"b"}`), "health.active.headers", `means nothing with the type "grpc"`},
		{active(`"type":"tcp","headers":{"te":"b"}`), "health.active.headers", `means nothing with the type "tcp"`},
		{active(`"service":"a.B"`), "health.active.service", `means nothing with the type "http"`},
		{active(`"type":"tcp","service":"a.B"`), "health.active.service", `means nothing with the type "tcp"`},
		{active(`"type":"grpc","service":"a/B"`), "health.active.service", "must be a gRPC service's full name"},
		{active(`"type":"tcp","expected_statuses":["200"]`), "health.active.expected_statuses", `means nothing with the type "tcp"`},
		{active(`"type":"grpc","expected_statuses":["200"]`), "health.active.expected_statuses", `means nothing with the type "grpc"`},
		{active(`"type":"tcp","expected_body":"a"`), "health.active.expected_body", `means nothing with the type "tcp"`},
		{active(`"type":"grpc","expected_body":"a"`), "health.active.expected_body", `means nothing with the type "grpc"`},
		{active(`"expected_body":""`), "health.active.expected_body", "must not be empty"},
		{active(`"expected_statuses":[]`), "health.active.expected_statuses", "must not be empty"},
		{active(`"expected_statuses":[200]`), "health.active.expected_statuses[0]", "must be a string"},
		{active(`"expected_statuses":["200","200"]`), "health.active.expected_statuses[1]", "is the same as element 0"},
		{active(`"headers":{"a b":"c"}`), `health.active.headers["a b"]`, "the key must be a header name"},
		{active(`"headers":{"A":"a\nb"}`), "health.active.headers.A", "must not contain control characters"},
		{active(`"headers":{"Host":"a"}`), "health.active.headers.Host", "has a field of its own"},
		{active(`"port":0`), "health.active.port", "must be between 1 and 65535"},
		{active(`"interval":"1s"`), "health.active.timeout", "must be at most interval, which is 1s; it is 2s"},
		{active(`"interval":"5s","timeout":"6s"`), "health.active.timeout", "must be at most interval, which is 5s; it is 6s"},
		{active(`"unhealthy_interval":"1s"`), "health.active.timeout", "must be at most unhealthy_interval, which is 1s; it is 2s"},
		{active(`"healthy_threshold":0`), "health.active.healthy_threshold", "must be between 1 and 100"},
		{active(`"intervall":"5s"`), "health.active.intervall", `did you mean "interval"?`},
		{passive(`"consecutive_failures":0`), "health.passive", "ejects for nothing: give consecutive_failures, failure_ratio or latency_factor"},
		{passive(`"failure_ratio":0`), "health.passive.failure_ratio", "must be between 1 and 100"},
		{passive(`"latency_factor":1`), "health.passive.latency_factor", "must be between 1.1 and 100"},
		{passive(`"ejection_time":"10m"`), "health.passive.max_ejection_time", "must be at least ejection_time, which is 10m; it is 5m"},
		{passive(`"max_ejected":101`), "health.passive.max_ejected", "must be between 1 and 100"},
		{passive(`"min_requests":0`), "health.passive.min_requests", "must be between 1 and 1000000"},
		{passive(`"statuses":["5xx"]`), "health.passive.statuses[0]", "must be a status from 100 to 599"},
		{passive(`"consecutive_errors":5`), "health.passive.consecutive_errors", `is not a field here`},

		// Discovery.
		{`"discovery":{}`, "discovery", "finds nothing: give dns"},
		{`"discovery":{"dsn":{}}`, "discovery.dsn", `is not a field here; the fields are "dns"`},
		{`"discovery":{"dns":{"port":1}}`, "discovery.dns.name", "is required"},
		{`"discovery":{"dns":{"name":"10.0.0.1","port":1}}`, "discovery.dns.name", "must be a name, and 10.0.0.1 is an address"},
		{`"discovery":{"dns":{"name":"fd00::1","port":1}}`, "discovery.dns.name", "must be a name, and fd00::1 is an address"},
		{`"discovery":{"dns":{"name":"orders.internal:53","port":1}}`, "discovery.dns.name", "must be a host name"},
		{dns(`"type":"address"`), "discovery.dns.port", `is required with the type "address"`},
		{dns(`"type":"a"`), "discovery.dns.port", `is required with the type "a"`},
		{dns(`"type":"aaaa"`), "discovery.dns.port", `is required with the type "aaaa"`},
		{dns(`"type":"srv","port":1`), "discovery.dns.port", "means nothing for srv"},
		{dns(`"type":"srv","weight":2`), "discovery.dns.weight", "means nothing for srv"},
		{dns(`"type":"A","port":1`), "discovery.dns.type", `did you mean "a"?`},
		{dns(`"port":1,"resolver":["dns.internal"]`), "discovery.dns.resolver[0]", "must be an IP address, with a port or without"},
		{dns(`"port":1,"resolver":["10.0.0.2","10.0.0.2"]`), "discovery.dns.resolver[1]", "is the same as element 0"},
		{dns(`"port":1,"resolver":[]`), "discovery.dns.resolver", "must not be empty"},
		{dns(`"port":1,"min_ttl":"2m"`), "discovery.dns.max_ttl", "must be at least min_ttl, which is 2m; it is 1m"},
		{dns(`"port":1,"ttl":"2m"`), "discovery.dns.ttl", "is not a field here"},
		{`"protocol":"https",` + dns(`"port":1`), "tls.server_name", "is required with discovery"},
		{`"protocol":"grpcs","tls":{},` + dns(`"port":1`), "tls.server_name", "is required with discovery"},
		{`"protocol":"https","tls":{"insecure_skip_verify":false},` + dns(`"port":1`), "tls.server_name", "is required with discovery"},

		// Retries.
		{retries(`"attempts":0`), "retries.attempts", "must be between 1 and 10"},
		{retries(`"attempt":2`), "retries.attempt", `did you mean "attempts"?`},
		{retries(`"on":["conect"]`), "retries.on[0]", `did you mean "connect"?`},
		{retries(`"on":["reset","reset"]`), "retries.on[1]", "is the same as element 0"},
		{retries(`"statuses":["99"]`), "retries.statuses[0]", "must be a status from 100 to 599"},
		{retries(`"statuses":["600"]`), "retries.statuses[0]", "must be a status from 100 to 599"},
		{retries(`"statuses":["503-500"]`), "retries.statuses[0]", "must be a status from 100 to 599"},
		{retries(`"statuses":["abc"]`), "retries.statuses[0]", "must be a status from 100 to 599"},
		{retries(`"statuses":["503","0503"]`), "retries.statuses[1]", "must be a status from 100 to 599"},
		{retries(`"statuses":[]`), "retries.statuses", "must not be empty"},
		{retries(`"grpc_statuses":["UNAVAILABLE"]`), "retries.grpc_statuses", "needs unsafe to be true"},
		{retries(`"grpc_statuses":["UNAVAILABLE"],"unsafe":false`), "retries.grpc_statuses", "needs unsafe to be true"},
		{retries(`"grpc_statuses":["unavailable"],"unsafe":true`), "retries.grpc_statuses[0]", `did you mean "UNAVAILABLE"?`},
		{retries(`"grpc_statuses":["OK"],"unsafe":true`), "retries.grpc_statuses[0]", "must be one of"},
		{retries(`"max_backoff":"24ms"`), "retries.max_backoff", "must be at least backoff, which is 25ms; it is 24ms"},
		{retries(`"max_body_bytes":67108865`), "retries.max_body_bytes", "must be between 1 and 67108864"},
		{retries(`"budget":0`), "retries.budget", "must be between 1 and 100"},
		{retries(`"attempts":1,"hedge":{"after":"1s"}`), "retries.hedge", "needs attempts of 2 or more; it is 1"},
		{retries(`"hedge":{}`), "retries.hedge.after", "is required"},
		{retries(`"hedge":{"after":"1s","attempts":2}`), "retries.hedge.attempts", "is not a field here"},

		// Limits.
		{limits(``), "limits", "limits nothing: give max_requests or max_connections"},
		{limits(`"max_pending":1`), "limits", "limits nothing: give max_requests or max_connections"},
		{limits(`"max_requests":1,"pending_timeout":"1s"`), "limits.pending_timeout", "needs max_pending"},
		{limits(`"max_requests":0`), "limits.max_requests", "must be between 1 and 1000000"},
		{limits(`"max_request":1`), "limits.max_request", `did you mean "max_requests"?`},

		// Time.
		{`"request_timeout":"1s","connect_timeout":"2s"`, "connect_timeout", "must be at most request_timeout, which is 1s; it is 2s"},
		{`"request_timeout":"1s","response_timeout":"2s"`, "response_timeout", "must be at most request_timeout, which is 1s; it is 2s"},
		{`"request_timeout":"1s","stall_timeout":"2s"`, "stall_timeout", "must be at most request_timeout, which is 1s; it is 2s"},
		{`"request_timeout":"1s",` + retries(`"per_try_timeout":"2s"`), "retries.per_try_timeout", "must be at most request_timeout, which is 1s; it is 2s"},
		{`"response_timeout":"1s",` + retries(`"per_try_timeout":"2s"`), "retries.per_try_timeout", "must be at most response_timeout, which is 1s; it is 2s"},
		{retries(`"per_try_timeout":"1s","hedge":{"after":"1s"}`), "retries.hedge.after", "must be less than per_try_timeout, which is 1s; it is 1s"},
		{`"response_timeout":"1s",` + retries(`"hedge":{"after":"1s"}`), "retries.hedge.after", "must be less than response_timeout, which is 1s; it is 1s"},
		{`"request_timeout":"1s",` + retries(`"hedge":{"after":"2s"}`), "retries.hedge.after", "must be less than request_timeout, which is 1s; it is 2s"},
		{`"request_timeout":"0s"`, "request_timeout", "must be between 1ms and 24h"},
	}
	for _, name := range []string{"Connection", "Content-Length", "expect", "HTTP2-Settings", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "upgrade"} {
		tests = append(tests, struct{ members, path, message string }{
			active(`"headers":{"X-A":"b","` + name + `":"a"}`), "health.active.headers." + name, "is about the connection or the body",
		})
	}
	for _, test := range tests {
		_, err := decode(t, "upstream", `{"id":"u",`+test.members+`}`)
		var got schema.Errors
		if !errors.As(err, &got) || len(got) != 1 || got[0].Path != test.path || !says(got[0].Message, test.message) {
			t.Errorf("%s\ngot  %v\nwant %s: %s", test.members, err, test.path, test.message)
		}
	}
}

// says reports whether a message begins with a text, or ends with it if that is a hint.
func says(message, text string) bool {
	return strings.HasPrefix(message, text) || strings.HasPrefix(text, "did you mean") && strings.HasSuffix(message, text)
}

// Mistakes of different parts are all told at once.
func TestUpstreamMistakesTogether(t *testing.T) {
	_, err := decode(t, "upstream", `{"id":"u","protocol":"https","request_timeout":"1s","response_timeout":"2s","targets":[{"host":"a","port":1,"weight":0}],
		"balance":{"algorithm":"consistent_hash"},"zones":{},"discovery":{"dns":{"name":"a","port":1}},"limits":{}}`)
	var got schema.Errors
	if !errors.As(err, &got) {
		t.Fatal(err)
	}
	var paths []string
	for _, e := range got {
		paths = append(paths, e.Path)
	}
	if want := "balance.hash_on zones limits tls.server_name response_timeout targets"; strings.Join(paths, " ") != want {
		t.Errorf("got %v, want %s", paths, want)
	}
}

func TestStatusRange(t *testing.T) {
	for _, test := range []struct {
		r       api.StatusRange
		in, out []int
	}{
		{"503", []int{503}, []int{502, 504}},
		{"500-599", []int{500, 555, 599}, []int{499, 600}},
		{"100-100", []int{100}, []int{99, 101}},
	} {
		if err := test.r.Check(); err != nil {
			t.Error(err)
		}
		for _, status := range test.in {
			if !test.r.Contains(status) {
				t.Errorf("%s does not contain %d", test.r, status)
			}
		}
		for _, status := range test.out {
			if test.r.Contains(status) {
				t.Errorf("%s contains %d", test.r, status)
			}
		}
	}
	for _, r := range []api.StatusRange{"", "-", "5", "99", "600", "500-", "-500", "503-500", "500-600", "abc", "5xx", "0500", "+500", "500 ", "500-599-600", "500,502", "99999999999999999999"} {
		if err := r.Check(); err == nil {
			t.Errorf("%q is accepted", r)
		}
	}
}

func TestResolverAddress(t *testing.T) {
	for text, want := range map[api.ResolverAddress]string{
		"10.0.0.2": "10.0.0.2:53", "10.0.0.2:5353": "10.0.0.2:5353", "fd00::2": "[fd00::2]:53", "[fd00::2]:5353": "[fd00::2]:5353",
	} {
		if got, err := text.AddrPort(); err != nil || got.String() != want || text.Check() != nil {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
	for _, text := range []api.ResolverAddress{"", "dns", "dns:53", "10.0.0.2:", "10.0.0.2:0", "10.0.0.2:99999", "[fd00::2]", "udp://10.0.0.2"} {
		if text.Check() == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestAuthority(t *testing.T) {
	for _, text := range []api.Authority{"a", "a.example:1", "10.0.0.1", "10.0.0.1:65535", "[::1]", "[::1]:80"} {
		if err := text.Check(); err != nil {
			t.Errorf("%q is refused: %v", text, err)
		}
	}
	for _, text := range []api.Authority{"", ":80", "a:", "a:0", "a:080", "a:65536", "[::1]80", "[::1]:", "[::1", "[10.0.0.1]", "[a]", "::1", "a b", "http://a", "a/b", "a@b"} {
		if text.Check() == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestRequestTarget(t *testing.T) {
	for _, text := range []api.RequestTarget{"/", "/a?b=c&d", "/%20;a", api.RequestTarget("/" + strings.Repeat("a", 4095))} {
		if err := text.Check(); err != nil {
			t.Errorf("%.20q is refused: %v", text, err)
		}
	}
	for _, text := range []api.RequestTarget{"", "a", "*", "http://a/", "/a b", "/a#b", "/caf\u00e9", "/\x7f", "/\n", api.RequestTarget("/" + strings.Repeat("a", 4096))} {
		if text.Check() == nil {
			t.Errorf("%.20q is accepted", text)
		}
	}
}

func TestCookieName(t *testing.T) {
	for _, text := range []api.CookieName{"a", "__Host-target", api.CookieName(strings.Repeat("a", 128))} {
		if err := text.Check(); err != nil {
			t.Errorf("%.20q is refused: %v", text, err)
		}
	}
	for _, text := range []api.CookieName{"", "a b", "a=b", "a;b", "caf\u00e9", api.CookieName(strings.Repeat("a", 129))} {
		if text.Check() == nil {
			t.Errorf("%.20q is accepted", text)
		}
	}
}
