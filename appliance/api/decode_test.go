// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// decode reads an object of a kind.
func decode(t *testing.T, kind, document string) (any, error) {
	t.Helper()
	k := api.KindOf(kind)
	o := k.New()
	return o, k.Type.Decode([]byte(document), o, schema.Complete)
}

// TestGood has documents as their authors write them, shortest first.
func TestGood(t *testing.T) {
	for kind, documents := range goodDocuments(t) {
		for _, document := range documents {
			if _, err := decode(t, kind, document); err != nil {
				t.Errorf("%s %.300s\nis refused: %v", kind, document, err)
			}
		}
	}
	for _, k := range api.Kinds() {
		if len(goodDocuments(t)[k.Name]) == 0 {
			t.Errorf("no document of the kind %s is tried", k.Name)
		}
	}
}

func goodDocuments(t testing.TB) map[string][]string {
	a, _ := keyPairs(t)
	return map[string][]string{
		"certificate": {`{"id":"c","certificate":` + quote(a.cert) + `,"private_key":` + quote(a.key) + `}`,
			`{"id":"c","certificate":` + quote(a.cert) + `,"private_key":` + quote(a.key) + `,"private_key_version":2,"names":["a.example","*.a.example"]}`},
		"policy":           {`{"id":"p","plugins":{}}`, `{"id":"p","description":"d","labels":{"team/x":"y"},"plugins":{"a":{"b":1}}}`},
		"cluster_settings": {`{"id":"cluster"}`, `{"id":"cluster","policies":["p"],"plugins":{"a":{}}}`},
		"listener": {`{"id":"l","address":":80"}`,
			`{"id":"l","address":"[::1]:443","tls":{"certificates":["c"]},"http2":false,"trusted_proxies":["10.0.0.0/8"],"header_timeout":"1s","idle_timeout":"60s","max_header_bytes":8192.0}`,
			`{"id":"l","address":":443","tls":{"certificates":["c"],"ciphers":["TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA","TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],"client_ca":` + quote(a.cert+a.cert) + `,"client_auth":"optional"},
			"stall_timeout":"30s","tunnel_idle_timeout":"1h","half_close":false,"max_header_fields":8,"max_body_bytes":1099511627776,"max_requests":1,"max_connections":1,"max_tunnels":1,"max_streams":10000}`,
			`{"id":"l","address":":443","http2":false,"tls":{"certificates":["c"],"ciphers":["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]}}`,
			`{"id":"l","address":":443","forwarded":"both","via":"edge-1"}`, `{"id":"l","address":":443","forwarded":"none","via":"!#$%&'*+-.^_|~` + "`" + `aZ9"}`,
			`{"id":"l","address":":443","tls":{"certificates":["c"],"client_ca":` + quote(a.cert) + `}}`},
		"upstream": {`{"id":"u"}`, `{"id":"u","protocol":"grpcs","targets":[{"host":"a","port":80,"weight":0},{"host":"::1","port":80,"zone":"z","tags":{"v":"1"}}],"tls":{"server_name":"a"},"response_timeout":"1s"}`,
			`{"id":"u","protocol":"https","tls":{"client_certificate":"c","min_version":"1.3"},"stall_timeout":"1ms"}`},
		"instance": {`{"id":"i","upstream":"u","host":"10.0.0.1","port":80}`,
			`{"id":"i","upstream":"u","host":"a.example","port":80,"weight":0,"zone":"z","tier":2,"tags":{"version":"2"},"draining":false,"labels":{"job":"web"}}`},
		"service": {`{"id":"s","upstream":"u"}`},
		"route": {`{"id":"r","service":"s"}`, `{"id":"r","upstream":"u","hosts":["*.a.example"],"paths":["/a/*","/b/{id}"],"methods":["GET"],
			"headers":[{"name":"X-A","value":""},{"name":"X-B","regex":"^a"},{"name":"X-C","present":false}],"query":[{"name":"q"}],"client_networks":["10.0.0.0/8"],
			"condition":"request.method == 'GET'","timeout":"5s","disabled_plugins":["a"]}`,
			`{"id":"r","upstream":"u","grpc":[{"service":"a.B"},{"service":"a.C","method":"D"}]}`},
		"consumer":   {`{"id":"c"}`, `{"id":"c","policies":["p"],"plugins":{"a":{}}}`},
		"credential": {`{"id":"c","consumer":"x","type":"key","secret":"0123456789abcdef"}`},
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Every way to be wrong that a kind adds to those of the decoder, with the
// path and the words that its author sees first.
func TestBad(t *testing.T) {
	a, b := keyPairs(t)
	certificate := func(more string) string { return `{"id":"c","certificate":` + quote(a.cert) + `,` + more + `}` }
	listener := func(more string) string { return `{"id":"l","address":":80",` + more + `}` }
	secure := func(more string) string { return listener(`"tls":{"certificates":["c"],` + more + `}`) }
	upstream := func(more string) string { return `{"id":"u",` + more + `}` }
	target := func(more string) string { return upstream(`"targets":[{"host":"a","port":80},{` + more + `}]`) }
	route := func(more string) string { return `{"id":"r","upstream":"u",` + more + `}` }
	for _, c := range []struct{ kind, document, path, message string }{
		{"certificate", `{"id":"c","private_key":` + quote(a.key) + `}`, "certificate", "is required"},
		{"certificate", certificate(`"description":"d"`), "private_key", "is required"},
		{"certificate", `{"id":"c","certificate":"abc","private_key":` + quote(a.key) + `}`, "certificate", "must be PEM"},
		{"certificate", certificate(`"private_key":"abc"`), "private_key", "must be a PEM private key"},
		{"certificate", certificate(`"private_key":` + quote(b.key)), "private_key", "does not belong to the certificate"},
		{"certificate", certificate(`"private_key":` + quote(a.key) + `,"names":[]`), "names", "must not be empty"},
		{"certificate", certificate(`"private_key":` + quote(a.key) + `,"private_key_version":0`), "private_key_version", "at least 1"},
		{"policy", `{"id":"p"}`, "plugins", "is required"},
		{"policy", `{"id":"p","plugins":[]}`, "plugins", "must be an object"},
		{"policy", `{"id":"p q","plugins":{}}`, "id", "must be an id"},
		{"policy", `{"id":"p","plugins":{},"labels":{"a b":"c"}}`, `labels["a b"]`, "the key must be a label name"},
		{"policy", `{"id":"p","plugins":{},"description":""}`, "description", "must not be empty"},
		{"cluster_settings", `{"id":"cluster","policies":["a","a"]}`, "policies[1]", "is the same as element 0"},
		{"cluster_settings", `{"id":"cluster","plugin":{}}`, "plugin", `did you mean "plugins"?`},
		{"listener", `{"id":"l"}`, "address", "is required"},
		{"listener", `{"id":"l","address":"80"}`, "address", `must be "address:port" or ":port"; is "80"`},
		{"listener", `{"id":"l","address":":99999"}`, "address", "between 1 and 65535"},
		{"listener", listener(`"tls":{}`), "tls.certificates", "is required"},
		{"listener", listener(`"tls":{"certificates":[]}`), "tls.certificates", "must not be empty"},
		{"listener", listener(`"tls":{"certificates":["a/b"]}`), "tls.certificates[0]", "must be an id"},
		{"listener", listener(`"tls":{"certificates":["a"],"min_version":"1.1"}`), "tls.min_version", `must be one of "1.2", "1.3"`},
		{"listener", listener(`"http2":"on"`), "http2", "must be true or false"},
		{"listener", listener(`"trusted_proxies":["10.0.0.0/8","proxy"]`), "trusted_proxies[1]", "must be an IP address or a network"},
		{"listener", listener(`"forwarded":"x-forwarded"`), "forwarded", `did you mean "x_forwarded"?`},
		{"listener", listener(`"forwarded":""`), "forwarded", `must be one of "x_forwarded", "forwarded", "both", "none"`},
		{"listener", listener(`"via":""`), "via", "must not be empty"},
		{"listener", listener(`"via":"edge 1"`), "via", "must be a name of"},
		{"listener", listener(`"via":"edge, 1.1 other"`), "via", "must be a name of"},
		{"listener", listener(`"via":"caf\u00e9"`), "via", "must be a name of"},
		{"listener", listener(`"via":"` + strings.Repeat("a", 129) + `"`), "via", "at most 128"},
		{"listener", listener(`"header_timeout":5`), "header_timeout", "must be a duration"},
		{"listener", listener(`"idle_timeout":"25h"`), "idle_timeout", "between 100ms and 24h"},
		{"listener", listener(`"max_header_bytes":1048577`), "max_header_bytes", "between 1024 and 1048576, is 1048577"},
		{"listener", listener(`"max_header_fields":7`), "max_header_fields", "between 8 and 1024, is 7"},
		{"listener", listener(`"max_body_bytes":0`), "max_body_bytes", "at least 1"},
		{"listener", listener(`"max_requests":0`), "max_requests", "at least 1"},
		{"listener", listener(`"max_connections":-1`), "max_connections", "at least 1"},
		{"listener", listener(`"max_tunnels":0`), "max_tunnels", "at least 1"},
		{"listener", listener(`"max_streams":10001`), "max_streams", "between 1 and 10000"},
		{"listener", listener(`"stall_timeout":"0s"`), "stall_timeout", "between 100ms and 24h"},
		{"listener", listener(`"tunnel_idle_timeout":"0s"`), "tunnel_idle_timeout", "between 100ms and 168h"},
		{"listener", listener(`"half_close":"yes"`), "half_close", "must be true or false"},
		{"listener", secure(`"ciphers":[]`), "tls.ciphers", "must not be empty"},
		{"listener", secure(`"ciphers":["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256","TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]`), "tls.ciphers[1]", "is the same as element 0"},
		{"listener", secure(`"ciphers":["TLS_AES_128_GCM_SHA256"]`), "tls.ciphers[0]", "is of TLS 1.3, whose suites cannot be chosen"},
		{"listener", secure(`"ciphers":["TLS_RSA_WITH_RC4_128_SHA"]`), "tls.ciphers[0]", "is not safe any more"},
		{"listener", secure(`"ciphers":["ECDHE-RSA-AES128-GCM-SHA256"]`), "tls.ciphers[0]", "must be a cipher suite of TLS 1.2, one of "},
		{"listener", secure(`"ciphers":["tls_ecdhe_rsa_with_aes_128_gcm_sha256"]`), "tls.ciphers[0]", `did you mean "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"?`},
		{"listener", secure(`"ciphers":["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]`), "tls.ciphers", "none that HTTP/2 allows"},
		{"listener", secure(`"ciphers":["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],"min_version":"1.3"`), "tls.ciphers", `which min_version "1.3" refuses`},
		{"listener", secure(`"client_ca":"abc"`), "tls.client_ca", "must be PEM"},
		{"listener", secure(`"client_ca":` + quote(a.key)), "tls.client_ca", `is "PRIVATE KEY"`},
		{"listener", secure(`"client_ca":` + quote(a.cert) + `,"client_auth":"none"`), "tls.client_auth", `must be one of "require", "optional"`},
		{"listener", secure(`"client_auth":"optional"`), "tls.client_auth", "needs client_ca"},
		{"upstream", upstream(`"protocol":"HTTP"`), "protocol", `did you mean "http"?`},
		{"upstream", target(`"host":"a"`), "targets[1].port", "is required"},
		{"upstream", target(`"host":"http://a","port":1`), "targets[1].host", "without a scheme"},
		{"upstream", target(`"host":"b","port":65536`), "targets[1].port", "between 1 and 65535"},
		{"upstream", target(`"host":"A","port":80`), "targets[1]", "a:80 is targets[0] already"},
		{"upstream", target(`"host":"b","port":80,"weight":-1`), "targets[1].weight", "between 0 and 10000"},
		{"upstream", upstream(`"targets":[{"host":"a","port":80,"weight":0}]`), "targets", "every weight is 0"},
		{"upstream", upstream(`"tls":{}`), "tls", `needs the protocol "https" or "grpcs"`},
		{"upstream", upstream(`"protocol":"https","tls":{"ca_certificate":"x"}`), "tls.ca_certificate", "must be PEM"},
		{"upstream", upstream(`"protocol":"https","tls":{"client_certificate":"a b"}`), "tls.client_certificate", "must be an id"},
		{"upstream", upstream(`"protocol":"https","tls":{"min_version":"1.0"}`), "tls.min_version", `must be one of "1.2", "1.3"`},
		{"upstream", upstream(`"stall_timeout":"0s"`), "stall_timeout", "between 1ms and 24h"},
		{"upstream", upstream(`"max_idle":0`), "max_idle", "between 1 and 65535"},
		{"upstream", upstream(`"connect_timeout":"0s"`), "connect_timeout", "between 1ms and 10m"},
		{"instance", `{"id":"i","host":"a","port":80}`, "upstream", "is required"},
		{"instance", `{"id":"i","upstream":"u","port":80}`, "host", "is required"},
		{"instance", `{"id":"i","upstream":"u","host":"http://a","port":80}`, "host", "without a scheme"},
		{"instance", `{"id":"i","upstream":"u","host":"a","port":0}`, "port", "between 1 and 65535"},
		{"instance", `{"id":"i","upstream":"u","host":"a","port":80,"weight":-1}`, "weight", "between 0 and 10000"},
		{"instance", `{"id":"i","upstream":"u","host":"a","port":80,"draining":"yes"}`, "draining", "must be true or false"},
		{"instance", `{"id":"i","upstreams":"u","upstream":"u","host":"a","port":80}`, "upstreams", `did you mean "upstream"?`},
		{"service", `{"id":"s"}`, "upstream", "is required"},
		{"service", `{"id":"s","upstream":["u"]}`, "upstream", "must be a string, is a list"},
		{"route", `{"id":"r"}`, "upstream", "is required where no service is given"},
		{"route", route(`"hosts":[]`), "hosts", "must not be empty"},
		{"route", route(`"paths":["/a","/a"]`), "paths[1]", "is the same as element 0"},
		{"route", route(`"methods":["get"]`), "methods[0]", "in capitals"},
		{"route", route(`"methods":["*"]`), "methods[0]", "in capitals"},
		{"route", route(`"headers":[{"name":"a"},{"name":"a b"}]`), "headers[1].name", "must be a header name"},
		{"route", route(`"headers":[{"name":"a","value":"b","present":true}]`), "headers[0]", "give one of value, regex and present"},
		{"route", route(`"query":[{}]`), "query[0].name", "is required"},
		{"route", route(`"cookies":[{"name":"a","regex":"("}]`), "cookies[0].regex", "must be a regular expression"},
		{"route", route(`"client_networks":["10.0.0.0/40"]`), "client_networks[0]", "must be an IP address or a network"},
		{"route", route(`"grpc":[{"service":"a/b"}]`), "grpc[0].service", "must be a gRPC service's full name"},
		{"route", route(`"grpc":[{"service":"a"}],"paths":["/a"]`), "grpc", "cannot be combined with paths"},
		{"route", route(`"plugins":{"a":{}},"disabled_plugins":["b","a"]`), "disabled_plugins[1]", `"a" is in plugins too`},
		{"route", route(`"timeout":"0s"`), "timeout", "between 1ms and 24h"},
		{"route", route(`"listeners":["l","l"]`), "listeners[1]", "is the same as element 0"},
		{"route", route(`"methods":[` + names(50) + `],"listeners":[` + names(50) + `]`), "", "more than 2048 combinations"},
		{"route", route(`"methods":[` + names(65536) + `],"listeners":[` + names(65536) + `],"grpc":[` + services(65536) + `]`), "", "more than 2048 combinations"},
		{"consumer", `{"id":""}`, "id", "must be an id"},
		{"consumer", `{"id":"c","policies":[5]}`, "policies[0]", "must be a string, is 5"},
		{"credential", `{"id":"c","consumer":"x","type":"jwt","secret":"0123456789abcdef"}`, "type", `must be one of "key"`},
		{"credential", `{"id":"c","consumer":"x","type":"key"}`, "secret", "is required"},
		{"credential", `{"id":"c","consumer":"x","type":"key","secret":"short"}`, "secret", "between 16 and 512 characters, has 5"},
		{"credential", `{"id":"c","consumer":"x","type":"key","secret":" 0123456789abcdef"}`, "secret", "must not begin or end with white space"},
		{"credential", `{"id":"c","type":"key","secret":"0123456789abcdef"}`, "consumer", "is required"},
	} {
		_, err := decode(t, c.kind, c.document)
		var got schema.Errors
		if !errors.As(err, &got) || len(got) != 1 || got[0].Path != c.path || !strings.Contains(got[0].Message, c.message) {
			t.Errorf("%s %.300s\ngot  %v\nwant %s: %s", c.kind, c.document, err, c.path, c.message)
		}
		if err != nil && (strings.Contains(err.Error(), "0123456789") || strings.Contains(err.Error(), "MII")) {
			t.Errorf("%s: a secret is shown: %v", c.kind, err)
		}
	}
}

// names returns n different names that are methods and ids alike.
func names(n int) string { return list(n, func(i int) string { return `"M` + strconv.Itoa(i) + `"` }) }

func services(n int) string {
	return list(n, func(i int) string { return `{"service":"S` + strconv.Itoa(i) + `"}` })
}

func list(n int, element func(int) string) string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = element(i)
	}
	return strings.Join(texts, ",")
}

// Secrets never leave, and come back from what is stored.
func TestSecretsOfKinds(t *testing.T) {
	for kind, documents := range goodDocuments(t) {
		typ := api.KindOf(kind).Type
		for _, document := range documents {
			redacted, err := typ.Redact([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(redacted), "PRIVATE") || strings.Contains(string(redacted), "0123456789abcdef") {
				t.Errorf("%s: a secret is left in %s", kind, redacted)
			}
			kept, err := typ.KeepSecrets(redacted, []byte(document))
			if want, _ := typ.Canonical([]byte(document)); err != nil || string(kept) != string(want) {
				t.Errorf("%s: got %s, %v", kind, kept, err)
			}
			if err := typ.Decode(redacted, api.KindOf(kind).New(), schema.WithoutSecrets); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
}
