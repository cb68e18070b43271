// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// many returns n texts made from a format with one number, with commas between.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// Documents made to be expensive are refused, or read, with work in proportion
// to their size: any of these takes hours where it is not so. What is said
// about them stays short.
func TestHostileDocuments(t *testing.T) {
	const n = 30_000
	long := strings.Repeat("k", 5_000_000)
	for name, c := range map[string]struct{ document, want string }{
		"unknown fields":           {`{` + many(100_000, `"x%d":1`) + `}`, "x0: is not a field here"},
		"unknown long name":        {`{"` + long + `":1}`, `["kkk`},
		"entries with wrong keys":  {with(`"named":{` + many(n, `"  %d":{}`) + `}`), `named["  0"].size: is required`},
		"entries that are right":   {with(`"weights":{` + many(100_000, `"w%d":1`) + `}`), ""},
		"below a long name":        {with(`"weights":{"` + long + `":[` + many(n, "%d") + `]}`), `weights["kkk`},
		"below long names":         {with(`"extra":{"` + long + `":{"` + long + `":[` + many(n, "%d") + `]}}`), ""},
		"wrong elements":           {with(`"parts":[` + many(n, `{"size":-%d}`) + `]`), "parts[0].size: must be at least 1"},
		"same elements":            {with(`"pauses":[` + strings.Repeat(`"1s",`, n) + `"1s"]`), "pauses[1]: is the same as element 0"},
		"different elements":       {with(`"pauses":[` + many(n, `"%ds"`) + `]`), ""},
		"more than allowed":        {with(`"tags":[` + many(n, `"t%d"`) + `]`), "tags: must have at most 3 elements, has 30000"},
		"deep lists":               {strings.Repeat("[", n), "[0][0][0]...: nests more than 64 levels deep"},
		"deep objects":             {strings.Repeat(`{"a":`, n), "a.a.a...: nests more than 64 levels deep"},
		"deep in an open object":   {with(`"extra":` + strings.Repeat("[", 65) + strings.Repeat("]", 65)), "extra[0][0]...: nests more"},
		"a number of many digits":  {with(`"count":` + strings.Repeat("9", n)), "count: must be between 1 and 10, is 9999"},
		"a fraction of many zeros": {with(`"count":1.` + strings.Repeat("0", n)), ""},
		"a huge exponent":          {with(`"count":1e99999999999999999999`), "count: must be between 1 and 10, is 1e9999"},
		"a long string":            {with(`"mode2":"` + long + `"`), "mode2: is not a field here"},
		"a long enum":              {`{"id":"a","mode":"` + long + `"}`, `mode: must be one of "fast", "safe"; is "kkk`},
		"a long id":                {`{"id":"` + long + `","mode":"fast"}`, `id: must be an id`},
		"a long duration":          {with(`"wait":"` + long + `"`), `wait: must be a duration`},
		"a name given last twice":  {`{` + many(n, `"x%d":1`) + `,"x1":1}`, "x1: is given twice"},
		"a million values":         {with(`"extra":[` + strings.Repeat("0,", 999_990) + `0]`), ""},
		"more than a million":      {with(`"extra":[` + strings.Repeat("0,", 1_000_000) + `0]`), "has more than 1000000 values"},
		"backslashes":              {with(`"extra":"` + strings.Repeat(`\\`, n) + `"`), ""},
		"escaped letters":          {with(`"extra":"` + strings.Repeat(`\u0061`, n) + `"`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeSample(t, c.document)
			if c.want == "" {
				if err != nil {
					t.Errorf("refused: %.200s", err.Error())
				}
				return
			}
			var got schema.Errors
			if !errors.As(err, &got) || !strings.HasPrefix(got[0].Error(), c.want) {
				t.Fatalf("got %.200v, want %s", err, c.want)
			}
			if len(got) > 101 || len(err.Error()) > 50_000 {
				t.Errorf("%d errors of %d bytes together", len(got), len(err.Error()))
			}
		})
	}
}

// The list of mistakes ends by saying that it is not complete.
func TestErrorsAreCut(t *testing.T) {
	_, err := decodeSample(t, with(many(1000, `"x%d":1`)))
	var got schema.Errors
	if !errors.As(err, &got) || len(got) != 101 || got[100].Path != "" || got[100].Message != "there may be more mistakes: these are the first 100" {
		t.Errorf("got %d errors, the last %v", len(got), got[len(got)-1])
	}
}

// Canonical, Redact and References are as careful as Decode.
func TestHostileRewrites(t *testing.T) {
	const n = 20_000
	document := []byte(with(many(n, `"x%d":{"b":null,"a":1}`)))
	canonical, err := sampleType.Canonical(document)
	if err != nil || len(canonical) >= len(document) {
		t.Errorf("%d bytes, %v", len(canonical), err)
	}
	if _, err := sampleType.Redact(document); err != nil {
		t.Error(err)
	}
	if _, err := sampleType.KeepSecrets(document, document); err != nil {
		t.Error(err)
	}
	if refs := sampleType.References(document); refs != nil {
		t.Errorf("%d references", len(refs))
	}
	for _, bad := range []string{"", "{", `{"a":1,"a":2}`, strings.Repeat("[", n)} {
		if _, err := sampleType.Canonical([]byte(bad)); err == nil {
			t.Errorf("Canonical accepts %.20q", bad)
		}
		if _, err := sampleType.Redact([]byte(bad)); err == nil {
			t.Errorf("Redact accepts %.20q", bad)
		}
		if _, err := sampleType.KeepSecrets([]byte(bad), []byte("{}")); err == nil {
			t.Errorf("KeepSecrets accepts %.20q", bad)
		}
		if _, err := sampleType.KeepSecrets([]byte("{}"), []byte(bad)); err == nil {
			t.Errorf("KeepSecrets accepts the older %.20q", bad)
		}
		if refs := sampleType.References([]byte(bad)); refs != nil {
			t.Errorf("References of %.20q: %v", bad, refs)
		}
	}
}
