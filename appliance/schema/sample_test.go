// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// sample has a field of every kind and every check.
type sample struct {
	Base
	Mode     string             `json:"mode" check:"enum=fast|safe" doc:"How it works."`
	Count    int                `json:"count" check:"min=1,max=10" doc:"How many."`
	Port     uint16             `json:"port,omitzero" check:"min=1" doc:"Port number."`
	Ratio    *float64           `json:"ratio,omitzero" check:"min=0,max=1" doc:"Share."`
	On       bool               `json:"on" doc:"Whether it is on."`
	Wait     schema.Duration    `json:"wait" check:"min=10ms,max=1m" doc:"How long."`
	Note     string             `json:"note,omitzero" check:"max=5" doc:"Text | free."`
	Even     even               `json:"even,omitzero" doc:"A string with a syntax of its own."`
	Tags     []string           `json:"tags,omitzero" check:"max=3,unique,each.min=2" doc:"Some tags."`
	Pauses   []schema.Duration  `json:"pauses,omitzero" check:"unique" doc:"Some lengths."`
	Peers    []string           `json:"peers,omitzero" check:"ref=peer" doc:"Whom it knows."`
	Labels   map[string]string  `json:"labels,omitzero" check:"keys=label,max=2,each.max=3" doc:"Free names."`
	Parts    []part             `json:"parts,omitzero" check:"min=1" doc:"What it is made of."`
	Named    map[string]part    `json:"named,omitzero" doc:"Parts by name."`
	Link     *link              `json:"link,omitzero" doc:"How it connects."`
	Settings settings           `json:"settings,omitzero" doc:"Known elsewhere."`
	Extra    json.RawMessage    `json:"extra,omitzero" doc:"Anything."`
	Weights  map[string]float64 `json:"weights,omitzero" doc:"Numbers by name."`
}

type Base struct {
	ID string `json:"id" check:"format=id" doc:"Its name."`
}

type part struct {
	Size int    `json:"size" check:"min=1" doc:"How large."`
	Unit string `json:"unit" check:"enum=mm|cm" doc:"Of the size."`
	Peer string `json:"peer,omitzero" check:"ref=peer" doc:"Where it is from."`
}

func (p *part) SetDefaults() { p.Unit = "mm" }

func (p *part) Validate() error {
	if p.Unit == "cm" && p.Size > 100 {
		return schema.At("size", "is too large for cm")
	}
	return nil
}

type link struct {
	User          string `json:"user" doc:"Who."`
	Secret        string `json:"secret" secret:"true" check:"min=4,format=header_value" doc:"Proof."`
	SecretVersion int    `json:"secret_version,omitzero" check:"min=1" doc:"Raised with the secret."`
}

type settings map[string]json.RawMessage

func (settings) SchemaCatalogue() string { return "things" }

// even is a string of even length.
type even string

func (e even) Check() error {
	if len(e)%2 != 0 {
		return errors.New("must have an even length")
	}
	return nil
}

func (even) SchemaFormat() string { return "even" }

func (s *sample) Validate() error {
	if s.Mode == "safe" && s.Count > 5 {
		return errors.Join(schema.At("count", "is too many to be safe"), errors.New("is not safe"))
	}
	return nil
}

var sampleType = schema.Of(func() sample {
	return sample{Count: 2, On: true, Wait: schema.Duration(time.Second)}
})

// full is a document that says everything there is to say.
const full = `{
	"id": "a", "mode": "fast", "count": 3.0, "port": 80, "ratio": 0, "on": false, "wait": "60s",
	"note": "é<&>", "even": "ab", "tags": ["xy", "zz"], "pauses": ["1s", "1m"], "peers": ["p1", "p2"],
	"labels": {"b": "2", "a/c": "1"}, "parts": [{"size": 1, "peer": "p3"}, {"size": 2e0, "unit": "cm"}],
	"named": {"z": {"size": 1}, "a b": {"size": 2, "peer": "p4"}}, "link": {"user": "u", "secret": "s3cr3t"},
	"settings": {"t": {"b": 1, "a": null}}, "extra": [1, {"b": "<", "a": 1.50}], "weights": {"w": -0.0}
}`

func decodeSample(t *testing.T, document string) (*sample, error) {
	t.Helper()
	var s sample
	err := sampleType.Decode([]byte(document), &s, schema.Complete)
	return &s, err
}

func mustDecode(t *testing.T, document string) *sample {
	t.Helper()
	s, err := decodeSample(t, document)
	if err != nil {
		t.Fatalf("%s\nis refused: %v", document, err)
	}
	return s
}

// with returns a valid document with one more member.
func with(member string) string { return `{"id":"a","mode":"fast",` + member + `}` }

// wantErrors compares an error, line by line, with beginnings of "path: message".
func wantErrors(t *testing.T, err error, want ...string) {
	t.Helper()
	var got schema.Errors
	if err != nil && !errors.As(err, &got) {
		t.Fatalf("error is a %T, not schema.Errors: %v", err, err)
	}
	if len(got) != len(want) {
		t.Fatalf("got %d errors, want %d:\n%v", len(got), len(want), err)
	}
	for i, w := range want {
		if !strings.HasPrefix(got[i].Error(), w) {
			t.Errorf("error %d is\n\t%s\nand should begin with\n\t%s", i, got[i], w)
		}
	}
}
