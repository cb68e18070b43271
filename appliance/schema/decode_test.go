// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func TestDecodeFull(t *testing.T) {
	zero := 0.0
	want := &sample{
		Base: Base{ID: "a"}, Mode: "fast", Count: 3, Port: 80, Ratio: &zero, Wait: schema.Duration(time.Minute),
		Note: "é<&>", Even: "ab", Tags: []string{"xy", "zz"},
		Pauses: []schema.Duration{schema.Duration(time.Second), schema.Duration(time.Minute)},
		Peers:  []string{"p1", "p2"}, Labels: map[string]string{"b": "2", "a/c": "1"},
		Parts:    []part{{1, "mm", "p3"}, {2, "cm", ""}},
		Named:    map[string]part{"z": {1, "mm", ""}, "a b": {2, "mm", "p4"}},
		Link:     &link{User: "u", Secret: "s3cr3t"},
		Settings: settings{"t": []byte(`{"b":1}`)}, Extra: []byte(`[1,{"b":"<","a":1.50}]`),
		Weights: map[string]float64{"w": 0},
	}
	if got := mustDecode(t, full); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Defaults apply to what is absent or null, at the top, in lists, in maps and
// behind pointers.
func TestDecodeDefaults(t *testing.T) {
	for _, document := range []string{
		`{"id":"a","mode":"fast"}`,
		`{"id":"a","mode":"fast","count":null,"on":null,"wait":null,"port":null,"ratio":null,"note":null,"even":null,
		  "tags":null,"peers":null,"labels":null,"parts":null,"link":null,"settings":null,"extra":null}`,
	} {
		want := &sample{Base: Base{ID: "a"}, Mode: "fast", Count: 2, On: true, Wait: schema.Duration(time.Second)}
		if got := mustDecode(t, document); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	s := mustDecode(t, with(`"parts":[{"size":1,"unit":null}],"named":{"n":{"size":2},"gone":null},"labels":{"l":null}`))
	if s.Parts[0].Unit != "mm" || s.Named["n"].Unit != "mm" {
		t.Errorf("SetDefaults was not applied: %+v", s)
	}
	if len(s.Named) != 1 || len(s.Labels) != 0 {
		t.Errorf("null in a map is not absent: %+v", s)
	}
}

// A value decoded twice into one struct keeps nothing of the first.
func TestDecodeForgets(t *testing.T) {
	var s sample
	for _, document := range []string{full, `{"id":"a","mode":"fast"}`} {
		if err := sampleType.Decode([]byte(document), &s, schema.Complete); err != nil {
			t.Fatal(err)
		}
	}
	if s.Link != nil || s.Tags != nil || s.Note != "" || s.Count != 2 || !s.On {
		t.Errorf("something of the first document is left: %+v", s)
	}
}

func TestDecodeErrors(t *testing.T) {
	for name, c := range map[string]struct {
		document string
		want     []string
	}{
		"everything at once": {`{"count":0,"nope":1,"tags":["x"]}`, []string{
			"count: must be between 1 and 10, is 0",
			`nope: is not a field here; the fields are "id", "mode",`,
			"tags[0]: must have at least 2 characters, has 1",
			"id: is required",
			`mode: is required: one of "fast", "safe"`,
		}},
		"null for required":     {`{"id":null,"mode":"fast"}`, []string{"id: is required"}},
		"enum":                  {`{"id":"a","mode":"fats"}`, []string{`mode: must be one of "fast", "safe"; is "fats"; did you mean "fast"?`}},
		"string of a number":    {with(`"note":5`), []string{"note: must be a string, is 5"}},
		"string of a list":      {with(`"note":[]`), []string{"note: must be a string, is a list"}},
		"string too long":       {with(`"note":"éééééé"`), []string{"note: must have at most 5 characters, has 6"}},
		"string empty":          {with(`"note":""`), []string{"note: must not be empty; leave it out instead"}},
		"format":                {`{"id":"-","mode":"fast"}`, []string{`id: must be an id: 1 to 128 letters`}},
		"own syntax":            {with(`"even":"abc"`), []string{"even: must have an even length"}},
		"bool of a string":      {with(`"on":"true"`), []string{"on: must be true or false, is a string"}},
		"int of a string":       {with(`"count":"3"`), []string{"count: must be a whole number, is a string"}},
		"int of a fraction":     {with(`"count":1.5`), []string{"count: must be a whole number, is 1.5"}},
		"int of true":           {with(`"count":true`), []string{"count: must be a whole number, is true"}},
		"int too large":         {with(`"count":11`), []string{"count: must be between 1 and 10, is 11"}},
		"int of many digits":    {with(`"count":99999999999999999999`), []string{"count: must be between 1 and 10, is 99999999999999999999"}},
		"int of 1e400":          {with(`"count":1e400`), []string{"count: must be between 1 and 10, is 1e400"}},
		"int nearly whole":      {with(`"count":4.00000000000000000001`), []string{"count: "}},
		"unsigned too large":    {with(`"port":65536`), []string{"port: must be between 1 and 65535, is 65536"}},
		"unsigned negative":     {with(`"port":-1`), []string{"port: must be at least 1, is -1"}},
		"float of 1e400":        {with(`"ratio":1e400`), []string{"ratio: must be a number within what 64 bits can hold, is 1e400"}},
		"float out of range":    {with(`"ratio":1.5`), []string{"ratio: must be between 0 and 1, is 1.5"}},
		"float of an object":    {with(`"ratio":{}`), []string{"ratio: must be a number, is an object"}},
		"NaN":                   {with(`"ratio":NaN`), []string{"the document is not valid JSON: line 1, column "}},
		"duration of a number":  {with(`"wait":5`), []string{`wait: must be a duration such as "500ms", "1.5s" or "2m", is 5`}},
		"duration without unit": {with(`"wait":"5"`), []string{`wait: must be a duration such as "500ms", "1.5s" or "2m", is "5"`}},
		"duration too long":     {with(`"wait":"2m"`), []string{"wait: must be between 10ms and 1m, is 2m"}},
		"list of an object":     {with(`"tags":{}`), []string{"tags: must be a list, is an object"}},
		"list too long":         {with(`"tags":["aa","bb","cc","dd"]`), []string{"tags: must have at most 3 elements, has 4"}},
		"list empty":            {with(`"parts":[]`), []string{"parts: must not be empty"}},
		"null in a list":        {with(`"tags":["aa",null]`), []string{"tags[1]: must not be null"}},
		"element twice":         {with(`"tags":["aa","bb","aa"]`), []string{"tags[2]: is the same as element 0; give it once"}},
		"duration twice":        {with(`"pauses":["60s","1m"]`), []string{"pauses[1]: is the same as element 0"}},
		"reference":             {with(`"peers":["a","b c"]`), []string{`peers[1]: must be an id: `}},
		"map of a list":         {with(`"labels":[]`), []string{"labels: must be a map, is a list"}},
		"map too large":         {with(`"labels":{"a":"","b":"","c":""}`), []string{"labels: must have at most 2 entries, has 3"}},
		"map key":               {with(`"labels":{"a b":"1"}`), []string{`labels["a b"]: the key must be a label name: `}},
		"map value":             {with(`"labels":{"a.b":"1234"}`), []string{`labels["a.b"]: must have at most 3 characters, has 4`}},
		"object of null inside": {with(`"parts":[{"size":null}]`), []string{"parts[0].size: is required"}},
		"object of a list":      {with(`"link":[]`), []string{"link: must be an object, is a list"}},
		"field of an element":   {with(`"parts":[{"size":1},{"size":1,"sise":2}]`), []string{`parts[1].sise: is not a field here; the fields are "size", "unit", "peer"; did you mean "size"?`}},
		"field in a map":        {with(`"named":{"x y":{"size":0}}`), []string{`named["x y"].size: must be at least 1, is 0`}},
		"open of a string":      {with(`"settings":"x"`), []string{"settings: must be an object, is a string"}},
		"case counts":           {with(`"Note":"x"`), []string{`Note: is not a field here; the fields are`}},
		"required secret":       {with(`"link":{"user":"u"}`), []string{"link.secret: is required"}},
		"given twice":           {with(`"link":{"user":"u","user":"v"}`), []string{"link.user: is given twice"}},
		"given twice, escaped":  {with(`"note":"x","n\u006fte":"y"`), []string{"note: is given twice"}},
		"top is a list":         {`[]`, []string{"must be an object, is a list"}},
		"top is null":           {`null`, []string{"must be an object, is null"}},
		"nothing":               {``, []string{"the document is not valid JSON: line 1, column 1: it ends too early"}},
		"cut off":               {"{\n\"id\":", []string{"the document is not valid JSON: line 2, column 6: it ends too early"}},
		"comma at the end":      {`{"id":"a",}`, []string{"the document is not valid JSON: line 1, column "}},
		"two documents":         {`{} {}`, []string{"the document is not valid JSON: line 1, column 4: something follows the value"}},
		"garbage after":         {`{"id":"a","mode":"fast"} x`, []string{"the document is not valid JSON: line 1, column "}},
		"invalid UTF-8":         {"{\"id\":\"a\xff\"}", []string{"the document is not valid JSON: line 1, column 9: invalid UTF-8"}},
		"half a surrogate pair": {with(`"note":"\\\ud83d"`), []string{"the document is not valid JSON: line 1, column 35: half of a surrogate pair"}},
		"halves swapped":        {with(`"note":"\ude00\ud83d"`), []string{"the document is not valid JSON: line 1, column 33: half of a surrogate pair"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeSample(t, c.document)
			wantErrors(t, err, c.want...)
		})
	}
}

// What looks strange and is right.
func TestDecodeAccepts(t *testing.T) {
	for _, document := range []string{
		with(`"count":5.0`), with(`"count":5e0`), with(`"count":0.5e1`), with(`"count":50e-1`), with(`"count":1E+1`),
		with(`"ratio":1e-400`), with(`"ratio":-0`), with(`"ratio":-0.0`),
		with(`"note":"\ud83d\ude00"`), with(`"note":"\\ud8"`), with(`"note":"\u0000"`),
		with(`"tags":[],"labels":{},"settings":{},"peers":[]`),
		with(`"wait":"1000ms"`), with(`"extra":"null"`), with(`"extra":[null]`), "\n\t " + with(`"on":true`) + "\r\n",
	} {
		mustDecode(t, document)
	}
}

// Rules across fields run once the fields are right, and their paths are
// below the value they belong to.
func TestValidatePaths(t *testing.T) {
	_, err := decodeSample(t, `{"id":"a","mode":"safe","count":6}`)
	wantErrors(t, err, "count: is too many to be safe", "is not safe")
	_, err = decodeSample(t, with(`"parts":[{"size":1},{"size":101,"unit":"cm"}],"named":{"a.b":{"size":102,"unit":"cm"}}`))
	wantErrors(t, err, "parts[1].size: is too large for cm", `named["a.b"].size: is too large for cm`)
	_, err = decodeSample(t, `{"id":"a","mode":"safe","count":6,"note":5}`)
	wantErrors(t, err, "note: must be a string")
}

func TestDecodeWithoutSecrets(t *testing.T) {
	document := []byte(with(`"link":{"user":"u"}`))
	var s sample
	if err := sampleType.Decode(document, &s, schema.WithoutSecrets); err != nil {
		t.Errorf("a document may lack its secrets: %v", err)
	}
	err := sampleType.Decode([]byte(with(`"link":{"secret":"abcd"}`)), &s, schema.WithoutSecrets)
	wantErrors(t, err, "link.user: is required")
}

func TestDecodeIntoOtherType(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("decoding into another type is a mistake in the program and panics")
		}
	}()
	_ = sampleType.Decode([]byte(`{}`), &part{}, schema.Complete)
}
