// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/penstock-gateway/terraform-provider-penstock/appliance/schema"
)

func TestPaths(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{schema.Join("", ""), ""},
		{schema.Join("a", ""), "a"},
		{schema.Join("", "a"), "a"},
		{schema.Join("a", "b"), "a.b"},
		{schema.Join("a", "[1].b"), "a[1].b"},
		{schema.Index("", 0), "[0]"},
		{schema.Index("a", 12), "a[12]"},
		{schema.Key("", "a"), "a"},
		{schema.Key("a", "b_2"), "a.b_2"},
		{schema.Key("a", "b-c"), "a.b-c"},
		{schema.Key("a", "b.c"), `a["b.c"]`},
		{schema.Key("a", ""), `a[""]`},
		{schema.Key("", "2a"), `["2a"]`},
		{schema.Key("a", "-"), `a["-"]`},
		{schema.Key("a", "é\n\""), `a["é\n\""]`},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestUnder(t *testing.T) {
	one, two := schema.At("a", "is %d", 1), schema.At("", "is 2")
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"nothing":       {nil, nil},
		"no errors":     {schema.Errors{}, nil},
		"one":           {one, []string{"p.a: is 1"}},
		"two":           {schema.Errors{one, two}, []string{"p.a: is 1", "p: is 2"}},
		"plain":         {errors.New("is 3"), []string{"p: is 3"}},
		"joined":        {errors.Join(one, schema.Errors{two, one}, errors.New("is 3")), []string{"p.a: is 1", "p: is 2", "p.a: is 1", "p: is 3"}},
		"wrapped":       {fmt.Errorf("in there: %w", one), []string{"p.a: is 1"}},
		"joined, below": {fmt.Errorf("in there: %w", errors.Join(one, two)), []string{"p.a: is 1", "p: is 2"}},
	} {
		t.Run(name, func(t *testing.T) { wantErrors(t, schema.Under("p", c.err).Err(), c.want...) })
	}
	if one.Path != "a" {
		t.Error("Under changed the error it was given")
	}
	if err := (schema.Errors{one, two}); err.Error() != "a: is 1\nis 2" {
		t.Errorf("got %q", err.Error())
	}
}

func TestFirst(t *testing.T) {
	var all schema.Errors
	for i := range schema.MaxErrors + 1 {
		all = append(all, schema.At("", "%d", i))
	}
	for n, want := range map[int]int{0: 0, 1: 1, schema.MaxErrors - 1: schema.MaxErrors - 1, schema.MaxErrors: schema.MaxErrors + 1, schema.MaxErrors + 1: schema.MaxErrors + 1} {
		got := all[:n].First()
		if len(got) != want || len(got.First()) != want {
			t.Errorf("of %d: %d errors, want %d", n, len(got), want)
		}
		if said := want > 0 && got[want-1].Message == "there may be more mistakes: these are the first 100"; said != (want > schema.MaxErrors) {
			t.Errorf("of %d: says that there may be more: %t", n, said)
		}
	}
	if all[schema.MaxErrors].Message != "100" {
		t.Error("First changed the errors that it was given")
	}
}
