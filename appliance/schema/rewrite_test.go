// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func canonical(t *testing.T, document string) string {
	t.Helper()
	c, err := sampleType.Canonical([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return string(c)
}

// The canonical form has fields in the order of the declaration, other names
// sorted, no nulls, whole numbers as such, and what was written otherwise:
// defaults stay out, strings keep their spelling.
func TestCanonical(t *testing.T) {
	const want = `{"id":"a","mode":"fast","count":3,"port":80,"ratio":0,"on":false,"wait":"60s","note":"é<&>","even":"ab",` +
		`"tags":["xy","zz"],"pauses":["1s","1m"],"peers":["p1","p2"],"labels":{"a/c":"1","b":"2"},` +
		`"parts":[{"size":1,"peer":"p3"},{"size":2,"unit":"cm"}],"named":{"a b":{"size":2,"peer":"p4"},"z":{"size":1}},` +
		`"link":{"user":"u","secret":"s3cr3t"},"settings":{"t":{"b":1}},"extra":[1,{"a":1.50,"b":"<"}],"weights":{"w":0}}`
	got := canonical(t, full)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if again := canonical(t, got); again != got {
		t.Errorf("the canonical form of the canonical form is another:\n%s\n%s", got, again)
	}
	if a, b := mustDecode(t, full), mustDecode(t, got); !reflect.DeepEqual(withoutRaw(a), withoutRaw(b)) {
		t.Errorf("the canonical form means something else:\n%+v\n%+v", a, b)
	}
}

// withoutRaw takes out what keeps the order of its members.
func withoutRaw(s *sample) *sample {
	s.Extra, s.Settings = nil, nil
	return s
}

func TestCanonicalValues(t *testing.T) {
	for written, want := range map[string]string{
		`5.0`: `5`, `-0`: `0`, `-0.0`: `0`, `0e5`: `0`, `1.5`: `1.5`, `1.50`: `1.50`, `1e2`: `100`, `100e-2`: `1`, `1E400`: `1E400`, `1e-400`: `1e-400`,
		`9007199254740993.0`: `9007199254740993`, `9223372036854775807`: `9223372036854775807`, `9223372036854775808`: `9223372036854775808`,
		`-9223372036854775808`: `-9223372036854775808`, `0e99999999999999999999`: `0`, `12.30e1`: `123`,
		`[null, {"a" : null}]`: `[null,{}]`, `"\u003c\u00e9\u2028\/"`: "\"<é\\u2028/\"", `"\ud83d\ude00"`: `"😀"`, `"\u0000\n\""`: `"\u0000\n\""`,
		`{"b":1,"a":{"d":[],"c":{}}}`: `{"a":{"c":{},"d":[]},"b":1}`, `true`: `true`, `""`: `""`,
	} {
		if got := canonical(t, `{"extra":`+written+`}`); got != `{"extra":`+want+`}` {
			t.Errorf("%s becomes %s, want %s", written, got, want)
		}
	}
}

// A document that would not be accepted has a canonical form too: unknown
// fields are not dropped in silence.
func TestCanonicalKeepsTheUnknown(t *testing.T) {
	if got, want := canonical(t, `{"mode":1,"zz":{"b":1,"a":2},"id":[],"aa":0}`), `{"aa":0,"zz":{"a":2,"b":1},"id":[],"mode":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRedact(t *testing.T) {
	got, err := sampleType.Redact([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "s3cr3t") || strings.Contains(string(got), `"secret"`) {
		t.Errorf("the secret is left in %s", got)
	}
	var s sample
	if err := sampleType.Decode(got, &s, schema.WithoutSecrets); err != nil || s.Link.User != "u" {
		t.Errorf("the rest is not whole: %v, %s", err, got)
	}
	for _, document := range []string{ // a secret of any kind of value is one
		`{"link":{"secret":{"a":"s3cr3t"}}}`, `{"link":{"secret":["s3cr3t"]}}`, `{"link":{"secret":"s3cr\u0033t"}}`, `{"link":[{"secret":"s3cr3t"}]}`,
	} {
		if got, err := sampleType.Redact([]byte(document)); err != nil || strings.Contains(string(got), "cr3t") {
			t.Errorf("%s becomes %s, %v", document, got, err)
		}
	}
}

func TestRedactInLists(t *testing.T) {
	type group struct {
		Links []link          `json:"links" doc:"Links."`
		Named map[string]link `json:"named" doc:"Links."`
	}
	typ := schema.Of(func() group { return group{} })
	got, err := typ.Redact([]byte(`{"links":[{"secret":"s"},{"user":"u","secret":"s"}],"named":{"n":{"secret":"s"}}}`))
	if want := `{"links":[{},{"user":"u"}],"named":{"n":{}}}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if !typ.Secrets() || !sampleType.Secrets() || schema.Of(func() part { return part{} }).Secrets() {
		t.Error("Secrets is wrong")
	}
}

func TestKeepSecrets(t *testing.T) {
	const old = `{"link":{"secret":"old1","user":"u"},"note":"n"}`
	for name, c := range map[string]struct{ document, old, want string }{
		"left out":            {`{"link":{"user":"v"}}`, old, `{"link":{"user":"v","secret":"old1"}}`},
		"null":                {`{"link":{"secret":null,"user":"v"}}`, old, `{"link":{"user":"v","secret":"old1"}}`},
		"given":               {`{"link":{"secret":"new1"}}`, old, `{"link":{"secret":"new1"}}`},
		"object left out":     {`{"note":"m"}`, old, `{"note":"m"}`},
		"object null":         {`{"link":null}`, old, `{}`},
		"none before":         {`{"link":{"user":"v"}}`, `{"link":{"user":"u"}}`, `{"link":{"user":"v"}}`},
		"no object before":    {`{"link":{"user":"v"}}`, `{}`, `{"link":{"user":"v"}}`},
		"another kind":        {`{"link":["x"]}`, old, `{"link":["x"]}`},
		"another kind before": {`{"link":{"user":"v"}}`, `{"link":["old1"]}`, `{"link":{"user":"v"}}`},
		"other fields stay":   {`{}`, old, `{}`},
	} {
		got, err := sampleType.KeepSecrets([]byte(c.document), []byte(c.old))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestForgottenSecrets(t *testing.T) {
	const old = `{"link":{"secret":"old1","secret_version":1}}`
	for name, c := range map[string]struct{ document, old, want string }{
		"number raised":      {`{"link":{"secret_version":2}}`, old, "link.secret: is required when secret_version changes: give the new secret with its new number"},
		"number new":         {`{"link":{"secret_version":1}}`, `{"link":{"secret":"old1"}}`, "link.secret: is required when secret_version changes: give the new secret with its new number"},
		"number as it was":   {`{"link":{"secret_version":1}}`, old, ""},
		"no number any more": {`{"link":{}}`, old, ""},
		"secret given":       {`{"link":{"secret":"new1","secret_version":2}}`, old, ""},
		"object is new":      {`{"link":{"secret_version":2}}`, `{}`, ""},
		"older unreadable":   {`{"link":{"secret_version":2}}`, `{`, ""},
	} {
		if got := sampleType.ForgottenSecrets([]byte(c.document), []byte(c.old)).Error(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// No error shows what a secret holds, whatever is wrong with it.
func TestErrorsHideSecrets(t *testing.T) {
	for _, secret := range []string{`" pa55word"`, `"pa55\nword"`, `5577666`, `["pa55word"]`, `{"pa55word":1}`, `"pa5"`} {
		_, err := decodeSample(t, with(`"link":{"user":"u","secret":`+secret+`}`))
		if err == nil {
			t.Fatalf("%s is accepted", secret)
		}
		if !strings.HasPrefix(err.Error(), "link.secret: must ") || strings.Contains(err.Error(), "pa5") || strings.Contains(err.Error(), "5577") {
			t.Errorf("%s: %v", secret, err)
		}
	}
	type odd struct {
		Code even   `json:"code,omitzero" secret:"true" doc:"Even."`
		Word string `json:"word,omitzero" secret:"true" check:"enum=pa55" doc:"Word."`
	}
	err := schema.Of(func() odd { return odd{} }).Decode([]byte(`{"code":"pa5","word":"pa5"}`), &odd{}, schema.Complete)
	wantErrors(t, err, "code: is not a valid even", `word: must be one of "pa55"`)
	if strings.Contains(err.Error(), `"pa5"`) {
		t.Error(err)
	}
}

func TestReferences(t *testing.T) {
	want := []schema.Reference{
		{"peers[0]", "peer", "p1"}, {"peers[1]", "peer", "p2"}, {"parts[0].peer", "peer", "p3"}, {`named["a b"].peer`, "peer", "p4"},
	}
	if got := sampleType.References([]byte(full)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := sampleType.References([]byte(`{"peers":null,"id":"a"}`)); got != nil {
		t.Errorf("got %v", got)
	}
}

// What encoding/json writes of a struct, Decode reads as the same struct.
func TestMarshalRoundTrip(t *testing.T) {
	for _, document := range []string{full, `{"id":"a","mode":"fast"}`, with(`"tags":[],"labels":{},"note":"<\u2028"`)} {
		s := mustDecode(t, document)
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if again := mustDecode(t, string(b)); !reflect.DeepEqual(s, again) {
			t.Errorf("%s\n%+v\n%+v", b, s, again)
		}
	}
}
