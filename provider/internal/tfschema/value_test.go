// SPDX-License-Identifier: Apache-2.0

package tfschema_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/api"
	"github.com/penstock-gateway/terraform-provider-penstock/appliance/plugins"
	"github.com/penstock-gateway/terraform-provider-penstock/provider/internal/tfschema"
)

// read returns a kind's shape and the state that a document makes of a null one.
func read(t *testing.T, kind, document string) (*tfschema.Shape, tftypes.Value) {
	t.Helper()
	s := &tfschema.Shape{Kind: api.KindOf(kind), Plugins: plugins.All()}
	v, _, err := s.Value([]byte(document), tftypes.NewValue(s.Schema().Type().TerraformType(context.Background()), nil))
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

// A value stays as it is where a document means the same.
func TestSpellingStays(t *testing.T) {
	const base = `{"id":"r","timeout":"60s","upstream":"u","paths":["/a"],"plugins":{"rate_limit":{"count":5,"window":"60s"}}}`
	tests := []struct {
		document string
		changed  []string // attributes
	}{
		{base, nil},
		{strings.ReplaceAll(base, "60s", "1m"), nil},
		{strings.Replace(base, `"count":5`, `"count":5.0,"status":null`, 1), nil},
		{strings.Replace(base, `"count":5`, `"count":6`, 1), []string{"plugins"}},
		{strings.Replace(base, `"count":5`, `"count":5,"status":429`, 1), []string{"plugins"}},
		{strings.Replace(base, `"timeout":"60s"`, `"timeout":"61s"`, 1), []string{"timeout"}},
		{strings.Replace(base, `"timeout":"60s",`, ``, 1), []string{"timeout"}},
		{strings.Replace(base, `["/a"]`, `["/a","/b"]`, 1), []string{"paths"}},
		{strings.Replace(base, `"plugins":{"rate_limit":{"count":5,"window":"60s"}}`, `"plugins":{}`, 1), []string{"plugins"}},
		{`{"id":"r","upstream":"u"}`, []string{"paths", "plugins", "timeout"}},
	}
	s, before := read(t, "route", base)
	for _, test := range tests {
		after, _, err := s.Value([]byte(test.document), before)
		if err != nil {
			t.Errorf("%s: %v", test.document, err)
			continue
		}
		if changed := differences(t, before, after); !reflect.DeepEqual(changed, test.changed) {
			t.Errorf("%s changes %v, want %v", test.document, changed, test.changed)
		}
		// What a user changes in this way is planned in the same way.
		_, planned := read(t, "route", test.document)
		kept, err := s.Keep(planned, before)
		if err != nil {
			t.Fatal(err)
		}
		if changed := differences(t, before, kept); !reflect.DeepEqual(changed, test.changed) {
			t.Errorf("planning %s changes %v, want %v", test.document, changed, test.changed)
		}
	}
}

func differences(t *testing.T, a, b tftypes.Value) []string {
	t.Helper()
	diffs, err := a.Diff(b)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range diffs {
		if steps := d.Path.Steps(); len(steps) > 0 {
			if name := string(steps[0].(tftypes.AttributeName)); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// A gateway that is newer than the provider is told from one that is not.
func TestForeignFields(t *testing.T) {
	s, before := read(t, "consumer", `{"id":"c"}`)
	v, foreign, err := s.Value([]byte(`{"id":"c","quota":5,"description":"d"}`), before)
	if err != nil || !reflect.DeepEqual(foreign, []string{"quota"}) || !reflect.DeepEqual(differences(t, before, v), []string{"description"}) {
		t.Errorf("foreign are %v, changed is %v, %v", foreign, differences(t, before, v), err)
	}
	for _, bad := range []string{"", "null", "[]", `{"id":5}`, `{"id":"c","labels":[]}`, `{"id":"c","policies":{"a":"b"}}`} {
		if _, _, err := s.Value([]byte(bad), before); err == nil {
			t.Errorf("%s is no consumer", bad)
		}
	}
}

// In a dynamic attribute, too, Terraform's numbers, texts and truths stand for
// each other, and stay as they are spelled.
func TestScalarsAreConverted(t *testing.T) {
	const route = `{"id":"r","upstream":"u","headers":[{"name":"x","present":true}],"query":[{"name":"1","value":"true"}],"plugins":{"rate_limit":{"count":80,"window":"1s"}}}`
	s, exact := read(t, "route", route)
	for _, spelled := range []string{
		strings.ReplaceAll(route, `80`, `"80"`),
		strings.ReplaceAll(route, `80`, `"8e1"`),
		strings.ReplaceAll(route, `80`, `"80.0"`),
		strings.ReplaceAll(route, `:true`, `:"true"`),
		strings.ReplaceAll(route, `:"true"`, `:true`),
		strings.ReplaceAll(route, `"1"`, `1`),
	} {
		_, v := read(t, "route", spelled)
		d, err := s.Document(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, errs := s.Check(d); len(errs) > 0 {
			t.Errorf("%s: %v", spelled, errs)
		}
		if after, _, err := s.Value([]byte(route), v); err != nil || !after.Equal(v) {
			t.Errorf("%s is not kept: %v", spelled, err)
		}
		if kept, err := s.Keep(v, exact); err != nil || !kept.Equal(exact) {
			t.Errorf("%s is a change: %v", spelled, err)
		}
	}
	for _, wrong := range []string{`"eighty"`, `""`, `" 80"`, `"0x50"`, `"null"`, `"true"`, `true`, `"80s"`, `"[80]"`} {
		_, v := read(t, "route", strings.Replace(route, "80", wrong, 1))
		d, err := s.Document(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, errs := s.Check(d); len(errs) == 0 || errs[0].Path != "plugins.rate_limit.count" {
			t.Errorf("%s is no number: %v", wrong, errs)
		}
	}
}

// What is not known yet is no other spelling of nothing.
func TestUnknownIsNotKept(t *testing.T) {
	s, before := read(t, "upstream", `{"id":"u","labels":{}}`)
	var members map[string]tftypes.Value
	if err := before.As(&members); err != nil {
		t.Fatal(err)
	}
	members = maps.Clone(members) // As gives the value's own
	members["labels"] = tftypes.NewValue(members["labels"].Type(), map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})
	planned := tftypes.NewValue(before.Type(), members)
	if kept, err := s.Keep(planned, before); err != nil || kept.IsFullyKnown() {
		t.Errorf("planned is %s, %v", kept, err)
	}
}
