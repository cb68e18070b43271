// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

// FuzzCanonical holds that the canonical form is a fixed point and means what
// the document means, that a struct survives encoding, and that what is
// redacted decodes without its secrets.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{full, `{}`, with(`"extra":{"b":[null,1.0],"a":"\u003c"}`), with(`"link":{"user":"u","secret":"abcd"}`), with(`"weights":{"a":1e5,"":-0}`), with(`"pauses":["1h0m0s"]`), with(`"link":{"user":"u","unknown":null}`)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		canonical, err := sampleType.Canonical(document)
		if err != nil {
			return
		}
		again, err := sampleType.Canonical(canonical)
		if err != nil || string(again) != string(canonical) {
			t.Fatalf("%s\nthen %s, %v", canonical, again, err)
		}
		var a, b, c sample
		errA, errB := sampleType.Decode(document, &a, schema.Complete), sampleType.Decode(canonical, &b, schema.Complete)
		if errA == nil && errB != nil {
			t.Fatalf("%s: %v\n%s: %v", document, errA, canonical, errB)
		}
		redacted, err := sampleType.Redact(document)
		if err != nil || strings.Contains(string(redacted), `"secret":`) && errA == nil && a.Extra == nil && a.Settings == nil && a.Labels == nil && a.Named == nil && a.Weights == nil {
			t.Fatalf("%s, %v", redacted, err)
		}
		if errA != nil {
			return
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := sampleType.Decode(text, &c, schema.Complete); err != nil {
			t.Fatalf("%s is written as %s: %v", document, text, err)
		}
		if err := sampleType.Decode(redacted, new(sample), schema.WithoutSecrets); err != nil {
			t.Fatalf("%s: %v", redacted, err)
		}
		if !reflect.DeepEqual(withoutRaw(&a), withoutRaw(&b)) || !reflect.DeepEqual(&a, withoutRaw(&c)) {
			t.Fatalf("%+v\n%+v\n%+v", a, b, c)
		}
	})
}
