// SPDX-License-Identifier: Apache-2.0

package tfschema_test

import (
	"context"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/tfschema"
)

// valid are documents that the gateway takes, with much in them.
var valid = map[string][]string{
	api.KindPolicy:          {`{"id":"p","plugins":{"rate_limit":{"count":5,"window":"1m","key":["client_ip"]},"key_auth":{"headers":[],"bearer":true},"headers":{"request":{"set":{"a":"b"},"remove":["c"]}}}}`},
	api.KindClusterSettings: {`{"id":"cluster","policies":["p"],"plugins":{"compress":{"encodings":["gzip"]}}}`},
	api.KindListener:        {`{"id":"l","address":":80","http2":false,"tls":{"certificates":["a","b"],"min_version":"1.3"},"trusted_proxies":["10.0.0.0/8"],"header_timeout":"5s","labels":{"a":"b"}}`},
	api.KindUpstream: {
		`{"id":"u","protocol":"https","targets":[{"host":"a","port":1,"weight":0,"tags":{"x":"y"}},{"host":"b","port":2,"weight":1}],"tls":{"server_name":"a"},"max_idle":3}`,
		`{"id":"u"}`,
	},
	api.KindService: {`{"id":"s","upstream":"u","policies":["p","q"],"plugins":{"rate_limit":{"count":5}}}`},
	api.KindRoute: {
		`{"id":"r","listeners":["l"],"hosts":["example.com","*.example.com"],"paths":["/a/{id}","/b/*"],"methods":["GET"],"headers":[{"name":"x","value":"y"},{"name":"z","present":false}],"query":[{"name":"q","regex":"^a"}],"client_networks":["10.0.0.0/8"],"condition":"request.method == 'GET'","upstream":"u","plugins":{"rate_limit":{"count":5,"window":"1m"}},"disabled_plugins":["compress"],"timeout":"3s"}`,
		`{"id":"r","service":"s","grpc":[{"service":"a.B","method":"C"}]}`,
	},
	api.KindConsumer:   {`{"id":"c","policies":["p"],"plugins":{"rate_limit":{"count":5}}}`},
	api.KindCredential: {`{"id":"c","consumer":"c","type":"key","secret_version":3}`},
}

// Whatever part of a right configuration is not known yet, nothing is
// wrong with the rest: values that come from other resources never give false
// errors.
func TestUnknownIsNoMistake(t *testing.T) {
	ctx := context.Background()
	for name, documents := range valid {
		s := &tfschema.Shape{Kind: api.KindOf(name), Plugins: plugins.All()}
		null := tftypes.NewValue(s.Schema().Type().TerraformType(ctx), nil)
		for _, document := range documents {
			v, _, err := s.Value([]byte(document), null)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := s.Document(v)
			if err != nil {
				t.Fatal(err)
			}
			if object, errs := s.Check(whole); object == nil || len(errs) > 0 {
				t.Fatalf("%s: %s is not valid: %v", name, document, errs)
			}
			places := 0
			err = tftypes.Walk(v, func(at *tftypes.AttributePath, _ tftypes.Value) (bool, error) {
				if len(at.Steps()) == 0 {
					return true, nil
				}
				places++
				partly, err := tftypes.Transform(v, func(p *tftypes.AttributePath, inner tftypes.Value) (tftypes.Value, error) {
					if p.Equal(at) {
						return tftypes.NewValue(inner.Type(), tftypes.UnknownValue), nil
					}
					return inner, nil
				})
				if err != nil {
					return false, err
				}
				d, err := s.Document(partly)
				if err != nil {
					return false, err
				}
				if len(d.Unknown) != 1 {
					t.Errorf("%s: with %s unknown, %v are", name, at, d.Unknown)
				}
				if object, errs := s.Check(d); object != nil || len(errs) > 0 {
					t.Errorf("%s: with %s unknown: %v", name, at, errs)
				}
				return true, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if places < 4 {
				t.Errorf("%s: only %d places", name, places)
			}
		}
	}
}

func TestPlace(t *testing.T) {
	tests := []struct{ kind, document, path, text string }{
		{"route", "", "", ""},
		{"route", "upstream", "upstream", "upstream"},
		{"route", "paths[1]", "paths[1]", "paths[1]"},
		{"route", `labels["a b"]`, `labels["a b"]`, `labels["a b"]`},
		{"route", "labels.team", `labels["team"]`, "labels.team"},
		{"route", "plugins.rate_limit.key[0]", "plugins", "plugins.rate_limit.key[0]"},
		{"upstream", `targets[2].tags["a.b"]`, "targets", `targets[2].tags["a.b"]`},
		{"upstream", "nonsense[1].x", "", "nonsense[1].x"},
		{"credential", "secret", "secret_wo", "secret_wo"},
		{"credential", "secret_version", "secret_wo_version", "secret_wo_version"},
	}
	for _, test := range tests {
		s := &tfschema.Shape{Kind: api.KindOf(test.kind), Plugins: plugins.All()}
		if at := s.Place(test.document); at.Path.String() != test.path || at.Text != test.text {
			t.Errorf("%s is at %q, called %q; want %q and %q", test.document, at.Path, at.Text, test.path, test.text)
		}
	}
}

// A path survives being read, whatever names it is made of.
func FuzzPlace(f *testing.F) {
	f.Add("rate_limit", "a.b", 3)
	f.Add("", "x\"]", 0)
	f.Add("[0]", "ä\x00", 1<<40)
	f.Fuzz(func(t *testing.T, a, b string, i int) {
		if i < 0 || !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip("the decoder writes no such path")
		}
		s := &tfschema.Shape{Kind: api.KindOf("route"), Plugins: plugins.All()}
		path := schema.Index(schema.Key(schema.Key("plugins", a), b), i)
		if at := s.Place(path); at.Text != path || at.Path.String() != "plugins" {
			t.Errorf("%s is read as %s, at %s", path, at.Text, at.Path)
		}
		s.Place(a) // whatever it is
	})
}
